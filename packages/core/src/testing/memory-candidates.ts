import type { MemoryRecord } from "../contracts/record.ts";
import type { Candidate, Candidates, RecordFilter } from "../contracts/store.ts";
import { inverseFrequency } from "../recall/inverse-frequency.ts";
import { compareText, isWithin, type MemoryEntry, type MemoryState } from "./memory-state.ts";

/** Whether a record fits a filter. */
export function fits(entry: MemoryEntry, record: MemoryRecord, filter: RecordFilter): boolean {
  return (
    isWithin(entry.scope, filter.scope) &&
    (filter.kinds === undefined || filter.kinds.includes(record.kind)) &&
    (filter.tags ?? []).every((tag) => record.tags.includes(tag)) &&
    (filter.fingerprint === undefined || record.fingerprint === filter.fingerprint) &&
    (filter.thread === undefined || record.thread === filter.thread) &&
    (filter.fromSequence === undefined || (record.sequence ?? -Infinity) >= filter.fromSequence) &&
    (filter.toSequence === undefined || (record.sequence ?? Infinity) <= filter.toSequence) &&
    (filter.since === undefined || record.createdAt >= filter.since) &&
    (filter.until === undefined || record.createdAt < filter.until)
  );
}

/** A record of the in-memory store, as its contract says: a copy that the caller may keep. */
export function parseRecord(entry: MemoryEntry): MemoryRecord {
  return JSON.parse(entry.json) as MemoryRecord;
}

/** Finds candidates by adding up the rarity of the terms that each record holds. */
export function findCandidates(
  state: MemoryState,
  terms: readonly string[],
  filter: RecordFilter,
  k: number,
): Candidates {
  let total = 0;
  let totalLength = 0;
  for (const entry of state.records.values()) {
    if (!isWithin(entry.scope, filter.scope)) continue;
    total++;
    totalLength += entry.length;
  }
  const scores = new Map<string, number>();
  const documentFrequencies = terms.map((term) => {
    const ids = [...(state.postings.get(term) ?? [])].filter((id) => isWithin(scopeOf(state, id), filter.scope));
    const idf = inverseFrequency(total, ids.length);
    for (const id of ids) scores.set(id, (scores.get(id) ?? 0) + idf);
    return ids.length;
  });
  const ordered = [...scores].sort(([a, x], [b, y]) => y - x || compareText(a, b));
  const candidates: Candidate[] = [];
  for (const [id] of ordered) {
    if (candidates.length >= k) break;
    const entry = state.records.get(id);
    if (entry === undefined) continue;
    const record = parseRecord(entry);
    if (!fits(entry, record, filter)) continue;
    const frequencies = terms.map((term) => entry.frequencies.get(term) ?? 0);
    candidates.push({ record, counters: entry.counters, frequencies, length: entry.length });
  }
  return { candidates, total, totalLength, documentFrequencies };
}

function scopeOf(state: MemoryState, id: string): string {
  return state.records.get(id)?.scope ?? "";
}
