import type { Context } from "./context.ts";
import { int } from "./handle.ts";

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
  codes: Uint8Array;
}

/** The codes that this process has read, by scope and space. */
export type Codes = Map<string, CodeList>;

/** So many codes are kept at most, of all scopes together: about a quarter of a gigabyte with 384 dimensions. */
const mostKept = 3_000_000;

/** So many codes are read at once: some milliseconds. */
const sliceSize = 4000;

/** Nothing has been read. */
export function makeCodes(): Codes {
  return new Map();
}

/** One bit for each dimension of a vector: whether it is positive. The lowest bit of each byte comes first. */
export function codeOf(vector: Float32Array): Uint8Array {
  const code = new Uint8Array(Math.ceil(vector.length / 8));
  for (let i = 0; i < vector.length; i++) if ((vector[i] ?? 0) > 0) code[i >> 3] = (code[i >> 3] ?? 0) | (1 << (i & 7));
  return code;
}

/** Reads on in the codes of a scope and space; `true` when all have been read. Within a transaction. */
export function readCodes(context: Context, scope: number, space: number, bytesEach: number): boolean {
  const { db, codes } = context;
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
  makeRoom(list, list.size + size, bytesEach);
  const text = (column: string): string => String(row?.[column]);
  list.vs.set(text("vs").split(",").map(Number), list.size);
  list.records.set(text("records").split(",").map(Number), list.size);
  list.kinds.set(text("kinds").split(",").map(Number), list.size);
  list.created.set(text("created").split(",").map(Number), list.size);
  list.codes.set(Buffer.from(text("codes"), "hex"), list.size * bytesEach);
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
    codes: new Uint8Array(0),
  };
}

function makeRoom(list: CodeList, size: number, bytesEach: number): void {
  if (size <= list.vs.length) return;
  const room = Math.ceil(size * 1.5);
  const grown = <T extends Float64Array | Uint8Array>(column: T, bigger: T): T => {
    bigger.set(column);
    return bigger;
  };
  list.vs = grown(list.vs, new Float64Array(room));
  list.records = grown(list.records, new Float64Array(room));
  list.kinds = grown(list.kinds, new Uint8Array(room));
  list.created = grown(list.created, new Float64Array(room));
  list.codes = grown(list.codes, new Uint8Array(room * bytesEach));
}

/**
 * How well a vector fits each code, roughly: the sum of its dimensions, each with the sign that the code has there. Sums for
 * each byte are looked up, as in H. Jégou, M. Douze and C. Schmid, "Product quantization for nearest neighbor search",
 * IEEE Transactions on Pattern Analysis and Machine Intelligence 33, 2011.
 */
export function fitOfCodes(vector: Float32Array): (list: CodeList, at: number) => number {
  const bytesEach = Math.ceil(vector.length / 8);
  const sums = new Float32Array(bytesEach * 256);
  for (let byte = 0; byte < bytesEach; byte++)
    for (let value = 0; value < 256; value++) {
      let sum = 0;
      for (let bit = 0; bit < 8; bit++) sum += (vector[byte * 8 + bit] ?? 0) * ((value >> bit) & 1 ? 1 : -1);
      sums[byte * 256 + value] = sum;
    }
  return ({ codes }, at) => {
    let sum = 0;
    for (let i = 0, from = at * bytesEach; i < bytesEach; i++) sum += sums[i * 256 + (codes[from + i] ?? 0)] ?? 0;
    return sum;
  };
}
