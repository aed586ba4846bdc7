import type { Nearest, RecordFilter, StoredRecord, StoredVector } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { cosineSimilarity } from "../recall/cosine.ts";
import { fitsFilter, isWithin } from "../recall/fits-filter.ts";
import { parseRecord } from "./memory-candidates.ts";
import { compareText, type MemoryState } from "./memory-state.ts";

/** Keeps a vector, when it is of the text that is there. */
export function putVector(
  state: MemoryState,
  { id, version, space, vector }: Extract<Write, { type: "vector" }>,
  undo: (() => void)[],
): void {
  if (state.records.get(id)?.version !== version) return;
  replace(state, id, new Map([...(state.vectors.get(id) ?? []), [space, vector.slice()]]), undo);
}

/** Drops the vectors of a record whose text is gone. */
export function dropVectors(state: MemoryState, id: string, undo: (() => void)[]): void {
  if (state.vectors.has(id)) replace(state, id, undefined, undo);
}

function replace(
  { vectors }: MemoryState,
  id: string,
  next: ReadonlyMap<string, Float32Array> | undefined,
  undo: (() => void)[],
): void {
  const before = vectors.get(id);
  undo.push(() => void (before === undefined ? vectors.delete(id) : vectors.set(id, before)));
  if (next === undefined) vectors.delete(id);
  else vectors.set(id, next);
}

/** The records nearest to a vector, each compared exactly. */
export function findNear(
  state: MemoryState,
  vector: Float32Array,
  space: string,
  filter: RecordFilter,
  k: number,
): Nearest {
  let lacking = 0;
  const scored: { readonly id: string; readonly similarity: number }[] = [];
  for (const [id, entry] of state.records) {
    if (!isWithin(entry.scope, filter.scope)) continue;
    const own = state.vectors.get(id)?.get(space);
    if (own === undefined) lacking++;
    else if (fitsFilter(parseRecord(entry), filter)) scored.push({ id, similarity: cosineSimilarity(vector, own) });
  }
  scored.sort((a, b) => b.similarity - a.similarity || compareText(a.id, b.id));
  const nearest = scored.slice(0, Math.max(0, k)).flatMap(({ id, similarity }) => {
    const entry = state.records.get(id);
    return entry === undefined ? [] : [{ record: parseRecord(entry), counters: { ...entry.counters }, similarity }];
  });
  return { nearest, lacking };
}

/** Records without a vector in a space, oldest first. */
export function findUnembedded(state: MemoryState, space: string, filter: RecordFilter, limit: number): StoredRecord[] {
  return [...state.records]
    .filter(([id, entry]) => state.vectors.get(id)?.has(space) !== true && fitsFilter(parseRecord(entry), filter))
    .sort(([a, x], [b, y]) => x.createdAt - y.createdAt || compareText(a, b))
    .slice(0, Math.max(0, limit))
    .map(([, entry]) => ({ record: parseRecord(entry), counters: { ...entry.counters } }));
}

/** The vectors of records in a space. */
export function findVectors(state: MemoryState, space: string, ids: readonly string[]): StoredVector[] {
  return [...new Set(ids)].toSorted(compareText).flatMap((id) => {
    const vector = state.vectors.get(id)?.get(space);
    return vector === undefined ? [] : [{ id, vector: vector.slice() }];
  });
}
