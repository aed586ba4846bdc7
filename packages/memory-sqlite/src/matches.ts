import type { Chunk, Postings } from "./posting-chunk.ts";

/** What is known of one asked term: what is packed, and what is not yet. */
export interface TermPostings {
  /** Its place among the asked terms. */
  readonly index: number;
  readonly idf: number;
  readonly chunks: readonly Chunk[];
  readonly recent: Postings;
}

/** Records that hold asked terms. Kept from query to query, so that its arrays need not be made anew. */
export interface Matches {
  /** How many records there are in it. */
  readonly size: number;
  /** Their numbers, by place. */
  readonly records: Uint32Array;
  /** About their scores: sums in another order than the contract's. */
  readonly scores: Float64Array;
  /** Begins a query of so many terms, over records up to a number. */
  begin(terms: number, last: number): void;
  /** Lets a record in that holds nothing yet: if any is let in so, only such records count. */
  admit(record: number): void;
  /** Takes in a term. With `known`, only for records that are in it already. */
  add(term: TermPostings, known: boolean): void;
  /** Whether the record at a place holds the term with an index. */
  holds(place: number, index: number): boolean;
  /** Which terms the record at a place holds, as one value that is equal for equal sets. */
  setOf(place: number): number | string;
  /** Ends the query. */
  end(): void;
}

/** Makes an empty collection. */
export function makeMatches(): Matches {
  let placeOf = new Uint32Array(0);
  let records = new Uint32Array(1024);
  let scores = new Float64Array(1024);
  let words = 1;
  let bits = new Uint32Array(1024);
  let size = 0;
  let sorted: Uint32Array | undefined;

  const makeRoom = (): void => {
    const [oldRecords, oldScores, oldBits] = [records, scores, bits];
    records = new Uint32Array(records.length * 2);
    scores = new Float64Array(records.length);
    bits = new Uint32Array(records.length * words);
    records.set(oldRecords);
    scores.set(oldScores);
    bits.set(oldBits.subarray(0, size * words));
  };
  const enter = (record: number): number => {
    if (size === records.length) makeRoom();
    records[size] = record;
    scores[size] = 0;
    bits.fill(0, size * words, (size + 1) * words);
    // Places begin with 1, so that 0 means "not there".
    return (placeOf[record] = ++size);
  };
  const holdsAny = (first: number, last: number): boolean => {
    if (size > 4096) return true;
    sorted ??= records.slice(0, size).sort();
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) < first) low = middle + 1;
      else high = middle;
    }
    return (sorted[low] ?? Infinity) <= last;
  };
  return {
    get size() {
      return size;
    },
    get records() {
      return records;
    },
    get scores() {
      return scores;
    },
    begin(terms, last) {
      if (placeOf.length <= last) placeOf = new Uint32Array(Math.ceil(last * 1.25) + 1024);
      words = Math.max(1, Math.ceil(terms / 32));
      if (bits.length < records.length * words) bits = new Uint32Array(records.length * words);
      size = 0;
      sorted = undefined;
    },
    admit(record) {
      if ((placeOf[record] ?? 0) === 0) enter(record);
    },
    add({ index, idf, chunks, recent }, known) {
      const word = index >> 5;
      const bit = 1 << (index & 31);
      const take = (record: number): void => {
        let place = placeOf[record] ?? 0;
        if (place === 0) {
          if (known) return;
          place = enter(record);
        }
        const at = (place - 1) * words + word;
        bits[at] = (bits[at] ?? 0) | bit;
        scores[place - 1] = (scores[place - 1] ?? 0) + idf;
      };
      for (const { first, last, bytes, from, to } of chunks) {
        if (known && !holdsAny(first, last)) continue;
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
      for (const record of recent.records) take(record);
      if (!known) sorted = undefined;
    },
    holds: (place, index) => (((bits[place * words + (index >> 5)] ?? 0) >>> (index & 31)) & 1) === 1,
    setOf: (place) => (words === 1 ? (bits[place] ?? 0) : bits.subarray(place * words, (place + 1) * words).join(",")),
    end() {
      for (let place = 0; place < size; place++) placeOf[records[place] ?? 0] = 0;
      size = 0;
      // What one huge query took is given back.
      if (records.length > 2 ** 21) {
        records = new Uint32Array(1024);
        scores = new Float64Array(1024);
        bits = new Uint32Array(1024);
      }
    },
  };
}
