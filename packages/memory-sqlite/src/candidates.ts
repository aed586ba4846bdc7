import type { Candidate, Candidates, RecordFilter } from "@brainops/core";
import {
  chainsOf,
  findAmong,
  frequencyOf,
  holds,
  mostCounted,
  packChunks,
  type Chain,
  type TermPostings,
} from "@brainops/core/postings";
import { countTerms, fitsFilter, inverseFrequency } from "@brainops/core/recall";
import { bestMatches, findBestIn, type RowReader } from "./best-matches.ts";
import type { Context } from "./context.ts";
import { conditions, selected, toStored } from "./find.ts";
import { int, type Row } from "./handle.ts";
import { findAllChunks } from "./postings.ts";
import { recordColumns } from "./record-body.ts";
import { findRecent } from "./recent.ts";
import { scopesWithin, within } from "./scopes.ts";
import { readWords } from "./words.ts";

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
    `select n, generation, (select sum(records) from kinds where scope = n) as records,
       (select sum(terms) from kinds where scope = n) as terms from scopes where ${inScopes.sql}`,
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
  const words = readWords(context.db);
  const [only] = scopes.length === 1 ? scopes : [];
  const chunksOf = findAllChunks(context, numbers, distinct);
  const packedOf = (token: number): readonly Chain[] => {
    // Of many scopes all are asked each time.
    if (only === undefined) return chainsOf(chunksOf(token));
    const [key, state] = [`${int(only["n"])} ${token}`, `${int(only["generation"])}.${words.packed}`];
    return context.common.get(key, state) ?? context.common.put(key, state, chunksOf(token));
  };
  const chains = new Map(distinct.map((token) => [token, [...packedOf(token)]]));
  const recent = words.recent === 0 ? [] : findRecent(context, new Set(numbers), words.recentState, distinct);
  for (const [i, postings] of recent.entries()) {
    const token = distinct[i] ?? -1;
    if (postings.records.length > 0) chains.get(token)?.push(...chainsOf(packChunks(token, postings)));
  }
  return tokens.map((token, index) => {
    const held = chains.get(token) ?? [];
    const holding = held.reduce((sum, { chunks }) => chunks.reduce((sum, { count }) => sum + count, sum), 0);
    return { index, holding, idf: inverseFrequency(total, holding), chains: held };
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
  const query = `select ${recordColumns}, ${sql} as fits from records not indexed
    where n in (select value from json_each(?))`;
  const rowsOf: RowReader = (records) =>
    new Map(db.all(query, ...values, JSON.stringify(records)).map((row) => [int(row["n"]), row]));
  const chosen = selected(context, filter);
  let enough = k;
  for (;;) {
    const { ties, pruned } = chosen === undefined ? findBestIn(context, postings, enough) : findAmong(postings, chosen);
    const candidates: Candidate[] = [];
    let looked = 0;
    const few = (): number => Math.max(k - candidates.length, fewRows);
    for (const { record, held, row } of bestMatches(context, ties, few, rowsOf)) {
      // What was left out might come after the first so many; when they do not fit the filter, more are needed.
      if (pruned && looked++ >= enough) break;
      if (row === undefined || int(row["fits"]) === 0) continue;
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

/** So many rows are read at once, at least. */
const fewRows = 16;

/** Counts in the text what the index has stopped counting. */
function recount(terms: readonly string[], text: string, held: readonly number[]): number[] {
  const { frequencies } = countTerms(text);
  return held.map((frequency, i) => (frequency === mostCounted ? (frequencies.get(terms[i] ?? "") ?? 0) : frequency));
}
