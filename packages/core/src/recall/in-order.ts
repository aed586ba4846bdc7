import type { Hit, MemoryRecord } from "../contracts/record.ts";

/** Best first, ties by id. */
export function inOrder(hits: readonly Hit[]): Hit[] {
  return hits.toSorted((a, b) => b.score - a.score || (a.record.id < b.record.id ? -1 : 1));
}

/** Newest first. */
export function byTime(a: MemoryRecord, b: MemoryRecord): number {
  return b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);
}
