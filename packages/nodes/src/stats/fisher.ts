/**
 * Probability that the first of two groups shows so many hits, or more, when both have the same rate: Fisher's exact
 * test, one-sided. It is exact however few hits there are, which errors should be. (R. A. Fisher, 1922.)
 */
export function fisherExact(
  first: { readonly hits: number; readonly of: number },
  second: { readonly hits: number; readonly of: number },
): number {
  const hits = first.hits + second.hits;
  const all = first.of + second.of;
  const ways = logChoose(all, hits);
  let p = 0;
  for (let k = first.hits; k <= Math.min(hits, first.of); k++) {
    if (hits - k > second.of) continue;
    p += Math.exp(logChoose(first.of, k) + logChoose(second.of, hits - k) - ways);
  }
  return Math.min(1, p);
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

const factorials: number[] = [0];

function logFactorial(n: number): number {
  for (let i = factorials.length; i <= n; i++) factorials.push((factorials[i - 1] ?? 0) + Math.log(i));
  return factorials[n] ?? 0;
}
