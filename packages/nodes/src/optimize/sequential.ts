/** Evidence that one side of pairs is better, which may be looked at after every pair. */
export interface Evidence {
  /** Adds a pair's difference: above 0 when the new side is better. */
  add(difference: number): void;
  /** By how much the evidence speaks against "no difference". Above 1 / alpha it is decided. */
  readonly value: number;
  /** Probability to ever see so much evidence without a difference, at most. */
  readonly p: number;
}

// Bets of different courage; their mean is as good as the best of them but for a factor.
const bets = [0.25, 0.5, 1, 2];

/**
 * A test that may be stopped whenever one likes: a bet on the sign of each difference, in the measure of its size. When
 * both sides are alike, a sign is a fair coin whatever the sizes are, so no way of betting wins in the mean, and the
 * chance to ever reach 1 / alpha is at most alpha (Ville's inequality; for symmetric differences: V. H. de la Peña, 1999).
 * It asks for no distribution; the two sides of a pair must be measured in random order, or both orders alike.
 *
 * @example
 * ```ts
 * import { evidence } from "@brainops/nodes";
 * const test = evidence();
 * for (const difference of [3, 2, 4, 3, 5]) test.add(difference);
 * ```
 */
export function evidence(): Evidence {
  const sizes: number[] = [];
  const wealth = bets.map(() => 1);
  let most = 1;
  let now = 1;
  return {
    add(difference) {
      if (!Number.isFinite(difference)) return;
      sizes.push(Math.abs(difference));
      // Sizes say nothing about signs, so they may be used to scale the bet.
      const sorted = sizes.filter((size) => size > 0).sort((a, b) => a - b);
      const scale = sorted[sorted.length >> 1];
      if (scale === undefined) return;
      const x = Math.max(-3, Math.min(3, difference / scale));
      for (const [i, bet] of bets.entries()) wealth[i] = ((wealth[i] ?? 1) * 2) / (1 + Math.exp(-2 * bet * x));
      now = wealth.reduce((sum, each) => sum + each, 0) / wealth.length;
      most = Math.max(most, now);
    },
    get value() {
      return now;
    },
    get p() {
      return Math.min(1, 1 / most);
    },
  };
}
