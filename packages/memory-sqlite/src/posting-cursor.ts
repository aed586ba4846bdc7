import { eachPosting, packChunks, type Chunk, type Postings } from "./posting-chunk.ts";

/** Walks over the records that hold one term, ascending. */
export interface Cursor {
  /** The record it stands at; infinite at the end. */
  record: number;
  /** Goes to the next record. */
  next(): void;
  /** Goes to the first record from one on. */
  seek(record: number): void;
  /** Visits the records from where it stands to, without, a bound, and goes there. */
  eachUntil(bound: number, visit: (record: number) => void): void;
}

/** So many lists of chunks that do not overlap are walked side by side; of more, one is made. */
const mostChains = 4;

/**
 * Puts chunks of one term into as few lists as can be in which they follow each other. Those of one scope do, but for records
 * that have been written again.
 */
export function chainsOf(chunks: readonly Chunk[]): readonly (readonly Chunk[])[] {
  const chains: Chunk[][] = [];
  for (const chunk of [...chunks].sort((a, b) => a.first - b.first)) {
    const chain = chains.find((other) => (other.at(-1)?.last ?? 0) < chunk.first);
    if (chain === undefined) chains.push([chunk]);
    else chain.push(chunk);
    if (chains.length > mostChains) return [joined(chunks)];
  }
  return chains;
}

function joined(chunks: readonly Chunk[]): Chunk[] {
  const size = chunks.reduce((sum, { count }) => sum + count, 0);
  // One number for a record and how often it holds the term: numbers are sorted faster than objects.
  const all = new Float64Array(size);
  let at = 0;
  for (const chunk of chunks) eachPosting(chunk, (record, frequency) => (all[at++] = record * 256 + frequency));
  const postings: Postings = { records: [], frequencies: [] };
  for (const both of all.sort()) {
    postings.records.push(Math.floor(both / 256));
    postings.frequencies.push(both % 256);
  }
  return packChunks(chunks[0]?.term ?? 0, postings);
}

/** A cursor at the first record of chunks that follow each other. */
export function openCursor(chunks: readonly Chunk[]): Cursor {
  let index = -1;
  let bytes: Uint8Array = new Uint8Array(0);
  let [at, to] = [0, 0];
  const enter = (next: number): void => {
    index = next;
    const chunk = chunks[index];
    if (chunk === undefined) {
      cursor.record = Infinity;
      return;
    }
    ({ bytes, to } = chunk);
    at = chunk.from;
    cursor.record = chunk.first;
    step();
  };
  /** Reads the next entry of the chunk. */
  const step = (): void => {
    let byte = bytes[at++] ?? 0;
    let value = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      byte = bytes[at++] ?? 0;
      value |= (byte & 127) << shift;
    }
    at += value & 1;
    cursor.record += value >>> 1;
  };
  const cursor: Cursor = {
    record: Infinity,
    next() {
      if (at < to) step();
      else enter(index + 1);
    },
    seek(record) {
      if (cursor.record >= record) return;
      let next = index;
      while ((chunks[next]?.last ?? Infinity) < record) next++;
      if (next !== index) enter(next);
      while (cursor.record < record) step();
    },
    eachUntil(bound, visit) {
      while (cursor.record < bound) {
        visit(cursor.record);
        // The same as `step`, in place: this loop is what a query over many records spends its time on.
        let record = cursor.record;
        while (at < to) {
          let byte = bytes[at++] ?? 0;
          let value = byte & 127;
          for (let shift = 7; byte > 127; shift += 7) {
            byte = bytes[at++] ?? 0;
            value |= (byte & 127) << shift;
          }
          at += value & 1;
          record += value >>> 1;
          if (record >= bound) break;
          visit(record);
        }
        if (record >= bound) cursor.record = record;
        else enter(index + 1);
      }
    },
  };
  enter(0);
  return cursor;
}
