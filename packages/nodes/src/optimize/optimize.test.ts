import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bestSeen,
  compare,
  evidence,
  seeded,
  type Round,
  suggest,
  type Dimension,
  type Observation,
  type Settings,
} from "@brainops/nodes";

function search(
  space: readonly Dimension[],
  value: (settings: Settings) => number,
  budget: number,
  seed: number,
): readonly Observation[] {
  const seen: Observation[] = [];
  while (seen.length < budget) {
    const settings = suggest(space, seen, seed);
    seen.push({ settings, value: value(settings) });
  }
  return seen;
}

describe("suggest", () => {
  const bowl: readonly Dimension[] = [
    { key: "x", min: -5, max: 10 },
    { key: "y", min: 0, max: 15 },
  ];
  const branin = ({ x, y }: Settings): number =>
    (Number(y) - (5.1 / (4 * Math.PI ** 2)) * Number(x) ** 2 + (5 / Math.PI) * Number(x) - 6) ** 2 +
    10 * (1 - 1 / (8 * Math.PI)) * Math.cos(Number(x)) +
    10;

  test("comes near the lowest point of Branin's function in 25 measurements", () => {
    for (const seed of [1, 2]) {
      const best = Math.min(...search(bowl, branin, 25, seed).map(({ value }) => value));
      expect(best - 0.397887).toBeLessThan(0.1);
    }
  });

  test("goes on from what was seen as if it had never stopped", () => {
    const seen = search(bowl, branin, 9, 7);
    for (const [i, { settings }] of seen.entries()) expect(suggest(bowl, seen.slice(0, i), 7)).toEqual(settings);
  });

  test("keeps to ranges, whole numbers and choices", () => {
    const space: readonly Dimension[] = [
      { key: "threads", min: 1, max: 64, integer: true, log: true },
      { key: "mode", values: ["a", "b", true] },
    ];
    fc.assert(
      fc.property(fc.nat(1_000), fc.func(fc.double({ noNaN: true, min: -1e6, max: 1e6 })), (seed, value) => {
        for (const { settings } of search(space, value, 8, seed)) {
          expect(Number.isInteger(settings["threads"])).toBe(true);
          expect(settings["threads"]).toBeGreaterThanOrEqual(1);
          expect(settings["threads"]).toBeLessThanOrEqual(64);
          expect(["a", "b", true]).toContain(settings["mode"]);
        }
      }),
      { numRuns: 15 },
    );
  });

  test("measures a good choice more often than the others, and finds it through noise", () => {
    const space: readonly Dimension[] = [{ key: "algorithm", values: ["slow", "good", "bad", "worst"] }];
    const cost: { readonly [name: string]: number } = { slow: 13, good: 10, bad: 16, worst: 20 };
    const random = seeded(3);
    const seen = search(space, ({ algorithm }) => (cost[String(algorithm)] ?? 0) + 2 * random.normal(), 60, 3);
    expect(bestSeen(space, seen)).toEqual({ algorithm: "good" });
    expect(seen.filter(({ settings }) => settings["algorithm"] === "good").length).toBeGreaterThan(30);
  });

  test("does not take one lucky measurement for the best", () => {
    const space: readonly Dimension[] = [{ key: "x", min: 0, max: 1 }];
    const seen = Array.from({ length: 21 }, (_, i) => ({ settings: { x: i / 20 }, value: Math.abs(i / 20 - 0.3) }));
    seen.push({ settings: { x: 0.9 }, value: 0 }, { settings: { x: 0.9 }, value: 1.2 });
    expect(Number(bestSeen(space, seen)?.["x"])).toBeCloseTo(0.3, 1);
  });
});

describe("evidence", () => {
  test("between two that are alike is rarely ever enough, whatever the distribution and however often one looks", () => {
    const kinds = [
      (random: ReturnType<typeof seeded>) => random.normal(),
      (random: ReturnType<typeof seeded>) => Math.exp(2 * random.normal()),
      (random: ReturnType<typeof seeded>) => Math.round(3 * random.next()),
    ];
    for (const draw of kinds) {
      let wrong = 0;
      for (let seed = 0; seed < 2_000; seed++) {
        const random = seeded(seed);
        const seen = evidence();
        for (let i = 0; i < 40 && seen.p > 0.05; i++) seen.add(draw(random) - draw(random));
        if (seen.p <= 0.05) wrong += 1;
      }
      // At most 5 % by design; 2,000 tries can show 6.5 % of it by chance once in a thousand.
      expect(wrong / 2_000).toBeLessThan(0.065);
    }
  });

  test("of a clear gain is enough after six to eight rounds", () => {
    const seen = evidence();
    let rounds = 0;
    for (; seen.p > 0.05; rounds++) seen.add(10);
    expect(rounds).toBeGreaterThanOrEqual(5);
    expect(rounds).toBeLessThanOrEqual(8);
  });
});

describe("compare", () => {
  const noisy = (before: number, after: number, guard: number): (() => Promise<Round>) => {
    const random = seeded(1);
    return async () => ({
      before: before + random.normal(),
      after: after + random.normal(),
      guards: { errors: { before: 10 + random.normal() / 10, after: guard + random.normal() / 10 } },
    });
  };

  test.each([
    ["keeps a gain", 20, 10, 10, "gain"],
    ["puts back what is worse", 10, 20, 10, "no gain"],
    ["puts back what is alike", 10, 10, 10, "no gain"],
    ["puts back a gain that harms what is guarded", 20, 10, 12, "harm"],
    ["puts back a gain that is too small", 1_000, 990, 10, "no gain"],
  ])("%s", async (_name, before, after, guard, reason) => {
    const result = await compare(noisy(before, after, guard), { minGain: 0.05 });
    expect(result).toMatchObject({ reason, keep: reason === "gain" });
  });

  test("gives up a candidate that does not work, and stops early without hope", async () => {
    expect(await compare(async () => undefined)).toMatchObject({ reason: "failed", keep: false, rounds: 0 });
    expect((await compare(async () => ({ before: 1, after: 1 }), { rounds: 20 })).rounds).toBeLessThanOrEqual(17);
    expect((await compare(noisy(10, 11, 10), { rounds: 50 })).rounds).toBeLessThan(15);
  });
});
