import { expect, test } from "vitest";
import { seededRandom } from "../journal/random.ts";
import { believableUpTo, fisherGreater } from "./fisher.ts";
import { findPatterns, nameOf, type Observation } from "./pattern.ts";

test("Fisher's exact test agrees with his own example, and with certainty", () => {
  // The lady tasting tea: all four cups of eight right.
  expect(fisherGreater(4, 4, 4, 8)).toBeCloseTo(1 / 70, 12);
  expect(fisherGreater(3, 4, 4, 8)).toBeCloseTo(17 / 70, 12);
  expect(fisherGreater(0, 4, 4, 8)).toBeCloseTo(1, 12);
  // Whoever holds everything cannot hold less.
  expect(fisherGreater(4, 8, 4, 8)).toBeCloseTo(1, 12);
  expect(fisherGreater(300, 1000, 300, 2000)).toBeLessThan(1e-90);
});

test("Benjamini and Hochberg's own example: of fifteen, the four smallest are believed", () => {
  const ps = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ];
  expect(believableUpTo(ps.toReversed(), 0.05)).toBe(0.0095);
  expect(believableUpTo([0.2, 0.5], 0.05)).toBe(-1);
  expect(believableUpTo([], 0.05)).toBe(-1);
});

/** A history in which each feature comes up in a third of the experiences, and the outcome depends on them as told. */
function history(seed: string, length: number, chanceOfBad: (features: ReadonlySet<string>) => number): Observation[] {
  const random = seededRandom(seed);
  return Array.from({ length }, (_, i) => {
    const features = Array.from({ length: 12 }, (_, f) => `f${f}`).filter(() => random.next() < 1 / 3);
    const bad = random.next() < chanceOfBad(new Set(features));
    return { id: `e${i}`, features, outcome: bad ? "bad" : "good", count: 1 };
  });
}

test("what was planted is found, with its direction", () => {
  const found = findPatterns(history("planted", 400, (has) => (has.has("f3") ? 0.85 : has.has("f7") ? 0.05 : 0.4)));
  const names = found.filter(({ features }) => features.length === 1).map(nameOf);
  expect(names).toContain(nameOf({ features: ["f3"], outcome: "bad" }));
  expect(names).toContain(nameOf({ features: ["f7"], outcome: "good" }));
  expect(names.length).toBe(2);
});

test("what two do only together is found as a pair", () => {
  const both = (has: ReadonlySet<string>): number => (has.has("f1") && has.has("f2") ? 0.95 : 0.2);
  const found = findPatterns(history("pair", 600, both));
  expect(found.map(nameOf)).toContain(nameOf({ features: ["f1", "f2"], outcome: "bad" }));
  const pair = found.find(({ features }) => features.length === 2);
  expect(pair?.with.outcome).toBeLessThanOrEqual(pair?.with.total ?? 0);
});

test("in noise next to nothing is found", () => {
  const learnt = Array.from({ length: 60 }, (_, i) => findPatterns(history(`noise ${i}`, 200, () => 0.4)));
  // Each history asks hundreds of questions; at a false rate of 0.05, one in twenty may teach something.
  expect(learnt.filter((found) => found.length > 0).length).toBeLessThanOrEqual(6);
});

test("too few are no pattern, and how often something was experienced counts", () => {
  const few: Observation[] = [
    ...Array.from({ length: 4 }, (_, i) => ({ id: `a${i}`, features: ["x"], outcome: "bad", count: 1 })),
    ...Array.from({ length: 40 }, (_, i) => ({ id: `b${i}`, features: [], outcome: "good", count: 1 })),
  ];
  expect(findPatterns(few)).toEqual([]);
  expect(findPatterns(few, { support: 4 }).length).toBe(1);
  const merged = [...few.slice(4), { id: "a", features: ["x"], outcome: "bad", count: 8 }];
  expect(findPatterns(merged)[0]?.with).toEqual({ total: 8, outcome: 8 });
});
