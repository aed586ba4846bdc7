import { makeChainCache, type ChainCache, type Chunk } from "@brainops/core/postings";

/** A segment, as far as it says whether what is remembered of it is still right. */
export interface SegmentState {
  readonly n: number;
  /** How often something has been taken out of it. Nothing else changes a segment. */
  readonly version: number;
}

/** For each range of records a bound: no packed record of the scope from there on has a smaller id. */
export interface IdBounds {
  /** Which segments the scope had when they were read. */
  readonly state: string;
  readonly leastFrom: readonly string[];
}

/** What segments hold of terms, remembered from query to query; also that they hold nothing of one. */
export interface PackedCache {
  /** What common terms have in scopes. */
  readonly chains: ChainCache;
  /** Lower bounds of ids, of large scopes. */
  readonly bounds: Map<number, IdBounds>;
  /** The segments that a scope had, by its token. */
  segmentsOf(scope: number): readonly SegmentState[];
  setSegments(scope: number, segments: readonly SegmentState[]): void;
  get(segment: SegmentState, term: number): readonly Chunk[] | undefined;
  put(segment: SegmentState, term: number, chunks: readonly Chunk[]): readonly Chunk[];
}

/** So many bytes are remembered, with what an entry itself takes. */
const mostBytes = 32 * 2 ** 20;
const entryBytes = 200;
/** The segments of so many scopes. */
const mostScopes = 1000;

/** Makes an empty one. */
export function makePackedCache(): PackedCache {
  const scopes = new Map<number, readonly SegmentState[]>();
  /** What was used longest ago comes first. */
  const held = new Map<string, readonly Chunk[]>();
  let bytes = 0;
  const keyOf = ({ n, version }: SegmentState, term: number): string => `${n} ${version} ${term}`;
  return {
    chains: makeChainCache(),
    bounds: new Map(),
    segmentsOf: (scope) => scopes.get(scope) ?? [],
    setSegments(scope, segments) {
      if (scopes.size >= mostScopes && !scopes.has(scope)) scopes.clear();
      scopes.set(scope, segments);
    },
    get(segment, term) {
      const key = keyOf(segment, term);
      const found = held.get(key);
      if (found === undefined) return undefined;
      held.delete(key);
      held.set(key, found);
      return found;
    },
    put(segment, term, chunks) {
      const key = keyOf(segment, term);
      // Two queries may have asked for it at once.
      if (held.has(key)) return chunks;
      const own = chunks.map(alone);
      held.set(key, own);
      bytes += sizeOf(own);
      for (const [key, oldest] of held) {
        if (bytes <= mostBytes) break;
        held.delete(key);
        bytes -= sizeOf(oldest);
      }
      return own;
    },
  };
}

const sizeOf = (chunks: readonly Chunk[]): number =>
  chunks.reduce((sum, { from, to }) => sum + to - from + entryBytes, entryBytes);

/** The same without the rest of the block that it lay in. */
function alone(chunk: Chunk): Chunk {
  const { bytes, from, to } = chunk;
  return bytes.length < 2 * (to - from) ? chunk : { ...chunk, bytes: bytes.slice(from, to), from: 0, to: to - from };
}
