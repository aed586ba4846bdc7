import type { Candidate, Candidates, RecordFilter } from "@brainops/core";
import {
  findAmong,
  frequencyOf,
  holds,
  mostCounted,
  type Held,
  type TermPostings,
  type Ties,
} from "@brainops/core/postings";
import { countTerms, fitsFilter, inverseFrequency } from "@brainops/core/recall";
import { byLowestId, findBestIn } from "./best-matches.ts";
import { compareText, type Context } from "./context.ts";
import { conditions } from "./find.ts";
import { int } from "./handle.ts";
import { openRecords, selectRecords, type RecordRow } from "./record-body.ts";
import { readWords, type Words } from "./words.ts";

/** So often the store is looked at anew when records that were found have been changed or erased meanwhile. */
const mostTries = 3;

/** Says that a record that was found has been changed or erased since the words were read. */
class Changed extends Error {}

/** What is asked for. */
interface Asked {
  readonly terms: readonly string[];
  readonly filter: RecordFilter;
  readonly k: number;
}

/** Finds the records that hold the rarest of the asked terms. */
export async function findCandidates(
  context: Context,
  terms: readonly string[],
  filter: RecordFilter,
  k: number,
): Promise<Candidates> {
  const asked = { terms, filter, k };
  // Words are of one moment, and the records are read a moment later: mostly they are still what the words say.
  for (let tries = 0; tries < mostTries; tries++) {
    try {
      return await search(context, asked, false);
    } catch (error) {
      if (!(error instanceof Changed)) throw error;
    }
  }
  return context.db.transaction(async (query) => {
    await query("set transaction isolation level repeatable read, read only");
    // What is remembered of recent records may be of later than this moment.
    return search({ ...context, db: { ...context.db, query }, recent: new Map() }, asked, true);
  });
}

/** `atOnce` says that all is read as of one moment, so that nothing can have {@link Changed}. */
async function search(context: Context, asked: Asked, atOnce: boolean): Promise<Candidates> {
  const { terms, filter, k } = asked;
  const words = await readWords(context, terms, filter);
  const { total, totalLength } = words;
  const postings = words.terms.map((term, index): TermPostings => ({
    ...term,
    index,
    idf: inverseFrequency(total, term.holding),
  }));
  const candidates = k > 0 ? await choose(context, { ...asked, words, postings, atOnce }) : [];
  const documentFrequencies = postings.map(({ holding }) => holding);
  return { candidates, total, totalLength, documentFrequencies };
}

interface Search extends Asked {
  readonly words: Words;
  readonly postings: readonly TermPostings[];
  readonly atOnce: boolean;
}

/** The best `k` that fit the filter. */
async function choose(context: Context, search: Search): Promise<Candidate[]> {
  const { postings, words, k } = search;
  const { gone, chosen } = words;
  for (let enough = k; ; enough *= 32) {
    const { ties, pruned } =
      chosen === undefined
        ? await findBestIn(context, postings, enough, words)
        : findAmong(
            postings,
            chosen.filter((record) => !gone.has(record)),
          );
    // So many of the best are known to be the best; what was left out might come after them.
    const found = await takeBest(context, search, ties, pruned ? enough : Infinity);
    if (found.length >= k || !pruned) return found;
  }
}

/** A group larger than this is not read whole. */
const largeGroup = 256;

async function takeBest(context: Context, search: Search, ties: readonly Ties[], most: number): Promise<Candidate[]> {
  const { k, words } = search;
  const candidates: Candidate[] = [];
  let looked = 0;
  let waiting: Ties[] = [];
  let waitingRecords = 0;
  const enough = (): boolean => candidates.length >= k || looked >= most;
  /** Reads what waits, in one statement, and keeps of it what fits, in order. */
  const flush = async (): Promise<void> => {
    const rows = await readRows(
      context,
      search,
      waiting.flatMap(({ records }) => records),
    );
    for (const { records, helds } of waiting) {
      // What does not fit counts as looked at all the same.
      const fitting = records.flatMap((record, i) => {
        const row = rows.get(record);
        return row === undefined ? [] : [{ held: helds[i], row }];
      });
      fitting.sort((a, b) => compareText(a.row.record.id, b.row.record.id));
      for (const { held, row } of fitting) if (candidates.length < k) candidates.push(toCandidate(search, held, row));
      looked += records.length;
      if (enough()) break;
    }
    waiting = [];
    waitingRecords = 0;
  };
  for (const group of ties) {
    const { length } = group.records;
    if (length <= largeGroup) {
      waiting.push(group);
      waitingRecords += length;
      if (waitingRecords < k - candidates.length) continue;
      await flush();
      if (enough()) return candidates;
      continue;
    }
    await flush();
    if (enough()) return candidates;
    await takeLarge(context, search, group, words, candidates);
    looked += length;
    if (enough()) return candidates;
  }
  await flush();
  return candidates;
}

/** Takes the smallest ids out of a large group of equals. */
async function takeLarge(
  context: Context,
  search: Search,
  { records, helds }: Ties,
  words: Words,
  candidates: Candidate[],
): Promise<void> {
  const { k } = search;
  const parts = byLowestId(context, records, words);
  let next = await parts.next();
  let waiting: { readonly place: number; readonly row: RecordRow }[] = [];
  while (next.done !== true && candidates.length < k) {
    const places: number[] = [];
    for (; next.done !== true && places.length < Math.max(k - candidates.length, fewRows); next = await parts.next())
      places.push(...next.value.places);
    const rows = await readRows(
      context,
      search,
      places.map((place) => records[place] ?? 0),
    );
    for (const place of places) {
      const row = rows.get(records[place] ?? 0);
      if (row !== undefined) waiting.push({ place, row });
    }
    waiting.sort((a, b) => compareText(a.row.record.id, b.row.record.id));
    const low = next.done === true ? undefined : next.value.low;
    const given = waiting.findIndex(({ row }) => low !== undefined && row.record.id >= low);
    const sure = given < 0 ? waiting : waiting.slice(0, given);
    for (const { place, row } of sure)
      if (candidates.length < k) candidates.push(toCandidate(search, helds[place], row));
    waiting = given < 0 ? [] : waiting.slice(given);
  }
}

/** So many rows are read at once, at least. */
const fewRows = 24;

/** Rows of those that fit the filter, by number. Rejects when one of all is gone, and may be there under another number. */
async function readRows(
  context: Context,
  { filter, atOnce }: Search,
  numbers: readonly number[],
): Promise<Map<number, RecordRow>> {
  if (numbers.length === 0) return new Map();
  const { sql, values } = conditions(context, filter, 2);
  const rows = await context.db.query(
    `select r.*, ${sql} as fits from (${selectRecords(context.s, "r.thread, r.sequence")} where r.n = any ($1::bigint[])) r`,
    [numbers, ...values],
  );
  if (rows.length < numbers.length && !atOnce) throw new Changed();
  const fitting = rows.filter((row) => row["fits"] === true);
  const opened = await openRecords(context, fitting);
  // Marks and threads are found by tokens of 48 bits, which two names might share.
  return new Map(opened.filter(({ record }) => fitsFilter(record, filter)).map((row) => [int(row.n), row]));
}

function toCandidate({ terms, postings }: Search, set: Held | undefined, row: RecordRow): Candidate {
  const held = postings.map((term, i) => (set !== undefined && holds(set, i) ? frequencyOf(term, row.n) : 0));
  const { record, counters, length } = row;
  return {
    record,
    counters,
    frequencies: held.includes(mostCounted) ? recount(terms, record.text, held) : held,
    length,
  };
}

/** Counts in the text what the index has stopped counting. */
function recount(terms: readonly string[], text: string, held: readonly number[]): number[] {
  const { frequencies } = countTerms(text);
  return held.map((frequency, i) => (frequency === mostCounted ? (frequencies.get(terms[i] ?? "") ?? 0) : frequency));
}
