import type { Embedder } from "@brainops/core";
import { analyse } from "@brainops/core/recall";
import { randomFrom } from "./random.ts";

/**
 * An embedder that needs no model and always gives the same: the sum of one random direction for each word of a text. It knows
 * words, not meanings, so it serves to measure time, never quality.
 */
export function pseudoEmbedder(dimensions: number): Embedder {
  const words = new Map<string, Float32Array>();
  const wordVector = (word: string): Float32Array => {
    let vector = words.get(word);
    if (vector === undefined) words.set(word, (vector = direction(word, dimensions)));
    return vector;
  };
  return {
    name: "pseudo",
    dimensions,
    embed: (texts) =>
      Promise.resolve(
        texts.map((text) => {
          const sum = new Float32Array(dimensions);
          for (const word of analyse(text))
            for (const [i, value] of wordVector(word).entries()) sum[i] = (sum[i] ?? 0) + value;
          return sum;
        }),
      ),
  };
}

/** A direction that belongs to a text: the same whenever it is asked for, and as good as independent of that of any other. */
export function direction(text: string, dimensions: number): Float32Array {
  let seed = 2_166_136_261;
  for (let i = 0; i < text.length; i++) seed = Math.imul(seed ^ text.charCodeAt(i), 16_777_619);
  const random = randomFrom(seed >>> 0);
  // The sum of four uniform numbers is close enough to a normal one.
  return Float32Array.from(
    { length: dimensions },
    () => random.next() + random.next() + random.next() + random.next() - 2,
  );
}
