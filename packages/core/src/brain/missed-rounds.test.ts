import { expect, test } from "vitest";
import type { Loop, NextTime } from "../index.ts";
import { missedRounds } from "./missed-rounds.ts";

const minutes: NextTime = (after) => (Math.floor(after / 60_000) + 1) * 60_000;
const weekly: NextTime = (after) => (Math.floor(after / 604_800_000) + 1) * 604_800_000;
const loop = (missed: Loop["missed"], every: Loop["every"]): Loop => ({
  name: "l",
  graph: "g",
  input: {},
  every,
  ...(missed === undefined ? {} : { missed }),
});

/** What was missed, found by going through all of it. */
function byHand(every: Loop["every"], last: number, now: number, most: number): number[] {
  const next = typeof every === "number" ? (after: number) => after + every : every;
  const times: number[] = [];
  for (let time = next(last); time !== undefined && time <= now; time = next(time)) times.push(time);
  return times.slice(-most);
}

test.each<[string, Loop["every"]]>([
  ["steps", 1000],
  ["odd steps", 70_001],
  ["minutes", minutes],
  ["weeks", weekly],
])("the newest missed rounds are the same as found one by one: %s", (_name, every) => {
  const last = 1_700_000_000_123;
  for (const passed of [0, 999, 1000, 60_000, 3_600_000, 80_000_000, 700_000_000]) {
    const now = last + passed;
    expect(missedRounds(loop("all", every), last, now)).toEqual(byHand(every, last, now, 1000));
    expect(missedRounds(loop("once", every), last, now)).toEqual(byHand(every, last, now, 1));
    expect(missedRounds(loop("skip", every), last, now)).toEqual([]);
  }
});

test("years without anybody are looked through from their end", () => {
  let asked = 0;
  const counted: NextTime = (after) => (asked++, minutes(after));
  const now = 1_700_000_000_000;
  expect(missedRounds(loop("all", counted), 0, now)).toHaveLength(1000);
  expect(missedRounds(loop("all", 1), 0, now).at(-1)).toBe(now);
  expect(asked).toBeLessThan(5000);
});
