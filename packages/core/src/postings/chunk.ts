/** Records with how often each of them holds a term, ascending. */
export interface Postings {
  /** Numbers of records, as the store gave them. */
  readonly records: number[];
  /** How often each of them holds the term, in the same order. */
  readonly frequencies: number[];
}

/**
 * A run of the records that hold one term, packed, as it lies in some bytes. Each entry is the distance from the entry
 * before it, doubled, plus 1 when the term stands there more than once; then a byte says how often. Numbers are written seven
 * bits at a time, lowest first, as in D. Cutting and J. Pedersen, "Optimizations for dynamic inverted index maintenance",
 * SIGIR 1990. The first entry has the distance 0, so that a run can be set behind another without unpacking it.
 */
export interface Chunk {
  /** The term, as a token. */
  readonly term: number;
  /** The first record. */
  readonly first: number;
  /** The last record. */
  readonly last: number;
  /** How many records there are in it. */
  readonly count: number;
  /** The bytes that it lies in. */
  readonly bytes: Uint8Array;
  /** Where its entries begin and end. */
  readonly from: number;
  /** The first byte behind its entries. */
  readonly to: number;
}

/** Where a count stops: it means "so often, or more", and the text itself says how often. */
export const mostCounted = 255;

/** So long the entries of a chunk may become: with what stands before them they still fit into a block. */
export const mostChunkBytes = 900;
/** A greater distance begins a chunk: doubled it would need more than 31 bits. */
export const mostDistance: number = 2 ** 30;
/** An entry takes so many bytes at most. */
const mostEntryBytes = 6;

/** Packs the postings of a term. */
export function packChunks(term: number, { records, frequencies }: Postings): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 0; at < records.length;) {
    const bytes = new Uint8Array(Math.min(mostChunkBytes, (records.length - at) * mostEntryBytes));
    const first = records[at] ?? 0;
    let last = first;
    let [count, to] = [0, 0];
    for (; at < records.length && to + mostEntryBytes <= bytes.length; at++, count++) {
      const record = records[at] ?? 0;
      if (record - last >= mostDistance) break;
      const frequency = frequencies[at] ?? 1;
      to = writeNumber(bytes, to, (record - last) * 2 + (frequency > 1 ? 1 : 0));
      if (frequency > 1) bytes[to++] = Math.min(frequency, mostCounted);
      last = record;
    }
    chunks.push({ term, first, last, count, bytes, from: 0, to });
  }
  return chunks;
}

/** Calls `visit` for every entry of a chunk. */
export function eachPosting(
  { first, bytes, from, to }: Chunk,
  visit: (record: number, frequency: number) => void,
): void {
  let record = first;
  for (let at = from; at < to;) {
    let byte = bytes[at++] ?? 0;
    let value = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      byte = bytes[at++] ?? 0;
      value |= (byte & 127) << shift;
    }
    record += value >>> 1;
    visit(record, (value & 1) === 1 ? (bytes[at++] ?? 1) : 1);
  }
}

/** How often a record of a chunk holds its term; 0 when it is not in it. */
export function frequencyIn({ first, last, bytes, from, to }: Chunk, asked: number): number {
  if (asked < first || asked > last) return 0;
  // The same as `eachPosting`, in place: it stops early, and a query asks it very often.
  let record = first;
  for (let at = from; at < to;) {
    let byte = bytes[at++] ?? 0;
    let value = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      byte = bytes[at++] ?? 0;
      value |= (byte & 127) << shift;
    }
    record += value >>> 1;
    if (record >= asked) return record > asked ? 0 : (value & 1) === 1 ? (bytes[at] ?? 1) : 1;
    at += value & 1;
  }
  return 0;
}

/** What is left of a chunk without some records: itself when it has none of them. */
export function withoutRecords(chunk: Chunk, removed: ReadonlySet<number>): Chunk[] {
  const left: Postings = { records: [], frequencies: [] };
  eachPosting(chunk, (record, frequency) => {
    if (removed.has(record)) return;
    left.records.push(record);
    left.frequencies.push(frequency);
  });
  return left.records.length === chunk.count ? [chunk] : packChunks(chunk.term, left);
}

/** Writes a whole number from 0 on, seven bits at a time; gives where it ends. */
export function writeNumber(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128;
  bytes[at++] = rest;
  return at;
}

/** How many bytes {@link writeNumber} takes. */
export function sizeOfNumber(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}
