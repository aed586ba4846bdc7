import type { Chunk } from "./chunk.ts";

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

/** A cursor at the first record of chunks that follow each other. A chunk is unpacked no sooner than it is walked into. */
export function openCursor(chunks: readonly Chunk[]): Cursor {
  let index = -1;
  let records = new Float64Array(0);
  // What of the chunk has been unpacked, and where in it the cursor stands.
  let [at, size] = [0, 0];
  const enter = (next: number): void => {
    index = next;
    [at, size] = [0, 0];
    cursor.record = chunks[index]?.first ?? Infinity;
  };
  const unpack = (): void => {
    const chunk = chunks[index];
    if (chunk === undefined || size > 0) return;
    const { first, bytes, from, to, count } = chunk;
    if (records.length < count) records = new Float64Array(count);
    // The same as `eachPosting`, in place: this loop is what a query over many records spends its time on.
    let record = first;
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
    record: Infinity,
    next() {
      unpack();
      if (++at < size) cursor.record = records[at] ?? Infinity;
      else enter(index + 1);
    },
    seek(record) {
      if (cursor.record >= record) return;
      let next = index;
      while ((chunks[next]?.last ?? Infinity) < record) next++;
      if (next !== index) enter(next);
      if (cursor.record >= record) return;
      unpack();
      while ((records[at] ?? Infinity) < record) at++;
      cursor.record = records[at] ?? Infinity;
    },
    eachUntil(bound, visit) {
      while (cursor.record < bound) {
        unpack();
        for (; at < size; at++) {
          const record = records[at] ?? Infinity;
          if (record >= bound) break;
          visit(record);
        }
        if (at < size) cursor.record = records[at] ?? Infinity;
        else enter(index + 1);
      }
    },
  };
  enter(0);
  return cursor;
}
