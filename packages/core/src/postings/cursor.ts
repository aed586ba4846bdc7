import type { Chunk } from "./chunk.ts";

/** Walks over the records that hold one term, ascending. */
export interface Cursor {
  /** The record it stands at; of no meaning at the end. */
  record: number;
  /** Whether it has gone past the last record. */
  atEnd: boolean;
  /** Goes to the first record from one on. */
  seek(record: number): void;
  /** Visits the records from where it stands to, without, a bound, and goes there. */
  eachUntil(bound: number, visit: (record: number) => void): void;
}

// Whole numbers of 32 bits are handed on as they are; others, and infinity, would be an object each time. So a list of records is
// one of small numbers where it can be, and its end is no number.
const mostSmall = 2 ** 31 - 1;

/** The same number, in the form that costs least to hand on. */
export function small(record: number): number {
  return record <= mostSmall ? record | 0 : record;
}

/** A cursor at the first record of chunks that follow each other. A chunk is unpacked no sooner than it is walked into. */
export function openCursor(chunks: readonly Chunk[]): Cursor {
  let index = -1;
  let records: Int32Array | Float64Array = new Int32Array(0);
  // What of the chunk has been unpacked, and where in it the cursor stands.
  let [at, size] = [0, 0];
  const enter = (next: number): void => {
    index = next;
    [at, size] = [0, 0];
    const chunk = chunks[index];
    if (chunk === undefined) cursor.atEnd = true;
    else cursor.record = small(chunk.first);
  };
  const unpack = (): void => {
    const chunk = chunks[index];
    if (chunk === undefined || size > 0) return;
    const { bytes, from, to, count, last } = chunk;
    const Numbers = last > mostSmall ? Float64Array : Int32Array;
    if (!(records instanceof Numbers) || records.length < count) records = new Numbers(count);
    // The same as `eachPosting`, in place: this loop is what a query over many records spends its time on.
    let { record } = cursor;
    for (let at = from; at < to;) {
      let byte = bytes[at++] ?? 0;
      let value = byte & 127;
      for (let shift = 7; byte > 127; shift += 7) {
        byte = bytes[at++] ?? 0;
        value |= (byte & 127) << shift;
      }
      at += value & 1;
      records[size++] = record += value >>> 1;
    }
  };
  const cursor: Cursor = {
    record: 0,
    atEnd: false,
    seek(record) {
      if (cursor.atEnd || cursor.record >= record) return;
      let next = index;
      while (next < chunks.length && (chunks[next]?.last ?? 0) < record) next++;
      if (next !== index) enter(next);
      if (cursor.atEnd || cursor.record >= record) return;
      unpack();
      while ((records[at] ?? Infinity) < record) at++;
      cursor.record = records[at] ?? 0;
    },
    eachUntil(bound, visit) {
      while (!cursor.atEnd && cursor.record < bound) {
        unpack();
        for (; at < size; at++) {
          const record = records[at] ?? 0;
          if (record >= bound) break;
          visit(record);
        }
        if (at < size) cursor.record = records[at] ?? 0;
        else enter(index + 1);
      }
    },
  };
  enter(0);
  return cursor;
}
