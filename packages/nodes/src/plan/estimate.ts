/** What a plan of before was thought to take, and took. */
export interface PastPlan {
  /** What the model thought: milliseconds. */
  readonly estimatedMs: number;
  /** What it took: milliseconds. */
  readonly tookMs: number;
  /** How much it counts, from 0 to 1: what is alike counts more. */
  readonly weight: number;
}

/** How long a plan will take, as far as history tells. */
export interface Estimate {
  /** What the model thought: milliseconds. */
  readonly thoughtMs: number;
  /** It takes as long or less in one of two cases. */
  readonly likelyMs: number;
  /** It takes as long or less in nine of ten cases. */
  readonly atMostMs: number;
  /** How many plans of before that rests on; with 0 it is the model's guess with a wide margin. */
  readonly from: number;
}

// Before anything is known, a plan takes between a third and three times as long as was thought: as many pseudo-plans as
// this, at these ratios. A few real ones outweigh them.
const prior: readonly number[] = [1 / 3, 1, 3];
const priorWeight = 0.25;

/**
 * Corrects a guess by how guesses of before came out: the quantiles of took / thought over past plans, those like this one
 * counting more ("reference class forecasting", D. Kahneman and A. Tversky, 1979).
 *
 * @example
 * ```ts
 * import { estimate } from "@brainops/nodes";
 * const past = Array.from({ length: 10 }, () => ({ estimatedMs: 60_000, tookMs: 6_000, weight: 1 }));
 * estimate(120_000, past).likelyMs; // 12000
 * ```
 */
export function estimate(thoughtMs: number, past: readonly PastPlan[]): Estimate {
  const usable = past.filter(({ estimatedMs, tookMs, weight }) => estimatedMs > 0 && tookMs > 0 && weight > 0);
  const ratios = [
    ...usable.map(({ estimatedMs, tookMs, weight }) => ({ ratio: tookMs / estimatedMs, weight })),
    ...prior.map((ratio) => ({ ratio, weight: priorWeight })),
  ].sort((a, b) => a.ratio - b.ratio);
  return {
    thoughtMs,
    likelyMs: Math.round(thoughtMs * quantile(ratios, 0.5)),
    atMostMs: Math.round(thoughtMs * quantile(ratios, 0.9)),
    from: usable.length,
  };
}

/** The smallest ratio that has at least this share of the weight at or below it. */
function quantile(sorted: readonly { readonly ratio: number; readonly weight: number }[], share: number): number {
  const all = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  for (const { ratio, weight } of sorted) {
    sum += weight;
    if (sum >= all * share) return ratio;
  }
  return 1;
}
