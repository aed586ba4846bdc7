import type { Candidate, Candidates, RecordFilter } from "@brainops/core";
import { countTerms, fitsFilter, inverseFrequency } from "@brainops/core/recall";
import { bestMatches, type Match } from "./best-matches.ts";
import type { Context } from "./context.ts";
import { conditions, selected, toStored } from "./find.ts";
import { int, type Row } from "./handle.ts";
import type { Matches, TermPostings } from "./matches.ts";
import { eachPosting, mostCounted, type Postings } from "./posting-chunk.ts";
import { findChunks } from "./postings.ts";
import { recordColumns } from "./record-body.ts";
import { findRecent, recentTerms } from "./recent.ts";
import { scopesWithin, within } from "./scopes.ts";

/** Finds the records that hold the rarest of the asked terms. */
export function findCandidates(
  context: Context,
  terms: readonly string[],
  filter: RecordFilter,
  k: number,
): Candidates {
  const scopes = scopesWithin(context, filter.scope);
  const inScopes = within("n", scopes);
  const rows = context.db.all(
    `select n, records, terms, recent, generation from scopes where ${inScopes.sql}`,
    ...inScopes.values,
  );
  const total = rows.reduce((sum, row) => sum + int(row["records"]), 0);
  const postings = findPostings(context, terms, rows, total);
  const documentFrequencies = postings.map(holding);
  return {
    candidates: k > 0 ? choose(context, terms, postings, filter, k) : [],
    total,
    totalLength: rows.reduce((sum, row) => sum + int(row["terms"]), 0),
    documentFrequencies,
  };
}

/** Who holds each of the asked terms. */
function findPostings(
  context: Context,
  terms: readonly string[],
  scopes: readonly Row[],
  total: number,
): TermPostings[] {
  const tokens = terms.map((term) => context.sealer.token("term", term));
  const distinct = [...new Set(tokens)];
  const recent = new Map<number, Postings>(distinct.map((token) => [token, { records: [], frequencies: [] }]));
  for (const scope of scopes) {
    if (int(scope["recent"]) === 0) continue;
    const found = findRecent(recentTerms(context, int(scope["n"]), int(scope["generation"])), distinct);
    for (const [i, { records, frequencies }] of found.entries()) {
      const all = recent.get(distinct[i] ?? -1);
      all?.records.push(...records);
      all?.frequencies.push(...frequencies);
    }
  }
  const numbers = scopes.map((scope) => int(scope["n"]));
  const packed = new Map(distinct.map((token) => [token, findChunks(context, numbers, token)]));
  return tokens.map((token, index) => {
    const own = { chunks: packed.get(token) ?? [], recent: recent.get(token) ?? { records: [], frequencies: [] } };
    return { index, idf: inverseFrequency(total, holding(own)), ...own };
  });
}

function holding({ chunks, recent }: Pick<TermPostings, "chunks" | "recent">): number {
  return chunks.reduce((sum, { count }) => sum + count, recent.records.length);
}

/** The best `k` that fit the filter. */
function choose(
  context: Context,
  terms: readonly string[],
  postings: readonly TermPostings[],
  filter: RecordFilter,
  k: number,
): Candidate[] {
  const { matches, db } = context;
  const idfs = postings.map(({ idf }) => idf);
  const { sql, values } = conditions(context, filter);
  const query = `select ${recordColumns} from records not indexed where n in (select value from json_each(?)) and ${sql}`;
  const chosen = selected(context, filter);
  let enough = k;
  for (;;) {
    matches.begin(postings.length, int(db.get("select max(n) as last from records")?.["last"]));
    try {
      for (const record of chosen ?? []) matches.admit(record);
      const pruned = collect(matches, postings, enough, chosen !== undefined);
      const candidates: Candidate[] = [];
      let looked = 0;
      const rowsOf = (some: readonly Match[]): ReadonlyMap<number, Row> => {
        const found = db.all(query, JSON.stringify(some.map(({ record }) => record)), ...values);
        return new Map(found.map((row) => [int(row["n"]), row]));
      };
      for (const [{ record, place }, row] of withRows(bestMatches(context, matches, idfs, enough), k, rowsOf)) {
        // What was left out might come after the first so many; when they do not fit the filter, more are needed.
        if (pruned && looked++ >= enough) break;
        if (row === undefined) continue;
        const stored = toStored(context, row);
        // Marks and threads are found by tokens of 48 bits, which two names might share.
        if (!fitsFilter(stored.record, filter)) continue;
        const held = postings.map((term, i) => (matches.holds(place, i) ? frequencyOf(term, record) : 0));
        const frequencies = held.includes(mostCounted) ? recount(terms, stored.record.text, held) : held;
        candidates.push({ ...stored, frequencies, length: int(row["length"]) });
        if (candidates.length >= k) return candidates;
      }
      if (!pruned) return candidates;
      enough *= 32;
    } finally {
      matches.end();
    }
  }
}

/** Reads the rows of matches, so many at a time, and gives them in the order of the matches. */
function* withRows(
  found: Iterable<Match>,
  atOnce: number,
  rowsOf: (some: readonly Match[]) => ReadonlyMap<number, Row>,
): Generator<readonly [Match, Row | undefined]> {
  let some: Match[] = [];
  const give = function* (): Generator<readonly [Match, Row | undefined]> {
    const rows = rowsOf(some);
    for (const match of some) yield [match, rows.get(match.record)];
    some = [];
  };
  for (const match of found) if (some.push(match) >= atOnce) yield* give();
  if (some.length > 0) yield* give();
}

/**
 * Takes in the terms, the rarest first. As soon as there are enough records whose score no newcomer can reach any more,
 * the others only raise what is there: the "max score" way of H. Turtle and J. Flood, "Query evaluation: strategies and
 * optimizations", Information Processing & Management 31, 1995. `true` when something was left out so.
 */
function collect(matches: Matches, postings: readonly TermPostings[], enough: number, chosen: boolean): boolean {
  const rarestFirst = [...postings].sort((a, b) => b.idf - a.idf);
  let rest = rarestFirst.reduce((sum, { idf }) => sum + idf, 0);
  let taken = 0;
  let known = chosen;
  for (const term of rarestFirst) {
    if (!known && taken > rest && matches.size >= enough) known = countAbove(matches, rest * (1 + 1e-9)) >= enough;
    matches.add(term, known);
    taken += term.idf;
    rest -= term.idf;
  }
  return known && !chosen;
}

function countAbove({ scores, size }: Matches, score: number): number {
  let count = 0;
  for (let place = 0; place < size; place++) if ((scores[place] ?? 0) > score) count++;
  return count;
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
