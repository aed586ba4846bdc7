import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mannWhitney, median } from "./mann-whitney.ts";

describe("mannWhitney", () => {
  test("agrees with worked examples", () => {
    // Two-sided, with continuity correction, as R's wilcox.test(exact = FALSE) gives them.
    expect(mannWhitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])).toBeCloseTo(0.01219, 4);
    expect(
      mannWhitney([0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46], [1.15, 0.88, 0.9, 0.74, 1.21]),
    ).toBeCloseTo(0.2449, 2);
    expect(mannWhitney([1, 1, 1, 1], [1, 1, 1, 1])).toBe(1);
    expect(mannWhitney([1, 2, 3], [100, 200, 300, 400])).toBe(1);
  });

  test("is a probability, the same either way round, and depends on order alone", () => {
    const samples = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 4, maxLength: 20 });
    fc.assert(
      fc.property(samples, samples, (a, b) => {
        const p = mannWhitney(a, b);
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(mannWhitney(b, a)).toBeCloseTo(p, 10);
        const stretch = (values: number[]): number[] => values.map((value) => value ** 3);
        expect(mannWhitney(stretch(a), stretch(b))).toBeCloseTo(p, 10);
      }),
    );
  });

  test("seldom sees a difference where there is none", () => {
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    const draw = (): number[] => Array.from({ length: 20 }, random);
    const found = Array.from({ length: 2_000 }, () => mannWhitney(draw(), draw())).filter((p) => p < 0.05).length;
    expect(found / 2_000).toBeGreaterThan(0.03);
    expect(found / 2_000).toBeLessThan(0.07);
  });
});

test("median", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});
