import type { Candidate, Candidates, RecordFilter } from "@brainops/core";
import { countTerms, fitsFilter, inverseFrequency } from "@brainops/core/recall";
import { byLowestId, groupsOf, leastOfBest } from "./best-matches.ts";
import { compareText, type Context } from "./context.ts";
import { conditions, selected } from "./find.ts";
import { int } from "./handle.ts";
import { makeMatches, type KnownRecords, type Matches, type TermPostings } from "./matches.ts";
import { eachPosting } from "./posting-chunk.ts";
import { makeBlockReader, type BlockReader } from "./block-reader.ts";
import { openRecords, selectRecords, type RecordRow } from "./record-body.ts";
import { mostCounted } from "./tokens.ts";
import { readWords, type Words } from "./words.ts";

/** So often the store is looked at anew when records that were found have been changed or erased meanwhile. */
const mostTries = 5;

/** Finds the records that hold the rarest of the asked terms. */
export async function findCandidates(
  context: Context,
  terms: readonly string[],
  filter: RecordFilter,
  k: number,
): Promise<Candidates> {
  for (let tries = 1; ; tries++) {
    const words = await readWords(context, terms, filter.scope);
    const { total, totalLength, postings } = words;
    const idfs = postings.map(({ count }) => inverseFrequency(total, count));
    const found = k > 0 ? await choose(context, terms, words, idfs, filter, k) : [];
    if (found === undefined && tries < mostTries) continue;
    return { candidates: found ?? [], total, totalLength, documentFrequencies: postings.map(({ count }) => count) };
  }
}

/** The best `k` that fit the filter; `undefined` when the store has changed too much since the words were read. */
async function choose(
  context: Context,
  terms: readonly string[],
  words: Words,
  idfs: readonly number[],
  filter: RecordFilter,
  k: number,
): Promise<Candidate[] | undefined> {
  const postings = words.postings.map((term, index) => ({ ...term, idf: idfs[index] ?? 0 }));
  const chosen = await selected(context, filter);
  const reader = makeBlockReader(context);
  for (let enough = k; ; enough *= 32) {
    const matches = makeMatches(postings.length, chosen?.length ?? newcomers(postings));
    for (const record of chosen ?? []) matches.admit(record);
    const pruned = await collect(matches, postings, enough, chosen !== undefined, reader);
    if (pruned === undefined) return undefined;
    for (const record of words.gone) matches.drop(record);
    const found = await takeBest(context, {
      terms,
      words,
      postings,
      matches,
      idfs,
      filter,
      k,
      most: pruned ? enough : Infinity,
    });
    if (found === undefined || found.length >= k || !pruned) return found;
  }
}

interface Search {
  readonly terms: readonly string[];
  readonly words: Words;
  readonly postings: readonly TermPostings[];
  readonly matches: Matches;
  readonly idfs: readonly number[];
  readonly filter: RecordFilter;
  readonly k: number;
  /** So many of the best are known to be the best; what was left out might come after them. */
  readonly most: number;
}

/** A group larger than this is not read whole. */
const largeGroup = 256;

async function takeBest(context: Context, search: Search): Promise<Candidate[] | undefined> {
  const { matches, idfs, k, words, most } = search;
  const candidates: Candidate[] = [];
  let looked = 0;
  let waiting: number[][] = [];
  let held = 0;
  const enough = (): boolean => candidates.length >= k || looked >= most;
  /** Reads what waits, in one statement, and keeps of it what fits, in order. */
  const flush = async (): Promise<boolean> => {
    const rows = await readRows(context, search, waiting.flat());
    if (rows === undefined) return false;
    for (const group of waiting) {
      const there = group.map((place) => ({ place, row: rows.get(matches.record(place)) }));
      // What does not fit counts as looked at all the same.
      const fitting = there.flatMap(({ place, row }) => (row === undefined ? [] : [{ place, row }]));
      fitting.sort((a, b) => compareText(a.row.record.id, b.row.record.id));
      for (const { place, row } of fitting) if (candidates.length < k) candidates.push(toCandidate(search, place, row));
      looked += group.length;
      if (enough()) break;
    }
    waiting = [];
    held = 0;
    return true;
  };
  for (const group of groupsOf(matches, idfs, Math.min(k * 2, most))) {
    if (group.length <= largeGroup) {
      waiting.push(group);
      held += group.length;
      if (held < Math.max(k, 64)) continue;
      if (!(await flush())) return undefined;
      if (enough()) return candidates;
      continue;
    }
    if (!(await flush())) return undefined;
    if (enough()) return candidates;
    if (!(await takeLarge(context, search, group, words.ids, candidates))) return undefined;
    looked += group.length;
    if (enough()) return candidates;
  }
  return (await flush()) ? candidates : undefined;
}

/** Takes the smallest ids out of a large group of equals. `false` when the store has changed too much. */
async function takeLarge(
  context: Context,
  search: Search,
  group: readonly number[],
  ids: ReadonlyMap<number, string>,
  candidates: Candidate[],
): Promise<boolean> {
  const { matches, k } = search;
  const parts = await byLowestId(context, matches, group, ids);
  let waiting: { readonly place: number; readonly row: RecordRow }[] = [];
  for (let next = 0; next < parts.length && candidates.length < k;) {
    const places: number[] = [];
    while (next < parts.length && places.length < Math.max(k, largeGroup))
      places.push(...(parts[next++]?.places ?? []));
    const rows = await readRows(context, search, places);
    if (rows === undefined) return false;
    for (const place of places) {
      const row = rows.get(matches.record(place));
      if (row !== undefined) waiting.push({ place, row });
    }
    waiting.sort((a, b) => compareText(a.row.record.id, b.row.record.id));
    const low = parts[next]?.low;
    const given = waiting.findIndex(({ row }) => low !== undefined && row.record.id >= low);
    const sure = given < 0 ? waiting : waiting.slice(0, given);
    for (const { place, row } of sure) if (candidates.length < k) candidates.push(toCandidate(search, place, row));
    waiting = given < 0 ? [] : waiting.slice(given);
  }
  return true;
}

/** Rows of those that fit the filter, by number; `undefined` when one of all is not there any more. */
async function readRows(
  context: Context,
  { matches, filter }: Search,
  places: readonly number[],
): Promise<Map<number, RecordRow> | undefined> {
  const numbers = places.map((place) => matches.record(place));
  if (numbers.length === 0) return new Map();
  const { sql, values } = conditions(context, filter, 2);
  const rows = await context.db.query(
    `select r.*, ${sql} as fits from (${selectRecords(context.s, "r.thread, r.sequence")} where r.n = any ($1::bigint[])) r`,
    [numbers, ...values],
  );
  if (rows.length < numbers.length) return undefined;
  const fitting = rows.filter((row) => row["fits"] === true);
  const opened = await openRecords(context, fitting);
  // Marks and threads are found by tokens of 48 bits, which two names might share.
  return new Map(opened.filter(({ record }) => fitsFilter(record, filter)).map((row) => [int(row.n), row]));
}

function toCandidate({ terms, postings, matches }: Search, place: number, row: RecordRow): Candidate {
  const held = postings.map((term, i) => (matches.holds(place, i) ? frequencyOf(term, row.n) : 0));
  const { record, counters, length } = row;
  return {
    record,
    counters,
    frequencies: held.includes(mostCounted) ? recount(terms, record.text, held) : held,
    length,
  };
}

/**
 * Takes in the terms, the rarest first. As soon as there are enough records whose score no newcomer can reach any more,
 * the others only raise what is there, and only blocks are read that hold one of those which may still be the best: the
 * "max score" way of H. Turtle and J. Flood, "Query evaluation: strategies and optimizations", Information Processing &
 * Management 31, 1995. `true` when something was left out so, `undefined` when blocks are not there any more.
 */
async function collect(
  matches: Matches,
  postings: readonly TermPostings[],
  enough: number,
  chosen: boolean,
  reader: BlockReader,
): Promise<boolean | undefined> {
  const rarestFirst = [...postings].sort((a, b) => b.idf - a.idf);
  const most = rarestFirst.reduce((sum, { idf }) => sum + idf, 0);
  let [rest, taken] = [most, 0];
  let known = chosen;
  for (const term of rarestFirst) {
    if (!known && taken > rest && matches.size >= enough) known = countAbove(matches, rest * (1 + 1e-9)) >= enough;
    const only = known ? contenders(matches, most, rest, enough) : undefined;
    if (!(await reader.readInto(term, only))) return undefined;
    matches.add(term, only);
    taken += term.idf;
    rest -= term.idf;
  }
  return known && !chosen;
}

/** About how many records will be taken in: all that hold one of the terms without which the others can still win. */
function newcomers(postings: readonly TermPostings[]): number {
  let rest = postings.reduce((sum, { idf }) => sum + idf, 0);
  let [taken, count] = [0, 0];
  for (const term of [...postings].sort((a, b) => b.idf - a.idf)) {
    if (taken > rest) break;
    taken += term.idf;
    rest -= term.idf;
    count += term.count;
  }
  return Math.min(1 << 20, count);
}

function countAbove(matches: Matches, score: number): number {
  let count = 0;
  for (let place = 0; place < matches.size; place++) if (matches.score(place) > score) count++;
  return count;
}

const everybody: KnownRecords = { any: () => true };
/** Among more contenders than these, hardly a block holds none. */
const mostContenders = 20_000;

/** Those who may be among the best `enough` when they get all that is left to get, `rest`. */
function contenders(matches: Matches, most: number, rest: number, enough: number): KnownRecords {
  const { size } = matches;
  const least = leastOfBest(matches, most, enough) - rest * (1 + 1e-9);
  const records = new Float64Array(Math.min(size, mostContenders));
  let count = 0;
  for (let place = 0; place < size; place++) {
    if (matches.score(place) < least) continue;
    if (count === mostContenders) return everybody;
    records[count++] = matches.record(place);
  }
  const sorted = records.subarray(0, count).sort();
  return {
    any(first, last) {
      let [low, high] = [0, count];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((sorted[middle] ?? 0) < first) low = middle + 1;
        else high = middle;
      }
      return (sorted[low] ?? Infinity) <= last;
    },
  };
}

/** How often a record holds a term. */
function frequencyOf({ chunks, recent }: TermPostings, record: number): number {
  const at = recent.records.lastIndexOf(record);
  if (at >= 0) return recent.frequencies[at] ?? 0;
  let found = 0;
  for (const chunk of chunks) {
    if (chunk.first > record || chunk.last < record) continue;
    eachPosting(chunk, (other, frequency) => {
      if (other === record) found = frequency;
    });
  }
  return found;
}

/** Counts in the text what the index has stopped counting. */
function recount(terms: readonly string[], text: string, held: readonly number[]): number[] {
  const { frequencies } = countTerms(text);
  return held.map((frequency, i) => (frequency === mostCounted ? (frequencies.get(terms[i] ?? "") ?? 0) : frequency));
}
