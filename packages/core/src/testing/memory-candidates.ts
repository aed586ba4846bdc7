import type { MemoryRecord } from "../contracts/record.ts";
import type { Candidate, Candidates, RecordFilter } from "../contracts/store.ts";
import { fitsFilter, isWithin } from "../recall/fits-filter.ts";
import { inverseFrequency } from "../recall/inverse-frequency.ts";
import { compareText, type MemoryEntry, type MemoryState } from "./memory-state.ts";

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
    if (!fitsFilter(record, filter)) continue;
    const frequencies = terms.map((term) => entry.frequencies.get(term) ?? 0);
    candidates.push({ record, counters: entry.counters, frequencies, length: entry.length });
  }
  return { candidates, total, totalLength, documentFrequencies };
}

function scopeOf(state: MemoryState, id: string): string {
  return state.records.get(id)?.scope ?? "";
}

/** What stands beside these records in their threads. */
export function findNeighbours(state: MemoryState, ids: readonly string[], distance: number): string[] {
  const asked = new Set(ids);
  const places = new Map<string, number[]>();
  for (const id of asked) {
    const entry = state.records.get(id);
    const place = entry && placeOf(entry);
    if (entry?.sequence === undefined || place === undefined) continue;
    places.set(place, [...(places.get(place) ?? []), entry.sequence]);
  }
  const found: string[] = [];
  for (const [id, entry] of state.records) {
    const { sequence } = entry;
    if (sequence === undefined || asked.has(id)) continue;
    if (places.get(placeOf(entry) ?? "")?.some((at) => Math.abs(at - sequence) <= distance)) found.push(id);
  }
  return found.sort(compareText);
}

function placeOf({ scope, thread }: MemoryEntry): string | undefined {
  return thread === undefined ? undefined : `${scope}\n${thread}`;
}
