import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createBrain, END, graph, START, type Brain, type Loop, type StoreOpener } from "../index.ts";
import { memoryStore, virtualClock, type VirtualClock } from "../testing/index.ts";
import { cron } from "./index.ts";

const iso = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString();

describe("cron", () => {
  test("gives the times of a pattern, in a time zone too", () => {
    const start = Date.UTC(2026, 2, 28, 12);
    expect(iso(cron("30 2 * * *")(start))).toBe("2026-03-29T02:30:00.000Z");
    // The clocks have gone forward in that night.
    expect(iso(cron("0 12 * * *", { timezone: "Europe/Vienna" })(start))).toBe("2026-03-29T10:00:00.000Z");
    expect(iso(cron("0 0 31 2 *")(start))).toBeUndefined();
  });
  test.each([["no pattern"], ["61 * * * *"]])("refuses '%s'", (pattern) => {
    expect(() => cron(pattern)).toThrow(expect.objectContaining({ code: "invalid_input" }));
  });
  test("refuses an unknown time zone", () => {
    expect(() => cron("* * * * *", { timezone: "Atlantis" })).toThrow(
      expect.objectContaining({ code: "invalid_input" }),
    );
  });
});

const tidy = graph({ name: "tidy", state: z.object({}) })
  .node("work", async (_, ctx) => {
    await ctx.effect({ name: "tidy", class: "idempotent", run: () => {} });
    return {};
  })
  .edge(START, "work")
  .edge("work", END)
  .build();

async function withLoop(
  store: StoreOpener,
  clock: VirtualClock,
  loop: Partial<Loop>,
  use: (brain: Brain) => Promise<void>,
): Promise<void> {
  const whole: Loop = { name: "hourly", every: cron("0 * * * *"), graph: "tidy", input: {}, ...loop };
  const brain = await createBrain({
    store,
    clock,
    graphs: [tidy],
    plugins: [{ name: "p", setup: (registrar) => registrar.loop(whole) }],
  });
  brain.startLoops();
  await use(brain);
  await brain.close();
}

/** The hours at which rounds ran, once there are so many and the next is slept for. */
async function rounds(brain: Brain, clock: VirtualClock, count: number): Promise<number[]> {
  for (;;) {
    const done = (await brain.runs()).filter(({ status }) => status === "completed");
    if (done.length >= count && clock.sleeping === 1) {
      return done.map(({ id }) => new Date(Number(id.split("/").at(-1))).getUTCHours()).toSorted((a, b) => a - b);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test.each([
  ["skip", [1, 2, 7]],
  ["once", [1, 2, 6, 7]],
  ["all", [1, 2, 3, 4, 5, 6, 7]],
] as const)("rounds that were missed while nobody ran: %s", async (missed, expected) => {
  const store = memoryStore();
  const clock = virtualClock();
  await withLoop(store, clock, { missed }, async (brain) => {
    await rounds(brain, clock, 0);
    await clock.advance(3_600_000);
    await rounds(brain, clock, 1);
    await clock.advance(3_600_000);
    expect(await rounds(brain, clock, 2)).toEqual([1, 2]);
  });
  await clock.advance(4 * 3_600_000 + 60_000);
  await withLoop(store, clock, { missed }, async (brain) => {
    await rounds(brain, clock, expected.length - 1);
    await clock.advance(3_600_000);
    expect(await rounds(brain, clock, expected.length)).toEqual(expected);
  });
});
