/**
 * The cosine of the angle between two vectors of one length: 1 when they point the same way, 0 when they have nothing in
 * common or one of them is all zeros. Every store adds up in this order, so that similarities, and so orders, are equal to
 * the last bit.
 *
 * @example
 * ```ts
 * import { cosineSimilarity } from "@brainops/core/recall";
 * console.log(cosineSimilarity(Float32Array.of(1, 0), Float32Array.of(2, 0))); // 1
 * ```
 */
export function cosineSimilarity(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? 0;
    const y = b[i] ?? 0;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  const lengths = Math.sqrt(aa) * Math.sqrt(bb);
  return lengths === 0 ? 0 : Math.max(-1, Math.min(1, dot / lengths));
}
