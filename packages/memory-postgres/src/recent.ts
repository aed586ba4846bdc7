import type { Postings } from "@brainops/core/postings";
import type { Context } from "./context.ts";
import { bytes, int, type Row } from "./handle.ts";
import type { RecentTerms, Remembered } from "./recent-terms.ts";
import { bytesPerTerm } from "./tokens.ts";

/** Makes an empty one. */
function noTerms(): RecentTerms {
  return {
    size: 0,
    lows: new Uint32Array(0),
    highs: new Uint16Array(0),
    counts: new Uint8Array(0),
    records: [],
    ends: [],
    ids: new Map(),
    total: 0,
    totalLength: 0,
  };
}

/** Adds a row of `recent`, as `words_1` gives it. */
function addTerms(terms: RecentTerms, row: Row): void {
  const packed = bytes(row["data"]);
  const count = packed.length / bytesPerTerm;
  if (terms.size + count > terms.lows.length) grow(terms, terms.size + count);
  const { lows, highs, counts, size } = terms;
  new Uint8Array(lows.buffer, size * 4).set(packed.subarray(0, count * 4));
  new Uint8Array(highs.buffer, size * 2).set(packed.subarray(count * 4, count * 6));
  counts.set(packed.subarray(count * 6), size);
  terms.size += count;
  const [record, sign] = [int(row["a"]), int(row["b"])];
  terms.records.push(record * sign);
  terms.ends.push(terms.size);
  terms.total += sign;
  terms.totalLength += sign * int(row["c"]);
  if (typeof row["t"] === "string") terms.ids.set(record, row["t"]);
}

function grow(terms: RecentTerms, size: number): void {
  const capacity = Math.max(1024, size * 2);
  const { lows, highs, counts } = terms;
  terms.lows = new Uint32Array(capacity);
  terms.highs = new Uint16Array(capacity);
  terms.counts = new Uint8Array(capacity);
  terms.lows.set(lows);
  terms.highs.set(highs);
  terms.counts.set(counts);
}

/** For each asked token, which records hold it; a record that is gone is negative. */
export function findTerms(terms: RecentTerms, tokens: readonly number[], found: readonly Postings[]): void {
  const wanted = new Map(tokens.map((token, index) => [token, index]));
  // Most terms are told apart by a few of their bits.
  const maybe = new Uint8Array(4096);
  for (const token of tokens) maybe[token % 4096] = 1;
  const { lows, highs, counts, records, ends, size } = terms;
  let row = 0;
  for (let at = 0; at < size; at++) {
    const low = lows[at] ?? 0;
    if (maybe[low & 4095] === 0) continue;
    const postings = found[wanted.get((highs[at] ?? 0) * 2 ** 32 + low) ?? -1];
    if (postings === undefined) continue;
    while ((ends[row] ?? size) <= at) row++;
    postings.records.push(records[row] ?? 0);
    postings.frequencies.push(counts[at] ?? 1);
  }
}

const scopesKept = 256;

/** What is remembered, as `words_1` takes it. */
export function known({ recent }: Context): [number[], number[], number[]] {
  const all = [...recent];
  return [
    all.map(([scope]) => scope),
    all.map(([, { generation }]) => generation),
    all.map(([, { horizon }]) => horizon),
  ];
}

/** Puts together what is remembered of a scope with what was read; remembers what cannot change any more. */
export function recentTerms(
  { recent }: Context,
  scope: number,
  generation: number,
  horizon: number,
  asked: ReadonlyMap<number, Remembered>,
  rows: readonly Row[],
): RecentTerms[] {
  const before = asked.get(scope);
  const settled = before?.generation === generation ? before : { generation, horizon: 0, terms: noTerms() };
  const open = noTerms();
  const from = settled.horizon;
  // Two queries at once may both have read the same rows on: the first to answer has added them already.
  for (const row of rows) {
    const position = int(row["d"]);
    if (position >= horizon) addTerms(open, row);
    else if (position >= from) addTerms(settled.terms, row);
  }
  settled.horizon = Math.max(from, horizon);
  if (recent.size >= scopesKept && !recent.has(scope)) recent.clear();
  if (settled.terms.records.length > 0) recent.set(scope, settled);
  return [settled.terms, open];
}
