/**
 * Which records of a scope hold a term, and how often: packed, many to a block. Each entry is the distance from the entry
 * before it, doubled, plus 1 when the term stands there more than once; then a byte says how often. Numbers are written
 * seven bits at a time, lowest first, as in D. Cutting and J. Pedersen, "Optimizations for dynamic inverted index
 * maintenance", SIGIR 1990.
 */
export interface Postings {
  /** Ascending. */
  readonly records: number[];
  readonly frequencies: number[];
}

/** One block as it is stored; `first` and `last` are the records at its ends. */
export interface Block {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly data: Uint8Array;
}

/** So long a block may become: short enough that the server keeps it in the row, four to a page. */
const mostBytes = 1900;
const mostCounted = 255;

/** Packs postings into blocks. */
export function packPostings({ records, frequencies }: Postings): Block[] {
  const blocks: Block[] = [];
  // The longest distance and its count take seven bytes; most take one or two.
  const out = new Uint8Array(Math.min(mostBytes, records.length * 7 + 16));
  let [at, first, last, count] = [0, 0, 0, 0];
  for (let i = 0; i < records.length; i++) {
    const record = records[i] ?? 0;
    const frequency = frequencies[i] ?? 1;
    // A distance has 30 bits: a greater one begins a block too.
    if (count > 0 && (at + 7 > mostBytes || record - last >= 2 ** 30)) {
      blocks.push({ first, last, count, data: out.slice(0, at) });
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
  if (count > 0) blocks.push({ first, last, count, data: out.slice(0, at) });
  return blocks;
}

/** Calls `visit` for every entry of a block. */
export function eachPosting({ first, data }: Block, visit: (record: number, frequency: number) => void): void {
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
