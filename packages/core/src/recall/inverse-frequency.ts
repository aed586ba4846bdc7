/**
 * How much a term tells: `ln(1 + (N - n + 0.5) / (n + 0.5))`, for N records of which n hold it. Every store adds these up
 * in the order in which the terms were asked, so that sums, and so orders, are equal to the last bit.
 *
 * @example
 * ```ts
 * import { inverseFrequency } from "@brainops/core/recall";
 * console.log(inverseFrequency(1_000, 3) > inverseFrequency(1_000, 300)); // true
 * ```
 */
export function inverseFrequency(total: number, holding: number): number {
  return Math.log(1 + (total - holding + 0.5) / (holding + 0.5));
}
