import type { Postings } from "./chunk.ts";
import { bytesPerTerm } from "./terms.ts";

/** Records whose terms are not packed into blocks yet, side by side, so that looking for some is one run over an array. */
export interface RecentTerms {
  /** How many rows are in use: one for each term of each record. */
  size: number;
  /** The low 32 bits of each row's token. */
  lows: Uint32Array;
  /** Its high 16 bits. */
  highs: Uint16Array;
  /** How often the record holds it. */
  counts: Uint8Array;
  /** The records, by number, in the order in which they were added. */
  readonly records: number[];
  /** Where each record's rows end. */
  readonly ends: number[];
}

/** Makes an empty one. */
export function noRecentTerms(): RecentTerms {
  return {
    size: 0,
    lows: new Uint32Array(0),
    highs: new Uint16Array(0),
    counts: new Uint8Array(0),
    records: [],
    ends: [],
  };
}

/** Adds the terms of a record, as `packTerms` packed them. */
export function addRecentTerms(recent: RecentTerms, record: number, packed: Uint8Array): void {
  const count = packed.length / bytesPerTerm;
  if (recent.size + count > recent.lows.length) grow(recent, recent.size + count);
  const { lows, highs, counts, size } = recent;
  new Uint8Array(lows.buffer, size * 4).set(packed.subarray(0, count * 4));
  new Uint8Array(highs.buffer, size * 2).set(packed.subarray(count * 4, count * 6));
  counts.set(packed.subarray(count * 6), size);
  recent.size += count;
  recent.records.push(record);
  recent.ends.push(recent.size);
}

function grow(recent: RecentTerms, size: number): void {
  const capacity = Math.max(1024, size * 2);
  const { lows, highs, counts } = recent;
  recent.lows = new Uint32Array(capacity);
  recent.highs = new Uint16Array(capacity);
  recent.counts = new Uint8Array(capacity);
  recent.lows.set(lows);
  recent.highs.set(highs);
  recent.counts.set(counts);
}

/** Adds to the postings of each asked token which of the records hold it, of those rows that are asked. */
export function findRecentTerms(
  recent: RecentTerms,
  tokens: readonly number[],
  found: readonly Postings[],
  isAsked: (row: number) => boolean = () => true,
): void {
  const wanted = new Map(tokens.map((token, index) => [token, index]));
  // Most terms are told apart by a few of their bits.
  const maybe = new Uint8Array(4096);
  for (const token of tokens) maybe[token % 4096] = 1;
  const { lows, highs, counts, records, ends, size } = recent;
  let row = 0;
  for (let at = 0; at < size; at++) {
    const low = lows[at] ?? 0;
    if (maybe[low & 4095] === 0) continue;
    const postings = found[wanted.get((highs[at] ?? 0) * 2 ** 32 + low) ?? -1];
    if (postings === undefined) continue;
    while ((ends[row] ?? size) <= at) row++;
    if (!isAsked(row)) continue;
    postings.records.push(records[row] ?? 0);
    postings.frequencies.push(counts[at] ?? 1);
  }
}
