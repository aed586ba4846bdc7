import type { Postings } from "@brainops/core/postings";
import type { Context } from "./context.ts";
import { bytes, int } from "./handle.ts";
import { bytesPerTerm } from "./recent-row.ts";
import type { RecentTerms } from "./recent-terms.ts";

const scopesKept = 256;

/** The recent records of a scope, remembered from read to read. */
export function recentTerms(context: Context, scope: number, generation: number): RecentTerms {
  const known = context.recent.get(scope);
  const current = known?.generation === generation ? known : undefined;
  const rows = context.db.all(
    "select record, terms from recent where scope = ? and record > ? order by record",
    scope,
    current?.last ?? -1,
  );
  if (current !== undefined && rows.length === 0) return current;
  let added = 0;
  for (const row of rows) added += bytes(row["terms"]).length / bytesPerTerm;
  const at = current?.size ?? 0;
  const grown = room(current, at + added);
  const records = current === undefined ? [] : [...current.records];
  const ends = current === undefined ? [] : [...current.ends];
  let size = at;
  for (const row of rows) {
    const packed = bytes(row["terms"]);
    const count = packed.length / bytesPerTerm;
    new Uint8Array(grown.lows.buffer, size * 4).set(packed.subarray(0, count * 4));
    new Uint8Array(grown.highs.buffer, size * 2).set(packed.subarray(count * 4, count * 6));
    grown.counts.set(packed.subarray(count * 6), size);
    size += count;
    records.push(int(row["record"]));
    ends.push(size);
  }
  const terms = { generation, last: records.at(-1) ?? -1, size, records, ends, ...grown };
  if (context.recent.size >= scopesKept) context.recent.clear();
  context.recent.set(scope, terms);
  return terms;
}

function room(known: RecentTerms | undefined, size: number): Pick<RecentTerms, "lows" | "highs" | "counts"> {
  if (known !== undefined && known.lows.length >= size)
    return { lows: known.lows, highs: known.highs, counts: known.counts };
  const capacity = Math.max(1024, size * 2);
  const grown = { lows: new Uint32Array(capacity), highs: new Uint16Array(capacity), counts: new Uint8Array(capacity) };
  if (known !== undefined) {
    grown.lows.set(known.lows.subarray(0, known.size));
    grown.highs.set(known.highs.subarray(0, known.size));
    grown.counts.set(known.counts.subarray(0, known.size));
  }
  return grown;
}

/** For each asked token, which of the recent records hold it. */
export function findRecent(recent: RecentTerms, tokens: readonly number[]): Postings[] {
  const found: Postings[] = tokens.map(() => ({ records: [], frequencies: [] }));
  const wanted = new Map(tokens.map((token, index) => [token, index]));
  // Most terms are told apart by a few of their bits.
  const maybe = new Uint8Array(4096);
  for (const token of tokens) maybe[token % 4096] = 1;
  const { lows, highs, counts, records, ends, size } = recent;
  let row = 0;
  for (let at = 0; at < size; at++) {
    const low = lows[at] ?? 0;
    if (maybe[low & 4095] === 0) continue;
    const token = (highs[at] ?? 0) * 2 ** 32 + low;
    const postings = found[wanted.get(token) ?? -1];
    if (postings === undefined) continue;
    while ((ends[row] ?? size) <= at) row++;
    postings.records.push(records[row] ?? 0);
    postings.frequencies.push(counts[at] ?? 1);
  }
  return found;
}
