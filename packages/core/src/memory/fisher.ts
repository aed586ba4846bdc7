/** Natural logarithms of factorials, as far as they were needed. */
const logFactorials: number[] = [0];

function logFactorial(n: number): number {
  for (let i = logFactorials.length; i <= n; i++) logFactorials.push((logFactorials[i - 1] ?? 0) + Math.log(i));
  return logFactorials[n] ?? 0;
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/**
 * How likely it is by chance alone to see at least `k` hits among `n` when there are `hits` among all `total`: the one-sided
 * exact test of R. A. Fisher ("Statistical methods for research workers", 5th ed., 1934).
 */
export function fisherGreater(k: number, n: number, hits: number, total: number): number {
  const whole = logChoose(total, n);
  let p = 0;
  for (let i = k; i <= Math.min(n, hits); i++)
    if (n - i <= total - hits) p += Math.exp(logChoose(hits, i) + logChoose(total - hits, n - i) - whole);
  return Math.min(1, p);
}

/**
 * The largest p value that may be believed when so many questions were asked at once that some look true by chance: of those
 * up to it, at most the share `rate` are false on average. `-1` when none may be. (Y. Benjamini, Y. Hochberg, "Controlling the
 * false discovery rate", J. R. Statist. Soc. B 57, 1995.)
 */
export function believableUpTo(pValues: readonly number[], rate: number): number {
  const sorted = [...pValues].sort((a, b) => a - b);
  let limit = -1;
  for (const [i, p] of sorted.entries()) if (p <= ((i + 1) / sorted.length) * rate) limit = p;
  return limit;
}
