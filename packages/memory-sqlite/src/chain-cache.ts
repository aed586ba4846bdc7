import { chainsOf, type Chain, type Chunk } from "@brainops/core/postings";

/** So many bytes a store remembers. */
const mostBytes = 32 * 2 ** 20;
/** What a term has in so many chunks is remembered: to read many blocks takes as long as to look through them. */
const fewestChunks = 8;

/**
 * What common terms have in scopes, remembered from query to query. What a scope has packed of a term stays the same as long as
 * its generation does; merging only moves it elsewhere.
 */
export interface ChainCache {
  /** What was remembered, or else what is read now. */
  chainsOf(scope: number, generation: number, term: number, read: () => readonly Chunk[]): readonly Chain[];
}

/** Makes an empty one. */
export function makeChainCache(): ChainCache {
  interface Remembered {
    readonly generation: number;
    readonly chains: readonly Chain[];
    readonly bytes: number;
  }
  /** What was used longest ago comes first. */
  const held = new Map<string, Remembered>();
  let bytes = 0;
  const forget = (key: string, known: Remembered): void => {
    held.delete(key);
    bytes -= known.bytes;
  };
  return {
    chainsOf(scope, generation, term, read) {
      const key = `${scope} ${term}`;
      let known = held.get(key);
      if (known !== undefined) forget(key, known);
      if (known?.generation !== generation) {
        const chunks = read();
        const chains = chainsOf(chunks);
        if (chunks.length < fewestChunks) return chains;
        const bits = chains.reduce((sum, chain) => sum + (chain.bits?.byteLength ?? 0), 0);
        known = { generation, chains, bytes: chunks.reduce((sum, chunk) => sum + chunk.bytes.length, bits) };
      }
      held.set(key, known);
      bytes += known.bytes;
      for (const [key, oldest] of held) {
        if (bytes <= mostBytes) break;
        forget(key, oldest);
      }
      return known.chains;
    },
  };
}
