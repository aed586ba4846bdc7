import { BrainOpsError } from "../contracts/error.ts";
import { mostChunkBytes, mostDistance, sizeOfNumber, writeNumber, type Chunk } from "./chunk.ts";

/**
 * Bytes that a store keeps as one row: chunks by term, as many as fit. It is found by its first term and that term's first
 * record. Of a block with one term alone (`term` is `lastTerm`) the rest tells what it holds without its being read.
 */
export interface Block {
  /** Its first term. */
  readonly term: number;
  /** The first record of its first chunk. */
  readonly first: number;
  /** Its last term. */
  readonly lastTerm: number;
  /** The last record of its last chunk. */
  readonly last: number;
  /** How many entries it has. */
  readonly count: number;
  /** Its chunks, one behind the other. */
  readonly data: Uint8Array;
}

/** How long blocks may become. */
export interface BlockSizes {
  /** So many bytes a block has at most; at least 940. */
  readonly most: number;
  /** A chunk as long as this has a block to itself. Default: none is so long. */
  readonly alone?: number;
}

/** Where blocks can be written, while nobody does: to make it anew would take longer than to write a small block. */
let spare: Uint8Array | undefined;

/** Puts chunks into blocks; they must come in the order of their terms and records. Chunks that follow each other are joined. */
export function* writeBlocks(chunks: Iterable<Chunk>, { most, alone = Infinity }: BlockSizes): Generator<Block> {
  const out = spare !== undefined && spare.length >= most ? spare : new Uint8Array(most);
  spare = undefined;
  let [at, term, first, lastTerm, last, count] = [0, 0, 0, 0, 0, 0];
  let run: Chunk[] = [];
  /** How long its entries are, and how many. */
  let [length, held] = [0, 0];
  /** Blocks that are full, and not given yet. */
  let full: Block[] = [];
  const flush = (): void => {
    full.push({ term, first, lastTerm, last, count, data: out.slice(0, at) });
    at = count = 0;
  };
  const close = (): void => {
    const [head] = run;
    if (head === undefined) return;
    const span = (run.at(-1) ?? head).last - head.first;
    if (at > 0 && (at + length + headSize(head.first, held, span, length) > most || length >= alone)) flush();
    if (at === 0) ({ term, first } = head);
    at = writeHead(out, at, head.term, [head.first, held, span, length]);
    at = writeEntries(out, at, run);
    lastTerm = head.term;
    last = head.first + span;
    count += held;
    run = [];
    if (length >= alone) flush();
  };
  for (const chunk of chunks) {
    const before = run.at(-1);
    const distance = before === undefined ? 0 : chunk.first - before.last;
    const size = chunk.to - chunk.from + sizeOfNumber(distance * 2) - 1;
    const joins = before?.term === chunk.term && distance > 0 && distance < mostDistance;
    if (joins && length + size <= mostChunkBytes) {
      length += size;
      held += chunk.count;
    } else {
      close();
      length = chunk.to - chunk.from;
      held = chunk.count;
    }
    run.push(chunk);
    if (full.length > 0) {
      const given = full;
      full = [];
      yield* given;
    }
  }
  close();
  if (at > 0) flush();
  spare = out;
  yield* full;
}

function headSize(first: number, count: number, span: number, length: number): number {
  return 6 + sizeOfNumber(first) + sizeOfNumber(count) + sizeOfNumber(span) + sizeOfNumber(length);
}

function writeHead(out: Uint8Array, start: number, term: number, numbers: readonly number[]): number {
  let at = start;
  for (let rest = term, i = 0; i < 6; i++, rest = Math.floor(rest / 256)) out[at++] = rest % 256;
  for (const number of numbers) at = writeNumber(out, at, number);
  return at;
}

/** Writes chunks of one term as one: the distance of the first entry of each is now that from the chunk before it. */
function writeEntries(out: Uint8Array, start: number, run: readonly Chunk[]): number {
  let at = start;
  let before = run[0]?.first ?? 0;
  for (const chunk of run) {
    at = writeNumber(out, at, (chunk.first - before) * 2 + (chunk.bytes[chunk.from] ?? 0));
    for (let i = chunk.from + 1; i < chunk.to; i++) out[at++] = chunk.bytes[i] ?? 0;
    before = chunk.last;
  }
  return at;
}

/** Numbers of records are counted up, so none is ever as great. */
const mostRecord = 2 ** 40;

function damaged(): BrainOpsError {
  return new BrainOpsError(
    "store_corrupt",
    "A block of the index of words is damaged. Check the store, and restore a backup.",
  );
}

/** The chunks of a block, or only those of one term, or of some. Error: `store_corrupt`. */
export function readBlock(bytes: Uint8Array, only?: number | ReadonlySet<number>): Chunk[] {
  const isWanted = (term: number): boolean =>
    only === undefined || (typeof only === "number" ? only === term : only.has(term));
  const chunks: Chunk[] = [];
  let at = 0;
  const next = (): number => {
    let byte = bytes[at++] ?? 0;
    let value = byte & 127;
    for (let unit = 128; byte > 127; unit *= 128) {
      byte = bytes[at++] ?? 0;
      value += (byte & 127) * unit;
    }
    return value;
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
    // What says how long something is decides how long it is read: every entry takes a byte at least.
    if (length > bytes.length - at || count > length || last > mostRecord) throw damaged();
    const to = at + length;
    if (isWanted(term)) chunks.push({ term, first, last, count, bytes, from: at, to });
    else if (typeof only === "number" && term > only) break;
    at = to;
  }
  return chunks;
}
