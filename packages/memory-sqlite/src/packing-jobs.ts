import { packChunks, readBlock, writeBlocks, type Chunk, type Postings, eachTerm } from "@brainops/core/postings";
import { gatherBlocks, type Blocks } from "./gather-blocks.ts";
import { blockSizes, bytes, int, type Row, type Value } from "./values.ts";
import { readWords } from "./words.ts";

/**
 * What packing takes long for: reading and putting together. It only reads, and knows nothing of keys or contexts, so that a
 * thread can do it; whoever asked writes what comes of it, if nothing has changed meanwhile.
 *
 * @module
 */

/** What is read from. */
export interface Reader {
  get(sql: string, ...values: Value[]): Row | undefined;
  all(sql: string, ...values: Value[]): readonly Row[];
}

/** Packs the oldest recent records, whatever scopes they are of. */
export interface PackJob {
  readonly type: "pack";
  readonly most: number;
}

/** What comes of a {@link PackJob}: the blocks of a new segment. */
export interface Packed {
  /** That of what is recent when it was read. */
  readonly state: string;
  readonly records: number;
  readonly low: number;
  readonly high: number;
  readonly blocks: Blocks;
}

/** A place in a segment: all terms of smaller scopes, and those of this one up to the term. */
export type Upto = readonly [scope: number, term: number];

/** Merges some segments on from a place. */
export interface MergeJob {
  readonly type: "merge";
  readonly sources: readonly number[];
  /** Up to here everything has been merged before. */
  readonly above: Upto;
  /** About so many blocks are made. */
  readonly blocks: number;
}

/** What comes of a {@link MergeJob}: more blocks of the new segment. */
export interface Merged {
  /** How often something had been taken out of segments when they were read. */
  readonly taken: number;
  readonly blocks: Blocks;
  /** Everything up to here is in the blocks; {@link theEnd} when nothing is left. */
  readonly upto: Upto;
  /** For each source the key of its first block that holds a term after that. */
  readonly rest: readonly { readonly segment: number; readonly key: BlockKey }[];
}

type BlockKey = readonly [scope: number, term: number, first: number];

/** Greater than every number of a scope and every term. */
const greatest = 2 ** 48;
/** After every place. */
export const theEnd: Upto = [greatest, greatest];

/** Whether a place comes after another. */
function isAfter([scope, term]: Upto, [otherScope, otherTerm]: Upto): boolean {
  return scope > otherScope || (scope === otherScope && term > otherTerm);
}

// What tells whether something has changed meanwhile is read first: whoever works without a transaction then sees it.

/** Does a {@link PackJob}. */
export function packRecent(db: Reader, { most }: PackJob): Packed {
  const { recentState } = readWords(db);
  const rows = db.all("select record, scope, terms from recent order by record limit ?", most);
  const byScope = Map.groupBy(rows, (row) => int(row["scope"]));
  const blocks = gatherBlocks();
  for (const scope of new Float64Array(byScope.keys()).sort())
    for (const block of writeBlocks(chunksOf(byScope.get(scope) ?? []), blockSizes)) blocks.add(scope, block);
  return {
    state: recentState,
    records: rows.length,
    low: int(rows[0]?.["record"]),
    high: int(rows.at(-1)?.["record"]),
    blocks: blocks.all(),
  };
}

/** The chunks of some recent records of one scope, in order. */
function* chunksOf(rows: readonly Row[]): Generator<Chunk> {
  const [only] = rows;
  if (rows.length === 1 && only !== undefined) return yield* chunksOfOne(int(only["record"]), bytes(only["terms"]));
  const postings = new Map<number, Postings>();
  for (const row of rows) {
    const record = int(row["record"]);
    eachTerm(bytes(row["terms"]), (token, frequency) => {
      let list = postings.get(token);
      if (list === undefined) postings.set(token, (list = { records: [], frequencies: [] }));
      list.records.push(record);
      list.frequencies.push(frequency);
    });
  }
  for (const term of new Float64Array(postings.keys()).sort()) {
    const list = postings.get(term);
    if (list !== undefined) yield* packChunks(term, list);
  }
}

/** The same of one record alone, as it is with many scopes: all entries lie in a few bytes, made once. */
function* chunksOfOne(record: number, packed: Uint8Array): Generator<Chunk> {
  const terms: (readonly [term: number, frequency: number])[] = [];
  eachTerm(packed, (token, frequency) => void terms.push([token, frequency]));
  terms.sort(([a], [b]) => a - b);
  const entries = new Uint8Array(2 * terms.length);
  for (const [i, [term, frequency]] of terms.entries()) {
    // As `packChunks` does: the distance 0, and whether a byte says how often.
    const from = 2 * i;
    if (frequency > 1) entries.set([1, frequency], from);
    yield { term, first: record, last: record, count: 1, bytes: entries, from, to: from + (frequency > 1 ? 2 : 1) };
  }
}

/** So many blocks of a segment are read at a time. */
const readTogether = 16;

/** What has been read of a segment, and where it stands. */
interface Read {
  readonly chunk: Chunk;
  readonly place: Upto;
  /** The block that it stands in. */
  readonly key: BlockKey;
}

/** A segment that is being read from its beginning to its end. */
interface Source {
  readonly segment: number;
  /** What has been read of it and not been taken. */
  read: Read[];
  /** The key of the next block to be read. */
  next: BlockKey;
  /** Whether all of it has been read. */
  ended: boolean;
}

/** Does a {@link MergeJob}. */
export function mergeSegments(db: Reader, { sources: segments, above, blocks: enough }: MergeJob): Merged {
  const { taken } = readWords(db);
  const sources = segments.map((segment) => openSource(db, segment, above));
  const blocks = gatherBlocks();
  let upto = above;
  while (blocks.count < enough && isAfter(theEnd, upto)) {
    for (const source of sources) while (!hasComplete(source) && readOn(db, source, above));
    upto = sources.map(completeUpto).reduce((least, each) => (isAfter(least, each) ? each : least), theEnd);
    for (const [scope, chunks] of Map.groupBy(takeUpTo(sources, upto), ({ place }) => place[0]))
      for (const block of writeBlocks(
        chunks.map(({ chunk }) => chunk),
        blockSizes,
      ))
        blocks.add(scope, block);
  }
  return {
    taken,
    blocks: blocks.all(),
    upto,
    rest: sources.map(({ segment, read, next }) => ({ segment, key: read[0]?.key ?? next })),
  };
}

const keyOf = (row: Row): BlockKey => [int(row["scope"]), int(row["term"]), int(row["first"])];

function openSource(db: Reader, segment: number, above: Upto): Source {
  // What follows may begin within the last block that begins with what has been merged.
  const row = db.get(
    `select scope, term, first from postings where segment = ? and (scope, term) <= (?, ?)
     order by scope desc, term desc, first desc limit 1`,
    segment,
    ...above,
  );
  return { segment, read: [], next: row === undefined ? [-1, -1, -1] : keyOf(row), ended: false };
}

/** Whether something that was read is complete: a term that another one follows, or the end. */
function hasComplete({ ended, read }: Source): boolean {
  const [first, last] = [read[0]?.place, read.at(-1)?.place];
  return ended || (first !== undefined && last !== undefined && isAfter(last, first));
}

/** Up to where all of a source has been read: of the last term there may be more. */
function completeUpto({ ended, read }: Source): Upto {
  const [scope, term] = read.at(-1)?.place ?? [-1, 0];
  return ended ? theEnd : [scope, term - 1];
}

function readOn(db: Reader, source: Source, above: Upto): boolean {
  const rows = db.all(
    `select scope, term, first, data from postings where segment = ? and (scope, term, first) >= (?, ?, ?)
     order by scope, term, first limit ?`,
    source.segment,
    ...source.next,
    readTogether,
  );
  for (const row of rows) {
    const key = keyOf(row);
    for (const chunk of readBlock(bytes(row["data"]))) {
      const place: Upto = [key[0], chunk.term];
      if (isAfter(place, above)) source.read.push({ chunk, place, key });
    }
    source.next = [key[0], key[1], key[2] + 1];
  }
  source.ended = rows.length < readTogether;
  if (source.ended) source.next = [...theEnd, 0];
  return !source.ended;
}

/** Takes what stands up to a place out of what was read, in order. */
function takeUpTo(sources: readonly Source[], upto: Upto): Read[] {
  const taken: Read[] = [];
  for (const source of sources) {
    const end = source.read.findIndex(({ place }) => isAfter(place, upto));
    taken.push(...source.read.splice(0, end < 0 ? source.read.length : end));
  }
  return taken.sort((a, b) => a.place[0] - b.place[0] || a.place[1] - b.place[1] || a.chunk.first - b.chunk.first);
}
