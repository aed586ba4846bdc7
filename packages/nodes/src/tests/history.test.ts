import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flakiness, flakyFrom, flakyTests, type PastRun } from "./history.ts";

/** Runs from a text: a letter for each run's code, capital where the test failed, such as `aaBbC`. */
const runs = (text: string): PastRun[] =>
  [...text].map((letter) => ({
    code: letter.toLowerCase(),
    failed: letter === letter.toUpperCase() ? [{ name: "t", file: null }] : [],
    changed: [],
  }));

describe("a test is", () => {
  test.each([
    ["flaky: both ends on the same code", "aaBb"],
    ["flaky: once in many runs, and well again on the same code", "aabbccddeeFfgghh"],
    ["flaky: comes and goes with whatever change", "aBcDeFgHiJ"],
  ])("%s", (_what, text) => expect(flakiness("t", runs(text))).toBeGreaterThan(flakyFrom));

  test.each([
    ["broken: it fails since a change", "aabbCCDD"],
    ["mended: it failed until a change", "AABBccdd"],
    ["broken once and mended once", "aaBBBccc"],
    ["broken twice and mended twice", "aaBBccddEEff"],
    ["broken in code that comes again", "AAbbAAbbAAbb"],
    ["never failing", "aabbccdd"],
    ["always failing", "AABBCCDD"],
    ["unknown: it failed once, alone", "A"],
  ])("%s, not flaky", (_what, text) => expect(flakiness("t", runs(text))).toBeLessThan(flakyFrom));
});

test("what is mended on a branch, again and again, is no chance", () => {
  const bug = { failed: [{ name: "t", file: null }], changed: [] };
  const mended = { failed: [], changed: ["a.js"] };
  const history = ["A", "B", "C", "D"].flatMap((code): PastRun[] => [
    { ...bug, code },
    { ...mended, code: `${code} mended`, base: code },
  ]);
  expect(flakiness("t", history)).toBeLessThan(flakyFrom);
  // Without knowing where the branches began it looks like chance.
  expect(
    flakiness(
      "t",
      history.map(({ base: _base, ...run }) => run),
    ),
  ).toBeGreaterThan(flakyFrom);
});

test("agrees with the plain sum over all stories, where that can be written down", () => {
  // One run that failed: by chance 1/2; by the code 2 %, or a slip.
  const follows = 0.02 * (1 - 1e-5) + 0.98 * 1e-5;
  const odds = (0.1 / 0.9) * (0.5 / follows);
  expect(flakiness("t", runs("A"))).toBeCloseTo(odds / (1 + odds), 10);
});

test("a history of any length gives a probability", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.boolean()), { maxLength: 400 }), (list) => {
      const history = list.map(([code, failed]) => ({
        code: String(code),
        failed: failed ? [{ name: "t", file: null }] : [],
        changed: [],
      }));
      const p = flakiness("t", history);
      expect(p).toBeGreaterThanOrEqual(0);
      expect(p).toBeLessThanOrEqual(1);
      expect(flakyTests(history).has("t")).toBe(p >= flakyFrom && list.some(([, failed]) => failed));
    }),
    { numRuns: 100 },
  );
});
