import { mostChunkBytes, sizeOfNumber, writeNumber, type Chunk } from "./posting-chunk.ts";

/** A row of `postings`: chunks by term, as many as fit. It is found by its first term and that term's first record. */
export interface Block {
  readonly term: number;
  readonly first: number;
  readonly data: Uint8Array;
}

/** So long a block may become: it and its key still fit into a leaf of the table, four to a page. */
const mostBytes = 940;
/** A term, and the four numbers before its entries. */
const mostHeadBytes = 26;

/** Puts chunks into blocks; terms must come ascending. Chunks of one term that follow each other are joined. */
export function* writeBlocks(chunks: Iterable<Chunk>): Generator<Block> {
  const out = new Uint8Array(mostBytes);
  let [at, term, first] = [0, 0, 0];
  let run: Chunk[] = [];
  let length = 0;
  const flush = (): Block => {
    const block = { term, first, data: out.slice(0, at) };
    at = 0;
    return block;
  };
  const close = function* (): Generator<Block> {
    const [head] = run;
    if (head === undefined) return;
    if (at + length + mostHeadBytes > mostBytes) yield flush();
    if (at === 0) ({ term, first } = head);
    at = writeRun(out, at, run, length);
    run = [];
  };
  for (const chunk of chunks) {
    const last = run.at(-1);
    const distance = last === undefined ? 0 : chunk.first - last.last;
    const size = chunk.to - chunk.from + sizeOfNumber(distance * 2) - 1;
    const joins = last?.term === chunk.term && distance > 0 && distance < 2 ** 30 && length + size <= mostChunkBytes;
    if (joins) length += size;
    else {
      yield* close();
      length = chunk.to - chunk.from;
    }
    run.push(chunk);
  }
  yield* close();
  if (at > 0) yield flush();
}

/** Writes chunks of one term as one: the distance of the first entry of each is now that from the chunk before it. */
function writeRun(out: Uint8Array, start: number, run: readonly Chunk[], length: number): number {
  let at = start;
  let [count, last] = [0, 0];
  for (const chunk of run) {
    count += chunk.count;
    ({ last } = chunk);
  }
  const { term, first } = run[0] ?? { term: 0, first: 0 };
  for (let rest = term, i = 0; i < 6; i++, rest = Math.floor(rest / 256)) out[at++] = rest % 256;
  at = writeNumber(out, at, first);
  at = writeNumber(out, at, count);
  at = writeNumber(out, at, last - first);
  at = writeNumber(out, at, length);
  let before = first;
  for (const chunk of run) {
    at = writeNumber(out, at, (chunk.first - before) * 2 + (chunk.bytes[chunk.from] ?? 0));
    for (let i = chunk.from + 1; i < chunk.to; i++) out[at++] = chunk.bytes[i] ?? 0;
    before = chunk.last;
  }
  return at;
}

/** The chunks of a block, or only those of one term. */
export function readBlock(bytes: Uint8Array, only?: number): Chunk[] {
  const chunks: Chunk[] = [];
  let at = 0;
  const next = (): number => {
    let byte = bytes[at++] ?? 0;
    let value = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      byte = bytes[at++] ?? 0;
      value |= (byte & 127) << shift;
    }
    return value >>> 0;
  };
  while (at < bytes.length) {
    const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    const high = (bytes[at + 3] ?? 0) | ((bytes[at + 4] ?? 0) << 8) | ((bytes[at + 5] ?? 0) << 16);
    const term = high * 2 ** 24 + low;
    at += 6;
    const first = next();
    const count = next();
    const last = first + next();
    const length = next();
    const to = at + length;
    if (only === undefined || only === term) chunks.push({ term, first, last, count, bytes, from: at, to });
    else if (term > only) break;
    at = to;
  }
  return chunks;
}
