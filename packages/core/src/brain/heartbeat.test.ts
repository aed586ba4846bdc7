import { expect, test, vi } from "vitest";
import { createBrain, type Brain } from "../index.ts";
import { faultyStore, memoryStore, virtualClock } from "../testing/index.ts";
import { single } from "../run/fixture.ts";

const clock = virtualClock();

/** Lets time pass, second by second, until it holds. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let second = 0; second < 200; second++) {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (await holds()) return;
    await clock.advance(1000);
  }
  throw new Error("It never came to that.");
}

test("a run whose workers die of it only after a while is set aside, too", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const disk = memoryStore();
    let begun = 0;
    const deadly = single(async (_, ctx) => {
      await ctx.effect({ name: "boom", class: "idempotent", run: () => (begun++, new Promise<number>(() => {})) });
      return {};
    });
    const watching: Brain = await createBrain({ store: disk, clock });
    await watching.submit(deadly, {}, { id: "r" });
    while ((await watching.setAside()).length === 0) {
      const before = begun;
      expect(before).toBeLessThan(10);
      let dead = false;
      const dying = faultyStore(disk, () => (dead ? "crash-before" : "ok"));
      (await createBrain({ store: dying, clock, graphs: [deadly] })).work();
      await until(async () => begun > before || (await watching.setAside()).length > 0);
      const held = async () => (await watching.store.wake("run/r"))?.at ?? 0;
      const since = await held();
      if (begun > before) {
        await clock.advance(15_000);
        await vi.advanceTimersByTimeAsync(1000);
        await until(async () => (await held()) > since);
      }
      dead = true;
      await clock.advance(60_000);
    }
    expect(begun).toBe(5);
    await watching.close();
  } finally {
    vi.useRealTimers();
  }
});
