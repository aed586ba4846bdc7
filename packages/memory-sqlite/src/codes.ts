import { int, type Database, textOf } from "./handle.ts";

/** The codes of one scope and space, column by column. What was taken away meanwhile may still be among them. */
export interface CodeList {
  /** How many there are; the columns may be longer. */
  size: number;
  /** The number of the last vector that was read. */
  last: number;
  vs: Float64Array;
  records: Float64Array;
  kinds: Uint8Array;
  created: Float64Array;
  /** As many words of 32 bits for each as {@link wordsOf} says. */
  codes: Int32Array;
}

/** The codes that this process has read, by scope and space. */
export type Codes = Map<string, CodeList>;

/** What reads codes, and where it keeps them. */
export interface CodeReader {
  readonly db: Database;
  readonly codes: Codes;
}

/** So many codes are kept at most, of all scopes together: about a quarter of a gigabyte with 384 dimensions. */
const mostKept = 3_000_000;

/** So many codes are read at once: some milliseconds. */
const sliceSize = 4000;

/** Nothing has been read. */
export function makeCodes(): Codes {
  return new Map();
}

/** How many words of 32 bits a code has. */
export function wordsOf(dimensions: number): number {
  return Math.ceil(dimensions / 32);
}

/** One bit for each dimension of a vector: whether it is positive. The lowest bit of each word comes first. */
export function codeOf(vector: Float32Array): Int32Array {
  const code = new Int32Array(wordsOf(vector.length));
  for (let i = 0; i < vector.length; i++)
    if ((vector[i] ?? 0) > 0) code[i >> 5] = (code[i >> 5] ?? 0) | (1 << (i & 31));
  return code;
}

/** Reads on in the codes of a scope and space; `true` when all have been read. Within a transaction. */
export function readCodes({ db, codes }: CodeReader, scope: number, space: number, words: number): boolean {
  const key = `${scope}/${space}`;
  const known = codes.get(key);
  // One row for many codes: reading a row costs more than what is in it. Order does not matter, but all columns have the same.
  const row = db.get(
    `select count(*) as size, max(v) as last, group_concat(v) as vs, group_concat(record) as records,
     group_concat(kind) as kinds, group_concat(created) as created, group_concat(hex(code), '') as codes
     from (select * from codes where scope = ? and space = ? and v > ? order by v limit ?)`,
    scope,
    space,
    known?.last ?? 0,
    sliceSize,
  );
  const size = int(row?.["size"]);
  if (size === 0) return true;
  let list = known;
  if (list === undefined) {
    const kept = [...codes.values()].reduce((sum, { size: each }) => sum + each, 0);
    if (kept >= mostKept) codes.clear();
    codes.set(key, (list = emptyList()));
  }
  makeRoom(list, list.size + size, words);
  const text = (column: string): string => textOf(row?.[column]);
  list.vs.set(text("vs").split(",").map(Number), list.size);
  list.records.set(text("records").split(",").map(Number), list.size);
  list.kinds.set(text("kinds").split(",").map(Number), list.size);
  list.created.set(text("created").split(",").map(Number), list.size);
  const codesRead = Buffer.from(text("codes"), "hex");
  new Uint8Array(list.codes.buffer).set(codesRead, list.size * words * 4);
  list.size += size;
  list.last = int(row?.["last"]);
  return size < sliceSize;
}

function emptyList(): CodeList {
  return {
    size: 0,
    last: 0,
    vs: new Float64Array(0),
    records: new Float64Array(0),
    kinds: new Uint8Array(0),
    created: new Float64Array(0),
    codes: new Int32Array(0),
  };
}

function makeRoom(list: CodeList, size: number, words: number): void {
  if (size <= list.vs.length) return;
  const room = Math.ceil(size * 1.5);
  const grown = <T extends Float64Array | Uint8Array | Int32Array>(column: T, bigger: T): T => {
    bigger.set(column);
    return bigger;
  };
  list.vs = grown(list.vs, new Float64Array(room));
  list.records = grown(list.records, new Float64Array(room));
  list.kinds = grown(list.kinds, new Uint8Array(room));
  list.created = grown(list.created, new Float64Array(room));
  list.codes = grown(list.codes, new Int32Array(room * words));
}

/** In how many dimensions a code differs from those of a list, for a stretch of it. */
export function distances(code: Int32Array, { codes }: CodeList, from: number, to: number, into: Uint16Array): void {
  const words = code.length;
  for (let at = from, word = from * words; at < to; at++) {
    let sum = 0;
    for (let i = 0; i < words; i++, word++) {
      // Bits are counted in pairs, in fours and in bytes, and the bytes added up.
      let bits = (code[i] ?? 0) ^ (codes[word] ?? 0);
      bits -= (bits >>> 1) & 0x55555555;
      bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
      bits = (bits + (bits >>> 4)) & 0x0f0f0f0f;
      sum += Math.imul(bits, 0x01010101) >>> 24;
    }
    into[at] = sum;
  }
}

/**
 * How well a vector fits a code, roughly: the sum of its dimensions, each with the sign that the code has there. Sums for each
 * byte are looked up, as in H. Jégou, M. Douze and C. Schmid, "Product quantization for nearest neighbor search", IEEE
 * Transactions on Pattern Analysis and Machine Intelligence 33, 2011.
 */
export function fitsOf(vector: Float32Array): (list: CodeList, at: number) => number {
  const bytes = wordsOf(vector.length) * 4;
  const sums = new Float32Array(bytes * 256);
  for (let i = 0; i < bytes * 8; i++) {
    const value = vector[i] ?? 0;
    const from = (i >> 3) * 256;
    const bit = 1 << (i & 7);
    for (let each = 0; each < 256; each++) sums[from + each] = (sums[from + each] ?? 0) + (each & bit ? value : -value);
  }
  return ({ codes }, at) => {
    let sum = 0;
    for (let word = 0, from = 0; word < bytes / 4; word++, from += 1024) {
      const bits = codes[at * (bytes / 4) + word] ?? 0;
      sum +=
        (sums[from + (bits & 255)] ?? 0) +
        (sums[from + 256 + ((bits >>> 8) & 255)] ?? 0) +
        (sums[from + 512 + ((bits >>> 16) & 255)] ?? 0) +
        (sums[from + 768 + (bits >>> 24)] ?? 0);
    }
    return sum;
  };
}
