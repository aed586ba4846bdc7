import { mostChunkBytes, mostDistance, writeNumber, type Chunk } from "./posting-chunk.ts";

/**
 * A row of `postings`: chunks by term, as many as fit. It is found by its first term and that term's first record. A block
 * of one term alone (`term` is `lastTerm`) says what it holds without being read.
 */
export interface Block {
  readonly term: number;
  readonly first: number;
  readonly lastTerm: number;
  /** The last record of its last chunk. */
  readonly last: number;
  /** How many entries it has. */
  readonly count: number;
  readonly data: Uint8Array;
}

/** So long a block may become: eight to a page. */
const mostBytes = 960;
/** A chunk as long as this has a block to itself, so that it need not be sent with every question about its neighbours. */
const longChunk = 500;
/** A term and a record of six bytes each, and three numbers. */
const mostHeadBytes = 24;

/** Puts chunks into blocks; they must come in the order of their terms and records. Chunks that follow each other are joined. */
export function* writeBlocks(chunks: Iterable<Chunk>): Generator<Block> {
  const out = Buffer.alloc(mostBytes);
  let [at, term, first, lastTerm, last, count] = [0, 0, 0, 0, 0, 0];
  let run: Chunk[] = [];
  let length = 0;
  const flush = (): Block => {
    const block = { term, first, lastTerm, last, count, data: Buffer.from(out.subarray(0, at)) };
    at = count = 0;
    return block;
  };
  const close = function* (): Generator<Block> {
    const [head] = run;
    if (head === undefined) return;
    if (at > 0 && (at + length + mostHeadBytes > mostBytes || length >= longChunk)) yield flush();
    if (at === 0) ({ term, first } = head);
    at = writeRun(out, at, run, length);
    lastTerm = head.term;
    for (const chunk of run) {
      last = chunk.last;
      count += chunk.count;
    }
    run = [];
    if (length >= longChunk) yield flush();
  };
  for (const chunk of chunks) {
    const before = run.at(-1);
    // The distance to the chunk before takes up to five bytes, where its own first entry had one.
    const size = chunk.to - chunk.from + (before === undefined ? 0 : 4);
    if (before !== undefined && joins(run[0] ?? before, before, chunk) && length + size <= mostChunkBytes)
      length += size;
    else {
      yield* close();
      length = chunk.to - chunk.from;
    }
    run.push(chunk);
  }
  yield* close();
  if (at > 0) yield flush();
}

function joins(head: Chunk, before: Chunk, { term, first, last }: Chunk): boolean {
  return (
    before.term === term && first > before.last && first - before.last < mostDistance && last - head.first < 2 ** 31
  );
}

/** Writes chunks of one term as one: the distance of the first entry of each is now that from the chunk before it. */
function writeRun(out: Buffer, start: number, run: readonly Chunk[], most: number): number {
  const { term, first } = run[0] ?? { term: 0, first: 0 };
  const entries = Buffer.allocUnsafe(most);
  let [count, before, length] = [0, first, 0];
  for (const chunk of run) {
    length = writeNumber(entries, length, (chunk.first - before) * 2 + (chunk.bytes[chunk.from] ?? 0));
    entries.set(chunk.bytes.subarray(chunk.from + 1, chunk.to), length);
    length += chunk.to - chunk.from - 1;
    count += chunk.count;
    before = chunk.last;
  }
  let at = out.writeUIntLE(first, out.writeUIntLE(term, start, 6), 6);
  at = writeNumber(out, at, count);
  at = writeNumber(out, at, before - first);
  at = writeNumber(out, at, length);
  out.set(entries.subarray(0, length), at);
  return at + length;
}

/** The chunks of a block, or only those of some terms. */
export function readBlock(data: Uint8Array, only?: ReadonlySet<number>): Chunk[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
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
    const term = bytes.readUIntLE(at, 6);
    const first = bytes.readUIntLE(at + 6, 6);
    at += 12;
    const count = next();
    const last = first + next();
    const length = next();
    const from = at;
    at += length;
    if (only === undefined || only.has(term)) chunks.push({ term, first, last, count, bytes, from, to: at });
  }
  return chunks;
}
