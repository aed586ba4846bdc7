import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Embedder } from "../contracts/embedder.ts";
import type { Hit, MemoryRecord, Recalled, RecallQuery } from "../contracts/record.ts";
import type { RecordFilter, Store, StoredRecord } from "../contracts/store.ts";
import { checkFilter, checkScope } from "../sealing/check.ts";
import { analyse } from "./analyse.ts";
import { withContext } from "./around.ts";
import { fitTokens } from "./budget.ts";
import { checkQuery, filterOf } from "./check-query.ts";
import { embedQuery } from "./embed-query.ts";
import { fitsFilter, isWithin } from "./fits-filter.ts";
import { byTime, inOrder } from "./in-order.ts";
import { findLinked } from "./linked.ts";
import { wentWell } from "./outcome.ts";
import { isValidAt } from "./rank.ts";
import { relate } from "./relations.ts";
import { search, type Found } from "./search.ts";
import { toRecalled } from "./recalled.ts";
import { sharesTo, type Share } from "./share-documents.ts";
import { vary, type Varied } from "./vary.ts";

/** What a recall may be told beside its query. */
export interface RecallOptions {
  /** Where "now" comes from; what is old fades a little. Default: the system's clock. */
  readonly clock?: Pick<Clock, "now">;
  /** Leaves out records that it answers `false` to, such as those that a run may not see yet. */
  readonly accept?: (record: MemoryRecord) => boolean;
  /**
   * Searches meanings as well as words, among the records that have a vector; see `fillVectors`. Default: only words
   * are searched.
   */
  readonly embedder?: Embedder;
  /** Cancels the call of the embedder; the recall then throws what the embedder throws. */
  readonly signal?: AbortSignal;
}

const defaultLimit = 10;
/** So many hits are looked at, at most, for enough that nothing has taken the place of. */
const mostSearched = 5000;
/** So many hits at least, and about so many at most, are searched for texts that are not nearly equal. */
const fewestVaried = 50;
const mostVaried = 400;
/** So many different terms of a query are searched: enough for a page of text. */
const mostTerms = 64;
/** So much of a query is looked at, in UTF-16 units. */
const longestQuery = 20_000;

/**
 * Finds what is remembered within a scope, and in those that were opened to it with `share`, best first. Works without any model:
 * words are looked up by the store, and ranked here, the same for every store. With an embedder, meanings are searched, too. A
 * query is plain text; nothing in it is syntax. The result is a list with {@link Recalled.notes}.
 *
 * Errors: `invalid_input` without a scope or when the query does not fit, and those of the store. An embedder that fails is a
 * note, not an error. Records that others supersede are left out, unless the query asks for what was true or known at a time.
 *
 * @example
 * ```ts
 * import { recall } from "@brainops/core/recall";
 * import { memoryStore } from "@brainops/core/testing";
 * const store = await memoryStore().open();
 * const hits = await recall(store, "acme", { text: "why did the deploy time out?", maxTokens: 2000 });
 * for (const { record, why } of hits) console.log(record.text, why);
 * for (const note of hits.notes) console.warn(note);
 * ```
 */
export function recall(
  store: Store,
  scope: string,
  query: RecallQuery,
  options: RecallOptions = {},
): Promise<Recalled> {
  return recallFrom(store, [scope], query, options);
}

/** Somewhere to search: a scope, and through which share, if it is another's. */
interface Source {
  readonly filter: RecordFilter;
  readonly share?: Share;
}

/**
 * The same from several scopes: the best of all.
 *
 * @example
 * ```ts
 * import type { Store } from "@brainops/core";
 * import { recallFrom } from "@brainops/core/recall";
 * declare const store: Store;
 * const hits = await recallFrom(store, ["acme/shop", "acme/bank"], { text: "the queue is full" });
 * ```
 */
export async function recallFrom(
  store: Store,
  scopes: readonly string[],
  query: RecallQuery,
  options: RecallOptions = {},
): Promise<Recalled> {
  checkQuery(query);
  for (const scope of scopes) checkScope(scope);
  if (scopes.length === 0) throw new BrainOpsError("invalid_input", "A recall needs a scope. Name at least one.");
  const { limit = defaultLimit, asOf, outcome } = query;
  const notes: string[] = [];
  const sources = await sourcesOf(store, scopes, query);
  if (limit === 0) return toRecalled([], notes);
  const text = query.text.slice(0, longestQuery).toWellFormed();
  if (text.length < query.text.length)
    notes.push(`Only the first ${longestQuery} characters of the query were searched.`);
  const terms = [...new Set(analyse(text))].slice(0, mostTerms);
  if (terms.length === 0 && text.trim() !== "" && options.embedder === undefined)
    notes.push("The query has no word that can be searched: it is punctuation, or words that stand in every text.");
  const meaning = options.embedder && (await embedQuery(options.embedder, text, notes, options.signal));
  const known = (record: MemoryRecord): boolean => asOf === undefined || record.createdAt <= asOf;
  const accept = (stored: StoredRecord): boolean =>
    known(stored.record) &&
    isValidAt(stored.record, query.validAt) &&
    (outcome === undefined || wentWell(stored) === (outcome === "good")) &&
    (options.accept?.(stored.record) ?? true);
  const visible = (record: MemoryRecord): boolean =>
    known(record) && (options.accept?.(record) ?? true) && sources.some((source) => isIn(record, source));
  const linked = await Promise.all(sources.map(({ filter }) => findLinked(store, filter.scope, query)));
  if (query.linked !== undefined && !linked.some((found) => found?.known))
    notes.push(`There is no record ${query.linked.to} where was searched, so nothing is linked to it.`);
  const clock = options.clock ?? Date;
  // More than wanted, since some may be superseded, or say the same as others; still more where that was not enough.
  for (let wanted = limit + Math.min(limit, 20); ; wanted *= 4) {
    const all = await Promise.all(
      sources.map(({ filter }, i) =>
        search(store, { query: { ...query, text }, filter, terms, meaning, linked: linked[i], accept, clock, wanted }),
      ),
    );
    const merged = merge(all, sources, Math.max(wanted, fewestVaried));
    const hits =
      text.trim() === "" ? asTheyAre(merged.toSorted((a, b) => byTime(a.record, b.record))) : vary(inOrder(merged));
    const related = await relate(store, hits, query, visible, limit);
    const isAll = all.every((found) => found.hits.length < wanted) || wanted >= mostSearched;
    if (!isAll && (related.length < limit || (wanted < mostVaried && !hits.differ(limit)))) continue;
    const lacking = all.reduce((sum, found) => sum + found.lacking, 0);
    if (lacking > 0)
      notes.push(`${lacking} ${lacking === 1 ? "record has" : "records have"} no vector yet: found by words only.`);
    const full = await withContext(store, related, query.context ?? 0, ({ record }) => visible(record));
    return toRecalled(query.maxTokens === undefined ? full : fitTokens(full, query.maxTokens, notes), notes);
  }
}

/** Hits in their order, all different. */
function asTheyAre(hits: Hit[]): Varied {
  const { length } = hits;
  return { take: (count) => hits.splice(0, count), differ: (least) => length >= least };
}

/** The best of each source, each record once; what is shared, only where it is not one's own. */
function merge(all: readonly Found[], sources: readonly Source[], wanted: number): Hit[] {
  const hits = new Map<string, Hit>();
  for (const [i, found] of all.entries()) {
    const share = sources[i]?.share;
    for (const hit of found.hits.slice(0, wanted)) {
      const before = hits.get(hit.record.id);
      if (before === undefined) hits.set(hit.record.id, share === undefined ? hit : throughShare(hit, share));
      else if (share === undefined && hit.score > before.score) hits.set(hit.record.id, hit);
    }
  }
  return [...hits.values()];
}

/** The scopes that are asked, then those that were opened to them. */
async function sourcesOf(store: Store, scopes: readonly string[], query: RecallQuery): Promise<Source[]> {
  const sources: Source[] = scopes.map((scope) => ({ filter: filterOf(scope, query) }));
  for (const { filter } of sources) checkFilter(filter);
  const shares = new Map(
    (await Promise.all(scopes.map((scope) => sharesTo(store, scope)))).flat().map((share) => [share.id, share]),
  );
  for (const share of shares.values()) {
    const { from, kinds } = share;
    if (scopes.some((scope) => isWithin(from, scope))) continue;
    const both = kinds === undefined ? query.kinds : kinds.filter((kind) => query.kinds?.includes(kind) ?? true);
    if (both?.length === 0) continue;
    sources.push({ filter: { ...filterOf(from, query), ...(both === undefined ? {} : { kinds: both }) }, share });
  }
  return sources;
}

/** Whether a record lies in a scope that is searched, and is of a kind that was opened. */
function isIn(record: MemoryRecord, { filter: { scope }, share }: Source): boolean {
  const kinds = share?.kinds;
  return fitsFilter(record, { scope, ...(kinds === undefined ? {} : { kinds }) });
}

function throughShare(hit: Hit, { by, reason }: Share): Hit {
  const why = [hit.why, `shared from ${hit.record.scope}`].filter((part) => part !== "").join("; ");
  return { ...hit, why, shared: { by, reason } };
}
