import type { Clock } from "../contracts/clock.ts";
import type { Hit, MemoryRecord, RecallQuery } from "../contracts/record.ts";
import type { RecordFilter, Store } from "../contracts/store.ts";
import { analyse } from "./analyse.ts";
import { inverseFrequency } from "./inverse-frequency.ts";

/** What recall may be told beside the query. */
export interface RecallOptions {
  readonly clock?: Clock;
  /** Leaves out records for which it says no. */
  readonly accept?: (record: MemoryRecord) => boolean;
}

/** Finds memories of a scope and ranks them; first draft: BM25 over the words. */
export async function recall(store: Store, scope: string, query: RecallQuery, options: RecallOptions = {}): Promise<readonly Hit[]> {
  const { accept = () => true } = options;
  const limit = query.limit ?? 10;
  const filter: RecordFilter = {
    scope,
    ...(query.kinds === undefined ? {} : { kinds: query.kinds }),
    ...(query.tags === undefined ? {} : { tags: query.tags }),
    ...(query.fingerprint === undefined ? {} : { fingerprint: query.fingerprint }),
    ...(query.thread === undefined ? {} : { thread: query.thread }),
    ...(query.since === undefined ? {} : { since: query.since }),
    ...(query.until === undefined ? {} : { until: query.until }),
  };
  const terms = [...new Set(analyse(query.text))];
  if (terms.length === 0) {
    const found = await store.find(filter, { limit: limit * 2 });
    return found.filter(({ record }) => accept(record)).slice(0, limit).map((stored) => ({ ...stored, score: 0, why: "newest" }));
  }
  const found = await store.candidates(terms, filter, limit * 5);
  const average = found.totalLength / Math.max(1, found.total);
  return found.candidates
    .filter(({ record }) => accept(record))
    .map(({ record, counters, frequencies, length }) => {
      const words = terms.filter((_, index) => (frequencies[index] ?? 0) > 0);
      const score = frequencies.reduce((sum, tf, index) => sum + (inverseFrequency(found.total, found.documentFrequencies[index] ?? 0) * tf * 1.9) / (tf + 0.9 * (0.6 + (0.4 * length) / average)), 0);
      return { record, counters, score, why: `words: ${words.join(", ")}` };
    })
    .sort((a, b) => b.score - a.score || (a.record.id < b.record.id ? -1 : 1))
    .slice(0, limit);
}
