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
  test.each([
    // There is no 02:30 in the night to 29 March; it is as late as it can be made up for.
    ["30 2 * * *", "2026-03-28T00:00Z", ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"]],
    // There are two of them in the night to 25 October.
    ["30 2 * * *", "2026-10-24T00:00Z", ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]],
    ["0 * * * *", "2026-10-24T23:10Z", ["2026-10-25T00:00", "2026-10-25T01:00", "2026-10-25T02:00"]],
    ["0 * * * *", "2026-03-28T23:10Z", ["2026-03-29T00:00", "2026-03-29T01:00", "2026-03-29T02:00"]],
  ])("of %s from %s on gives each time once, the same to whoever asks when", (pattern, from, expected) => {
    const next = cron(pattern, { timezone: "Europe/Vienna" });
    const times = new Set<number | undefined>();
    const start = Date.parse(from);
    const end = Date.parse(`${expected.at(-1)}Z`);
    for (let at = start; at < end; at += 7 * 60_000) times.add(next(at));
    expect([...times].map((time) => iso(time)?.slice(0, 16))).toEqual(expected);
  });
  test.each([["no pattern"], ["61 * * * *"]])("refuses '%s', and says why", (pattern) => {
    // What the library says, without its kind of error.
    const why = expect.stringMatching(/^'.+' in 'UTC' says no times: CronPattern: [^:]+/);
    expect(() => cron(pattern)).toThrow(expect.objectContaining({ code: "invalid_input", message: why }));
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
