import type { Chunk, Postings } from "./posting-chunk.ts";
import type { LoneBlock } from "./lone-block.ts";

/** What is known of one asked term: what is packed, and what is not yet. */
export interface TermPostings {
  /** Its place among the asked terms. */
  readonly index: number;
  readonly idf: number;
  /** What lies in blocks with other terms, and what was read of its own. */
  readonly chunks: Chunk[];
  /** Blocks of this term alone, which are read when they are needed. */
  readonly lone: readonly LoneBlock[];
  readonly recent: Postings;
  /** How many records hold it. */
  readonly count: number;
}

/** Records among which the best are sure to be. */
export interface KnownRecords {
  /** Whether one of them lies between two numbers, both included. */
  any(first: number, last: number): boolean;
}

/** Records that hold asked terms, each at a place of its own. */
export interface Matches {
  readonly size: number;
  record(place: number): number;
  /** About its score: a sum in another order than the contract's. */
  score(place: number): number;
  /** Lets a record in that holds nothing yet. */
  admit(record: number): void;
  /** Takes in a term. With `known`, only for records that are in it already, and no other than these matter. */
  add(term: TermPostings, known?: KnownRecords): void;
  /** Takes a record out again. */
  drop(record: number): void;
  holds(place: number, index: number): boolean;
  /** Which terms the record at a place holds, as one value that is equal for equal sets. */
  setOf(place: number): number | string;
}

/**
 * Makes an empty collection for so many terms, with room for about so many records. Places are found by a table with open
 * addressing (D. Knuth, The Art of Computer Programming 3, 6.4, algorithm L): numbers of records are spread over all scopes
 * of the store, so an array over them would be as long as the store is large.
 */
export function makeMatches(terms: number, expected: number): Matches {
  const words = Math.max(1, Math.ceil(terms / 32));
  let capacity = 1024;
  while (capacity < expected) capacity *= 2;
  let places = new Int32Array(capacity * 2);
  let records = new Float64Array(capacity);
  let scores = new Float64Array(capacity);
  let bits = new Uint32Array(capacity * words);
  let size = 0;

  const slotOf = (record: number): number => {
    const mask = places.length - 1;
    let slot = (Math.imul(record | 0, 0x9e3779b1) >>> 7) & mask;
    for (let place = places[slot] ?? 0; place !== 0 && records[place - 1] !== record; place = places[slot] ?? 0)
      slot = (slot + 1) & mask;
    return slot;
  };
  const makeRoom = (): void => {
    const [oldRecords, oldScores, oldBits] = [records, scores, bits];
    records = new Float64Array(oldRecords.length * 2);
    scores = new Float64Array(records.length);
    bits = new Uint32Array(records.length * words);
    places = new Int32Array(records.length * 2);
    records.set(oldRecords);
    scores.set(oldScores);
    bits.set(oldBits);
    for (let place = 1; place <= size; place++) places[slotOf(records[place - 1] ?? 0)] = place;
  };
  /** The place of a record, counted from 1; 0 when it is not there and none is to be made. */
  const placeOf = (record: number, known: boolean): number => {
    let slot = slotOf(record);
    const place = places[slot] ?? 0;
    if (place !== 0 || known) return place;
    if (size === records.length) {
      makeRoom();
      slot = slotOf(record);
    }
    records[size] = record;
    return (places[slot] = ++size);
  };
  return {
    get size() {
      return size;
    },
    record: (place) => records[place] ?? 0,
    score: (place) => scores[place] ?? 0,
    admit: (record) => void placeOf(record, false),
    drop(record) {
      const place = placeOf(record, true);
      if (place > 0) scores[place - 1] = 0;
    },
    add({ index, idf, chunks, recent }, known) {
      const word = index >> 5;
      const bit = 1 << (index & 31);
      const take = (record: number): void => {
        const place = placeOf(record, known !== undefined);
        if (place === 0) return;
        const at = (place - 1) * words + word;
        bits[at] = (bits[at] ?? 0) | bit;
        scores[place - 1] = (scores[place - 1] ?? 0) + idf;
      };
      for (const { first, last, bytes, from, to } of chunks) {
        if (known?.any(first, last) === false) continue;
        // The same as `eachPosting`, in place: this loop is what a query over many records spends its time on.
        let record = first;
        for (let at = from; at < to;) {
          let byte = bytes[at++] ?? 0;
          let value = byte & 127;
          for (let shift = 7; byte > 127; shift += 7) {
            byte = bytes[at++] ?? 0;
            value |= (byte & 127) << shift;
          }
          if ((value & 1) === 1) at++;
          record += value >>> 1;
          take(record);
        }
      }
      for (const record of recent.records) if (record > 0) take(record);
    },
    holds: (place, index) => (((bits[place * words + (index >> 5)] ?? 0) >>> (index & 31)) & 1) === 1,
    setOf: (place) => (words === 1 ? (bits[place] ?? 0) : bits.subarray(place * words, (place + 1) * words).join(",")),
  };
}
