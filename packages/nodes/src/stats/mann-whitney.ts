/**
 * The middle value; the mean of the two middle ones when there is an even number. NaN for none.
 *
 * @example
 * ```ts
 * import { median } from "@brainops/nodes";
 * console.log(median([3, 1, 2])); // 2
 * ```
 */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}

/**
 * Probability that two samples differ as much as these, or more, when both come from the same source: the two-sided
 * Mann-Whitney U test with the normal approximation, corrected for ties and continuity. It asks nothing of the shape
 * of the distribution, so a few slow answers do not spoil it. With fewer than four samples on a side it is 1: too few
 * to tell. (H. B. Mann and D. R. Whitney, 1947.)
 *
 * @example
 * ```ts
 * import { mannWhitney } from "@brainops/nodes";
 * console.log(mannWhitney([1, 2, 3, 4, 5], [11, 12, 13, 14, 15])); // below 0.05
 * ```
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): number {
  if (a.length < 4 || b.length < 4) return 1;
  const all = [...a.map((value) => ({ value, first: true })), ...b.map((value) => ({ value, first: false }))].sort(
    (x, y) => x.value - y.value,
  );
  let rankSum = 0;
  let ties = 0;
  for (let i = 0; i < all.length;) {
    let end = i;
    while (end < all.length && all[end]?.value === all[i]?.value) end += 1;
    const count = end - i;
    const rank = (i + 1 + end) / 2;
    for (let k = i; k < end; k++) if (all[k]?.first === true) rankSum += rank;
    ties += count ** 3 - count;
    i = end;
  }
  const n = all.length;
  const product = a.length * b.length;
  const u = rankSum - (a.length * (a.length + 1)) / 2;
  const variance = (product / 12) * (n + 1 - ties / (n * (n - 1)));
  if (variance <= 0) return 1;
  const z = Math.max(0, Math.abs(u - product / 2) - 0.5) / Math.sqrt(variance);
  return Math.min(1, 2 * upperTail(z));
}

/** Share of a normal distribution above `z` (z >= 0). Abramowitz and Stegun 26.2.17; error below 7.5e-8. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const sum = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}
