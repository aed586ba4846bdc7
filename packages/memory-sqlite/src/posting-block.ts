/**
 * Which records of a scope hold a term, and how often: packed, a few hundred to a block. Each entry is the distance from
 * the entry before it, doubled, plus 1 when the term stands there more than once; then a byte says how often. Numbers are
 * written seven bits at a time, lowest first, as in D. Cutting and J. Pedersen, "Optimizations for dynamic inverted index
 * maintenance", SIGIR 1990.
 */
export interface Postings {
  readonly records: number[];
  readonly frequencies: number[];
}

/** Where a count stops: it means "so often, or more", and the text itself says how often. */
export const mostCounted = 255;

/** So long a block may become: it and its key still fit into a leaf of the table, four to a page. */
const mostBytes = 940;

/** One block as it is stored, of one scope; `first` and `last` are the records at its ends. */
export interface Block {
  readonly scope: number;
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly data: Uint8Array;
}

/** Packs postings, records ascending, into blocks, going on where `before` ends. Gives that block anew, or new ones. */
export function packPostings(scope: number, { records, frequencies }: Postings, before?: Block): Block[] {
  const blocks: Block[] = [];
  let out = new Uint8Array(mostBytes);
  let [at, first, last, count] = [0, 0, 0, 0];
  if (before !== undefined) {
    out.set(before.data.subarray(0, mostBytes));
    ({ first, last, count } = before);
    at = before.data.length;
  }
  for (let i = 0; i < records.length; i++) {
    const record = records[i] ?? 0;
    const frequency = frequencies[i] ?? 1;
    // The longest number and its count take nine bytes.
    // A distance has 31 bits: a greater one begins a block too.
    if (at + 9 > mostBytes || (count > 0 && record - last >= 2 ** 30)) {
      blocks.push({ scope, first, last, count, data: out.slice(0, at) });
      out = new Uint8Array(mostBytes);
      at = count = 0;
    }
    if (count === 0) first = last = record;
    let rest = (record - last) * 2 + (frequency > 1 ? 1 : 0);
    while (rest > 127) {
      out[at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    out[at++] = rest;
    if (frequency > 1) out[at++] = Math.min(frequency, mostCounted);
    last = record;
    count++;
  }
  if (count > 0) blocks.push({ scope, first, last, count, data: out.slice(0, at) });
  return blocks;
}

/** Calls `visit` for every entry of a block. */
export function eachPosting(first: number, data: Uint8Array, visit: (record: number, frequency: number) => void): void {
  let record = first;
  for (let at = 0; at < data.length;) {
    let byte = data[at++] ?? 0;
    let value = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      byte = data[at++] ?? 0;
      value |= (byte & 127) << shift;
    }
    record += value >>> 1;
    visit(record, (value & 1) === 1 ? (data[at++] ?? 1) : 1);
  }
}

/** Unpacks a block. */
export function unpackPostings(first: number, data: Uint8Array): Postings {
  const postings: Postings = { records: [], frequencies: [] };
  eachPosting(first, data, (record, frequency) => {
    postings.records.push(record);
    postings.frequencies.push(frequency);
  });
  return postings;
}
