import type { Clock } from "../contracts/clock.ts";
import type { Hit, RecallQuery } from "../contracts/record.ts";
import type { Candidates, Nearest, RecordFilter, Store, StoredRecord } from "../contracts/store.ts";
import type { Meaning } from "./embed-query.ts";
import { fitsFilter } from "./fits-filter.ts";
import { fuse } from "./fuse.ts";
import { byTime, inOrder } from "./in-order.ts";
import { preferLinked, type Linked } from "./linked.ts";
import { makePool } from "./pool.ts";
import { contextDistance, rank } from "./rank.ts";

/** What is searched for in one scope. */
export interface Search {
  readonly query: RecallQuery;
  readonly filter: RecordFilter;
  /** The terms of the query, each once. */
  readonly terms: readonly string[];
  readonly meaning: Meaning | undefined;
  readonly linked: Linked | undefined;
  readonly accept: (stored: StoredRecord) => boolean;
  readonly clock: Pick<Clock, "now">;
  /** How many hits are wanted. */
  readonly wanted: number;
}

/** What was found in one scope, best first. */
export interface Found {
  readonly hits: readonly Hit[];
  /** How many of the scope's records lack a vector in the space that was searched. */
  readonly lacking: number;
}

/** So many candidates are ranked, at least. */
const fewestCandidates = 50;
/** So many are looked at before it is given up that enough of them are accepted. */
const mostCandidates = 5000;

/** Searches one scope. */
export async function search(store: Store, wanted: Search): Promise<Found> {
  const { query, terms, meaning, linked, filter } = wanted;
  if (query.text.trim() === "") return { hits: await newest(store, wanted), lacking: 0 };
  if (terms.length === 0 && meaning === undefined && linked === undefined) return { hits: [], lacking: 0 };
  const only = linked?.only === true;
  const { candidates, ...figures } = await candidatesFor(store, wanted, only);
  const near = only ? await nearAmong(store, wanted) : await nearestFor(store, wanted);
  const others = new Map<string, StoredRecord>();
  const add = (stored: StoredRecord): unknown =>
    wanted.accept(stored) && fitsFilter(stored.record, filter) ? others.set(stored.record.id, stored) : undefined;
  for (const stored of near.nearest) add(stored);
  for (const stored of linked?.records ?? []) add(stored);
  for (const { record } of candidates) others.delete(record.id);
  const sought = new Set([...candidates.map(({ record }) => record.id), ...others.keys()]);
  const threaded = [...candidates, ...others.values()].filter(
    ({ record }) => record.thread !== undefined && record.sequence !== undefined,
  );
  const beside =
    threaded.length === 0
      ? []
      : await store.neighbours(
          threaded.map(({ record }) => record.id),
          contextDistance,
        );
  const pool = makePool(terms, candidates, [...others.values(), ...beside.filter(wanted.accept)]);
  const now = query.asOf ?? wanted.clock.now();
  let hits = fuse(rank({ text: query.text, terms, figures, now }, pool), near);
  if (linked !== undefined) hits = preferLinked(hits, linked);
  // What stands beside a candidate may be the better answer, but must fit the filter like any other.
  hits = hits.filter(
    ({ record, score }) =>
      fitsFilter(record, filter) && (only ? sought.has(record.id) : score > 0 || candidates.length > 0),
  );
  return { hits: inOrder(hits), lacking: near.lacking };
}

/** Candidates by words that are accepted: more are asked for when few of them are. */
async function candidatesFor(store: Store, search: Search, none: boolean): Promise<Candidates> {
  const { terms, filter, wanted, accept } = search;
  for (let k = none ? 0 : Math.max(fewestCandidates, wanted * 2); ; k *= 4) {
    const found = await store.candidates(terms, filter, k);
    const candidates = found.candidates.filter(accept);
    if (candidates.length >= wanted || found.candidates.length < k || k >= mostCandidates || none)
      return { ...found, candidates };
  }
}

async function nearestFor(store: Store, { meaning, filter, wanted, accept }: Search): Promise<Nearest> {
  if (meaning === undefined) return { nearest: [], lacking: 0 };
  for (let k = Math.max(fewestCandidates, wanted * 2); ; k *= 4) {
    const { nearest, lacking } = await store.near(meaning.vector, meaning.space, filter, k);
    const accepted = nearest.filter(accept);
    if (accepted.length >= wanted || nearest.length < k || k >= mostCandidates) return { nearest: accepted, lacking };
  }
}

/** The linked records that are near, where nothing else is searched. */
async function nearAmong(store: Store, search: Search): Promise<Nearest> {
  const ids = new Set(search.linked?.records.map(({ record }) => record.id));
  return nearestFor(store, {
    ...search,
    wanted: Math.min(search.wanted, ids.size),
    accept: (stored) => ids.has(stored.record.id) && search.accept(stored),
  });
}

/** Without words: the newest records that fit, page by page until there are enough. */
async function newest(store: Store, { filter, wanted, accept, linked }: Search): Promise<Hit[]> {
  const toHit = (stored: StoredRecord): Hit => ({ ...stored, score: 0, why: "newest" });
  if (linked?.only === true) {
    const fitting = linked.records.filter((stored) => accept(stored) && fitsFilter(stored.record, filter));
    return preferLinked(fitting.toSorted((a, b) => byTime(a.record, b.record)).map(toHit), linked).slice(0, wanted);
  }
  const hits: Hit[] = [];
  let after: string | undefined;
  while (hits.length < wanted) {
    const page = await store.find(filter, { limit: 100, ...(after === undefined ? {} : { after }) });
    hits.push(...page.filter(accept).map(toHit));
    if (page.length < 100) break;
    after = page.at(-1)?.record.id;
  }
  return hits.slice(0, wanted);
}
