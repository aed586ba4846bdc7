import { afterEach, expect, test } from "vitest";
import { createBrain, type NodeContext } from "../index.ts";
import { faultyStore, memoryStore } from "../testing/index.ts";
import { clock, closeAll, completed, named, open, until } from "./test-support/workers.ts";

afterEach(closeAll);

test("sets aside what diverges, and one with the right code goes on", async () => {
  const store = memoryStore();
  const asks = (text: string) => async (_: unknown, ctx: NodeContext) => {
    await ctx.effect({ name: text, class: "idempotent", run: () => Promise.resolve(1) });
    await ctx.signalled("go");
    return { n: 1 };
  };
  const right = named("g", asks("right"));
  const first = await open({ store, graphs: [right] });
  first.work();
  await first.submit(right, {}, { id: "r" });
  await until(async () => (await first.journal("r")).some(({ type }) => type === "waiting"));
  const wrong = await open({ store, graphs: [named("g", asks("wrong"))] });
  await first.close();
  const worker = wrong.work();
  await wrong.signal("r", "go");
  await until(async () => (await wrong.setAside()).length === 1);
  expect(await wrong.setAside()).toMatchObject([
    { run: "r", graph: "g", reason: expect.stringMatching(/diverged/) as string },
  ]);
  await worker.stop();
  const mended = await open({ store, graphs: [right] });
  mended.work();
  await until(completed(mended, "r"));
  expect(await mended.setAside()).toEqual([]);
});

test("tries what was set aside again side by side: none waits behind one that goes on for long", async () => {
  const store = memoryStore();
  const writing = await open({ store });
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const g = named("g", async (_, ctx) => {
    await ctx.effect({ name: "work", class: "idempotent", run: () => (ctx.run === "a" ? gate : Promise.resolve()) });
    return {};
  });
  for (const run of ["a", "b"]) {
    await writing.submit(g, {}, { id: run });
    const writes = [
      { type: "wake" as const, key: `run/${run}`, at: null },
      {
        type: "document" as const,
        key: `aside/${run}`,
        value: { run, graph: "g", scope: "main", reason: "", at: 0 },
      },
    ];
    await writing.store.commit({ id: `aside ${run}`, writes });
  }
  const brain = await open({ store, graphs: [g] });
  brain.work();
  await until(completed(brain, "b"));
  expect((await brain.setAside()).map(({ run }) => run)).toEqual([]);
  release();
  await until(completed(brain, "a"));
});

test("sets aside a run of which every worker dies", async () => {
  const disk = memoryStore();
  const deadly = named("deadly", async (_, ctx) => {
    await ctx.effect({ name: "boom", class: "irreversible", run: () => new Promise<number>(() => {}) });
    return {};
  });
  await (await open({ store: disk, graphs: [deadly] })).submit(deadly, {}, { id: "r" });
  let deaths = 0;
  const dead = async (): Promise<boolean> => {
    const watching = await createBrain({ store: disk, clock });
    const aside = await watching.setAside();
    await watching.close();
    return aside.length > 0;
  };
  while (!(await dead())) {
    // Dies right after it has taken the run, without getting any further.
    const dying = faultyStore(disk, (commit) =>
      commit.writes.some((write) => write.type === "append") ? "crash-after" : "ok",
    );
    const brain = await createBrain({ store: dying, clock, graphs: [deadly] });
    brain.work();
    let crashed = false;
    void dying.crashed.then(() => (crashed = true));
    await until(async () => crashed || (await dead()));
    expect(++deaths).toBeLessThan(10);
  }
  expect(deaths).toBeGreaterThanOrEqual(5);
});
