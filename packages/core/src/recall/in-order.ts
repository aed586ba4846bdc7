import type { Hit, MemoryRecord } from "../contracts/record.ts";

/** Best first, ties by id. */
export function compareHits(a: Hit, b: Hit): number {
  return b.score - a.score || (a.record.id < b.record.id ? -1 : 1);
}

/** The same hits, best first, ties by id. */
export function inOrder(hits: readonly Hit[]): Hit[] {
  return hits.toSorted(compareHits);
}

/** Newest first. */
export function byTime(a: MemoryRecord, b: MemoryRecord): number {
  return b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);
}
