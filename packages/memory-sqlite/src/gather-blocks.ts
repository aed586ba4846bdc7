import type { Block } from "@brainops/core/postings";

/** Blocks of words, in the order of their keys, in few values: a thread hands them over at once, however many they are. */
export interface Blocks {
  readonly scopes: Float64Array;
  readonly terms: Float64Array;
  readonly firsts: Float64Array;
  /** Where each ends in `data`; it begins where the one before it ends. */
  readonly ends: Uint32Array;
  readonly data: Uint8Array;
}

/** Puts blocks together. */
export interface GatheredBlocks {
  readonly count: number;
  add(scope: number, block: Block): void;
  all(): Blocks;
}

/** Begins with none. */
export function gatherBlocks(): GatheredBlocks {
  const [scopes, terms, firsts, ends]: [number[], number[], number[], number[]] = [[], [], [], []];
  const bodies: Uint8Array[] = [];
  let size = 0;
  return {
    get count() {
      return ends.length;
    },
    add(scope, { term, first, data }) {
      scopes.push(scope);
      terms.push(term);
      firsts.push(first);
      bodies.push(data);
      ends.push((size += data.length));
    },
    all() {
      const data = new Uint8Array(size);
      for (const [i, body] of bodies.entries()) data.set(body, (ends[i] ?? 0) - body.length);
      return {
        scopes: Float64Array.from(scopes),
        terms: Float64Array.from(terms),
        firsts: Float64Array.from(firsts),
        ends: Uint32Array.from(ends),
        data,
      };
    },
  };
}

/** Calls `visit` for each block, in order. */
export function eachBlock(
  { scopes, terms, firsts, ends, data }: Blocks,
  visit: (scope: number, term: number, first: number, data: Uint8Array) => void,
): void {
  let from = 0;
  for (const [i, end] of ends.entries()) {
    visit(scopes[i] ?? 0, terms[i] ?? 0, firsts[i] ?? 0, data.subarray(from, end));
    from = end;
  }
}
