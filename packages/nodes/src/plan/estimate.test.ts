import { expect, test } from "vitest";
import { estimate, seeded, type PastPlan } from "@brainops/nodes";

test("is a guess with a wide margin while nothing is known", () => {
  expect(estimate(60_000, [])).toEqual({ thoughtMs: 60_000, likelyMs: 60_000, atMostMs: 180_000, from: 0 });
  expect(estimate(60_000, [{ estimatedMs: 0, tookMs: 5, weight: 1 }]).from).toBe(0);
});

test("is calibrated: of 1,000 plans, half take as long as likely, nine of ten at most as long as said", () => {
  const random = seeded(7);
  const past: PastPlan[] = [];
  let [likely, most] = [0, 0];
  const all = 1_000;
  for (let i = 0; i < all; i++) {
    const estimatedMs = 60_000 * (1 + 9 * random.next());
    // Models think it takes five times as long as it does, more or less.
    const tookMs = (estimatedMs / 5) * Math.exp(0.6 * random.normal());
    const said = estimate(estimatedMs, past.slice(-50));
    if (tookMs <= said.likelyMs) likely += 1;
    if (tookMs <= said.atMostMs) most += 1;
    past.push({ estimatedMs, tookMs, weight: 1 });
  }
  expect(likely / all).toBeGreaterThan(0.44);
  expect(likely / all).toBeLessThan(0.58);
  expect(most / all).toBeGreaterThan(0.86);
  expect(most / all).toBeLessThan(0.94);
});
