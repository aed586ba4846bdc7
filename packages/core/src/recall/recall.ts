import type { Clock } from "../contracts/clock.ts";
import type { Hit, MemoryRecord, RecallQuery } from "../contracts/record.ts";
import type { RecordFilter, Store, StoredRecord } from "../contracts/store.ts";
import { isBehind } from "../memory/behind.ts";
import { analyse } from "./analyse.ts";
import { fitsFilter } from "./fits-filter.ts";
import { makePool } from "./pool.ts";
import { contextDistance, isValidAt, rank } from "./rank.ts";

/** What a recall may be told beside its query. */
export interface RecallOptions {
  /** Where "now" comes from; what is old fades a little. Default: the system's clock. */
  readonly clock?: Pick<Clock, "now">;
  /** Leaves out records that it answers `false` to, such as those that a run may not see yet. */
  readonly accept?: (record: MemoryRecord) => boolean;
}

const defaultLimit = 10;
/** So many candidates are ranked, at least. */
const fewestCandidates = 50;
/** So many different terms of a query are searched: enough for a page of text. */
const mostTerms = 64;

/**
 * Finds what is remembered within a scope, best first. Works without any model: words are looked up by the store, and
 * ranked here, the same for every store. A query is plain text; nothing in it is syntax. Records whose place another has
 * taken (`supersedes`) are left out, unless the query asks for what was true at a time (`validAt`).
 *
 * Errors: `invalid_input` without a scope, and those of the store.
 *
 * @example
 * ```ts
 * import { recall } from "@brainops/core/recall";
 * import { memoryStore } from "@brainops/core/testing";
 * const store = await memoryStore().open();
 * const hits = await recall(store, "acme", { text: "why did the deploy time out?" });
 * for (const { record, why } of hits) console.log(record.text, why);
 * ```
 */
export async function recall(
  store: Store,
  scope: string,
  query: RecallQuery,
  options: RecallOptions = {},
): Promise<readonly Hit[]> {
  const limit = query.limit ?? defaultLimit;
  const filter = filterOf(scope, query);
  const accept = ({ record }: StoredRecord): boolean =>
    isValidAt(record, query.validAt) && (options.accept?.(record) ?? true);
  if (query.text.trim() === "") return newest(store, filter, query, limit, accept);
  const terms = [...new Set(analyse(query.text))].slice(0, mostTerms);
  if (terms.length === 0 || limit <= 0) return [];
  const { candidates, ...figures } = await store.candidates(terms, filter, Math.max(fewestCandidates, limit * 2));
  const accepted = candidates.filter(accept);
  const threaded = accepted.filter(({ record }) => record.thread !== undefined && record.sequence !== undefined);
  const neighbours =
    threaded.length === 0
      ? []
      : await store.neighbours(
          threaded.map(({ record }) => record.id),
          contextDistance,
        );
  const pool = makePool(terms, accepted, neighbours.filter(accept));
  const now = (options.clock ?? Date).now();
  // What stands beside a candidate may be the better answer, but must fit the filter like any other.
  const ranked = rank({ text: query.text, terms, figures, now }, pool).filter(({ record }) =>
    fitsFilter(record, filter),
  );
  return query.validAt === undefined ? firstInFront(store, ranked, limit) : ranked.slice(0, limit);
}

/** The first so many that no other record has taken the place of. Only as many are looked up as are needed. */
async function firstInFront<Found extends StoredRecord>(
  store: Store,
  found: readonly Found[],
  limit: number,
): Promise<Found[]> {
  const front: Found[] = [];
  for (let from = 0; from < found.length && front.length < limit;) {
    const some = found.slice(from, from + limit - front.length);
    const behind = await Promise.all(some.map(({ record }) => isBehind(store, record.id)));
    front.push(...some.filter((_, i) => behind[i] !== true));
    from += some.length;
  }
  return front;
}

function filterOf(scope: string, { kinds, tags, fingerprint, thread, since, until }: RecallQuery): RecordFilter {
  return {
    scope,
    ...(kinds === undefined ? {} : { kinds }),
    ...(tags === undefined ? {} : { tags }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(thread === undefined ? {} : { thread }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

/** Without words: the newest records that fit, page by page until there are enough. */
async function newest(
  store: Store,
  filter: RecordFilter,
  { validAt }: RecallQuery,
  limit: number,
  accept: (stored: StoredRecord) => boolean,
): Promise<Hit[]> {
  const hits: Hit[] = [];
  let after: string | undefined;
  while (hits.length < limit) {
    const page = await store.find(filter, { limit: 100, ...(after === undefined ? {} : { after }) });
    const accepted = page.filter(accept);
    const front = validAt === undefined ? await firstInFront(store, accepted, limit - hits.length) : accepted;
    for (const stored of front) hits.push({ ...stored, score: 0, why: "newest" });
    if (page.length < 100) break;
    after = page.at(-1)?.record.id;
  }
  return hits.slice(0, limit);
}
