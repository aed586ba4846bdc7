import type { Candidate, Candidates, RecordFilter } from "@brainops/core";
import { countTerms, fitsFilter, inverseFrequency } from "@brainops/core/recall";
import { bestMatches, orderOf } from "./best-matches.ts";
import type { Context } from "./context.ts";
import { conditions, selected, toStored } from "./find.ts";
import { int, type Row } from "./handle.ts";
import { findAmong, findBest, type Match, type TermPostings } from "./matches.ts";
import { eachPosting, mostCounted, packChunks } from "./posting-chunk.ts";
import { chainsOf } from "./posting-cursor.ts";
import { findChunks } from "./postings.ts";
import { recordColumns } from "./record-body.ts";
import { findRecent, recentTerms } from "./recent.ts";
import { scopesWithin, within } from "./scopes.ts";
import { holds } from "./scores.ts";

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
  const documentFrequencies = postings.map(({ holding }) => holding);
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
  const numbers = scopes.map((scope) => int(scope["n"]));
  const chunks = new Map(distinct.map((token) => [token, findChunks(context, numbers, token)]));
  for (const scope of scopes) {
    if (int(scope["recent"]) === 0) continue;
    const found = findRecent(recentTerms(context, int(scope["n"]), int(scope["generation"])), distinct);
    for (const [i, postings] of found.entries()) {
      const token = distinct[i] ?? -1;
      chunks.get(token)?.push(...packChunks(token, postings));
    }
  }
  const chains = new Map([...chunks].map(([token, some]) => [token, chainsOf(some)]));
  return tokens.map((token, index) => {
    const holding = (chunks.get(token) ?? []).reduce((sum, { count }) => sum + count, 0);
    return { index, holding, idf: inverseFrequency(total, holding), chains: chains.get(token) ?? [] };
  });
}

/** The best `k` that fit the filter. */
function choose(
  context: Context,
  terms: readonly string[],
  postings: readonly TermPostings[],
  filter: RecordFilter,
  k: number,
): Candidate[] {
  const { db } = context;
  const { sql, values } = conditions(context, filter);
  const query = `select ${recordColumns} from records not indexed where n in (select value from json_each(?)) and ${sql}`;
  const chosen = selected(context, filter);
  let enough = k;
  for (;;) {
    const { ties, pruned } =
      chosen === undefined ? findBest(postings, enough, orderOf(context)) : findAmong(postings, chosen);
    const candidates: Candidate[] = [];
    let looked = 0;
    const rowsOf = (some: readonly Match[]): ReadonlyMap<number, Row> => {
      const found = db.all(query, JSON.stringify(some.map(({ record }) => record)), ...values);
      return new Map(found.map((row) => [int(row["n"]), row]));
    };
    for (const [{ record, held }, row] of withRows(bestMatches(context, ties, enough), k, rowsOf)) {
      // What was left out might come after the first so many; when they do not fit the filter, more are needed.
      if (pruned && looked++ >= enough) break;
      if (row === undefined) continue;
      const stored = toStored(context, row);
      // Marks and threads are found by tokens of 48 bits, which two names might share.
      if (!fitsFilter(stored.record, filter)) continue;
      const counts = postings.map((term) => (holds(held, term.index) ? frequencyOf(term, record) : 0));
      const frequencies = counts.includes(mostCounted) ? recount(terms, stored.record.text, counts) : counts;
      candidates.push({ ...stored, frequencies, length: int(row["length"]) });
      if (candidates.length >= k) return candidates;
    }
    if (!pruned) return candidates;
    enough *= 32;
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

/** How often a record holds a term. */
function frequencyOf({ chains }: TermPostings, record: number): number {
  for (const chunks of chains) {
    let [low, high] = [0, chunks.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((chunks[middle]?.last ?? 0) < record) low = middle + 1;
      else high = middle;
    }
    const chunk = chunks[low];
    if (chunk === undefined || chunk.first > record || chunk.last < record) continue;
    let found = 0;
    eachPosting(chunk, (other, frequency) => {
      if (other === record) found = frequency;
    });
    if (found > 0) return found;
  }
  return 0;
}

/** Counts in the text what the index has stopped counting. */
function recount(terms: readonly string[], text: string, held: readonly number[]): number[] {
  const { frequencies } = countTerms(text);
  return held.map((frequency, i) => (frequency === mostCounted ? (frequencies.get(terms[i] ?? "") ?? 0) : frequency));
}
