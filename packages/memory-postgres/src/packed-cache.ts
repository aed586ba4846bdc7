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

/** The segments of a scope as they were read. */
export interface ScopeSegments {
  readonly segments: readonly SegmentState[];
  /** Says in one text which they are. */
  readonly state: string;
}

/** What segments hold of terms, remembered from query to query; also that they hold nothing of one. */
export interface PackedCache {
  /** What common terms have in scopes. */
  readonly chains: ChainCache;
  /** Lower bounds of ids, of large scopes. */
  readonly bounds: Map<number, IdBounds>;
  /** The segments that a scope had, by its token. */
  segmentsOf(scope: number): ScopeSegments;
  /** Remembers them; gives what was remembered already when they are still the same. */
  setSegments(scope: number, segments: readonly SegmentState[]): ScopeSegments;
  get(segment: SegmentState, term: number): readonly Chunk[] | undefined;
  put(segment: SegmentState, term: number, chunks: readonly Chunk[]): readonly Chunk[];
}

/** So many bytes are remembered at most, with what an entry itself takes. */
const mostBytes = 32 * 2 ** 20;
const entryBytes = 200;
/** The segments of so many scopes. */
const mostScopes = 1000;

/** What is held of a segment, by term. */
interface HeldSegment {
  readonly version: number;
  readonly terms: Map<number, readonly Chunk[]>;
}
type HeldSegments = Map<number, HeldSegment>;

const nothing: ScopeSegments = { segments: [], state: "" };

/** Makes an empty one. */
export function makePackedCache(): PackedCache {
  const scopes = new Map<number, ScopeSegments>();
  // What has not been used since half of the bytes were put is forgotten: so nothing need be put in order at every use.
  let [older, newer]: [HeldSegments, HeldSegments] = [new Map(), new Map()];
  let bytes = 0;
  const termsOf = (held: HeldSegments, { n, version }: SegmentState): HeldSegment["terms"] | undefined => {
    const segment = held.get(n);
    return segment?.version === version ? segment.terms : undefined;
  };
  const hold = (segment: SegmentState, term: number, chunks: readonly Chunk[]): void => {
    if (bytes >= mostBytes / 2) {
      [older, newer] = [newer, new Map()];
      bytes = 0;
    }
    let terms = termsOf(newer, segment);
    if (terms === undefined) newer.set(segment.n, { version: segment.version, terms: (terms = new Map()) });
    terms.set(term, chunks);
    bytes += sizeOf(chunks);
  };
  return {
    chains: makeChainCache(),
    bounds: new Map(),
    segmentsOf: (scope) => scopes.get(scope) ?? nothing,
    setSegments(scope, segments) {
      const before = scopes.get(scope);
      if (before !== undefined && areSame(before.segments, segments)) return before;
      if (scopes.size >= mostScopes && before === undefined) scopes.clear();
      const now = { segments, state: segments.map(({ n, version }) => `${n}:${version}`).join() };
      scopes.set(scope, now);
      return now;
    },
    get(segment, term) {
      const found = termsOf(newer, segment)?.get(term);
      if (found !== undefined) return found;
      const kept = termsOf(older, segment)?.get(term);
      if (kept !== undefined) hold(segment, term, kept);
      return kept;
    },
    put(segment, term, chunks) {
      // Two queries may have asked for it at once.
      const known = termsOf(newer, segment)?.get(term);
      if (known !== undefined) return known;
      const own = chunks.map(alone);
      hold(segment, term, own);
      return own;
    },
  };
}

function areSame(a: readonly SegmentState[], b: readonly SegmentState[]): boolean {
  return a.length === b.length && a.every(({ n, version }, i) => n === b[i]?.n && version === b[i].version);
}

const sizeOf = (chunks: readonly Chunk[]): number =>
  chunks.reduce((sum, { from, to }) => sum + to - from + entryBytes, entryBytes);

/** The same without the rest of the block that it lay in. */
function alone(chunk: Chunk): Chunk {
  const { bytes, from, to } = chunk;
  return bytes.length < 2 * (to - from) ? chunk : { ...chunk, bytes: bytes.slice(from, to), from: 0, to: to - from };
}
