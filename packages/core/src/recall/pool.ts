import type { Counters, MemoryRecord } from "../contracts/record.ts";
import type { Candidate, StoredRecord } from "../contracts/store.ts";
import { countTerms } from "./analyse.ts";

/** A record that ranking looks at. */
export interface Entry {
  readonly record: MemoryRecord;
  readonly counters: Counters;
  /** How often each asked term stands in its text. */
  readonly frequencies: readonly number[];
  /** How many terms its text has. */
  readonly length: number;
}

/** Candidates and what stands beside them, found by place. */
export interface Pool {
  readonly entries: readonly Entry[];
  /** The record that stands so many places after (or, negative, before) another in its thread. */
  beside(entry: Entry, offset: number): Entry | undefined;
}

/** Puts candidates and their neighbours together. */
export function makePool(
  terms: readonly string[],
  candidates: readonly Candidate[],
  neighbours: readonly StoredRecord[],
): Pool {
  const entries: Entry[] = [...candidates, ...neighbours.map((stored) => countAsked(terms, stored))];
  const places = new Map<string, Entry>();
  for (const entry of entries) {
    const { sequence } = entry.record;
    const key = threadOf(entry.record);
    if (sequence !== undefined) places.set(`${key}\n${sequence}`, entry);
  }
  return {
    entries,
    beside({ record }, offset) {
      if (record.thread === undefined || record.sequence === undefined) return undefined;
      return places.get(`${threadOf(record)}\n${record.sequence + offset}`);
    },
  };
}

/** What tells one thread from another. A record without a thread is a thread of its own. */
export function threadOf({ id, scope, thread }: MemoryRecord): string {
  return thread === undefined ? `\n${id}` : `${scope}\n${thread}`;
}

/** Of what stands beside a candidate so much is looked at, in UTF-16 units. */
const beginning = 10_000;

function countAsked(terms: readonly string[], { record, counters }: StoredRecord): Entry {
  const { frequencies, length } = countTerms(record.text.slice(0, beginning));
  return { record, counters, frequencies: terms.map((term) => frequencies.get(term) ?? 0), length };
}
