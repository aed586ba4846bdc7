import { expect, test } from "vitest";
import { fisherExact } from "./fisher.ts";

test("is Fisher's tea tasting, and what can be counted by hand", () => {
  // Four of four cups told apart: 1 in 70. Three of four: 17 in 70.
  expect(fisherExact({ hits: 4, of: 4 }, { hits: 0, of: 4 })).toBeCloseTo(1 / 70, 12);
  expect(fisherExact({ hits: 3, of: 4 }, { hits: 1, of: 4 })).toBeCloseTo(17 / 70, 12);
  expect(fisherExact({ hits: 0, of: 10 }, { hits: 3, of: 10 })).toBe(1);
  expect(fisherExact({ hits: 0, of: 0 }, { hits: 0, of: 0 })).toBe(1);
});

test("takes seven errors against none in groups of one size to be sure at one percent", () => {
  const against = (hits: number): number => fisherExact({ hits, of: 1_500 }, { hits: 0, of: 1_500 });
  expect(against(6)).toBeGreaterThan(0.01);
  expect(against(7)).toBeLessThan(0.01);
});
