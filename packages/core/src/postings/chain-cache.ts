import { chainsOf, type Chain } from "./chain.ts";
import type { Chunk } from "./chunk.ts";

/** So many bytes are remembered. */
const mostBytes = 32 * 2 ** 20;
/** What a term has in so many chunks is remembered: to read many blocks takes as long as to look through them. */
const fewestChunks = 8;

/** What common terms have, remembered from query to query. */
export interface ChainCache {
  /** What was remembered under a key, if it was as of this state. */
  get(key: string, state: string): readonly Chain[] | undefined;
  /** Puts chunks of one term into chains, and remembers them where there are many. */
  put(key: string, state: string, chunks: readonly Chunk[]): readonly Chain[];
}

/** Makes an empty one. */
export function makeChainCache(): ChainCache {
  interface Remembered {
    readonly state: string;
    readonly chains: readonly Chain[];
    readonly bytes: number;
  }
  /** What was used longest ago comes first. */
  const held = new Map<string, Remembered>();
  let bytes = 0;
  const forget = (key: string): Remembered | undefined => {
    const known = held.get(key);
    bytes -= known?.bytes ?? 0;
    held.delete(key);
    return known;
  };
  const remember = (key: string, what: Remembered): void => {
    held.set(key, what);
    bytes += what.bytes;
    for (const [oldest] of held) {
      if (bytes <= mostBytes) break;
      forget(oldest);
    }
  };
  return {
    get(key, state) {
      const known = forget(key);
      if (known?.state !== state) return undefined;
      remember(key, known);
      return known.chains;
    },
    put(key, state, chunks) {
      forget(key);
      const chains = chainsOf(chunks);
      if (chunks.length < fewestChunks) return chains;
      const bits = chains.reduce((sum, chain) => sum + (chain.bits?.byteLength ?? 0), 0);
      remember(key, { state, chains, bytes: chunks.reduce((sum, chunk) => sum + chunk.to - chunk.from, bits) });
      return chains;
    },
  };
}
