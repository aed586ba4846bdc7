import { isBrainOpsError, type MemoryRecord } from "@brainops/core";
import { eachPosting, mostCounted, readBlock, eachTerm, type Chunk } from "@brainops/core/postings";
import type { Context } from "./context.ts";
import { bytes, int } from "./handle.ts";

/** What a scope's index should hold, and what it does: equal sums mean equal postings, in whatever order they come. */
export interface IndexSums {
  records: number;
  terms: number;
  postings: number;
  sum: number;
}

/** Sums by scope. */
export type SumsByScope = Map<number, IndexSums>;

function sumsOf(sums: SumsByScope, scope: number): IndexSums {
  let known = sums.get(scope);
  if (known === undefined) sums.set(scope, (known = { records: 0, terms: 0, postings: 0, sum: 0 }));
  return known;
}

function add(sums: IndexSums, record: number, token: number, frequency: number): void {
  let mixed = Math.imul(record, 0x9e3779b1) ^ Math.imul(token % 2 ** 32, 0x85ebca6b);
  mixed ^= Math.imul(Math.floor(token / 2 ** 32), 0xc2b2ae35) ^ frequency;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  sums.postings++;
  sums.sum = (sums.sum + ((mixed ^ (mixed >>> 12)) >>> 0)) >>> 0;
}

/** Adds what the index should hold of a record. */
export function addRecord(context: Context, sums: SumsByScope, scope: number, n: number, record: MemoryRecord): void {
  const of = sumsOf(sums, scope);
  const { tokens, counts, length } = context.tokensOf(record.text);
  of.records++;
  of.terms += length;
  for (const [i, token] of tokens.entries()) add(of, n, token, Math.min(counts[i] ?? 1, mostCounted));
}

/** Adds up what the index does hold, in slices: every turn of the generator is one, and gives what cannot be read. */
export function* addIndex({ db }: Context, sums: SumsByScope): Generator<string | undefined> {
  let key = [-1, -1, -1, -1];
  for (;;) {
    const rows = db.all(
      `select p.segment, p.scope, p.term, p.first, p.data, s.above_scope, s.above from postings p
       left join segments s on s.segment = p.segment
       where (p.segment, p.scope, p.term, p.first) > (?, ?, ?, ?)
       order by p.segment, p.scope, p.term, p.first limit 20`,
      ...key,
    );
    for (const row of rows) {
      const scope = int(row["scope"]);
      const of = sumsOf(sums, scope);
      // What has been merged already may still lie beside what has not.
      const mergedScope = row["above_scope"] === null ? -1 : int(row["above_scope"]);
      if (scope < mergedScope) continue;
      const above = scope === mergedScope ? int(row["above"]) : -1;
      let chunks: readonly Chunk[] = [];
      try {
        chunks = readBlock(bytes(row["data"]));
      } catch (error) {
        if (!isBrainOpsError(error, "store_corrupt")) throw error;
        yield `segment ${int(row["segment"])}, scope ${scope}: a block of words is damaged`;
      }
      for (const chunk of chunks)
        if (chunk.term > above) eachPosting(chunk, (record, frequency) => add(of, record, chunk.term, frequency));
    }
    const last = rows.at(-1);
    if (last === undefined) break;
    key = ["segment", "scope", "term", "first"].map((column) => int(last[column]));
    yield;
  }
  for (let after = -1; ;) {
    const rows = db.all("select record, scope, terms from recent where record > ? order by record limit 100", after);
    for (const row of rows) {
      const of = sumsOf(sums, int(row["scope"]));
      eachTerm(bytes(row["terms"]), (token, frequency) => add(of, int(row["record"]), token, frequency));
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = int(last["record"]);
    yield;
  }
}
