import {
  packChunks,
  readBlock,
  writeBlocks,
  type Block,
  type Chunk,
  type Postings,
  eachTerm,
} from "@brainops/core/postings";
import { blockSizes, bytes, int, type Row, type Value } from "./values.ts";

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

/** Packs the oldest recent records of a scope. */
export interface PackJob {
  readonly type: "pack";
  readonly scope: number;
  readonly most: number;
}

/** What comes of a {@link PackJob}: the blocks of a new segment. */
export interface Packed {
  /** That of the scope when it was read. */
  readonly generation: number;
  readonly records: number;
  readonly low: number;
  readonly high: number;
  readonly blocks: readonly Block[];
}

/** Merges some segments on from a term. */
export interface MergeJob {
  readonly type: "merge";
  readonly scope: number;
  readonly sources: readonly number[];
  /** All terms up to this one have been merged before. */
  readonly above: number;
  /** About so many blocks are made. */
  readonly blocks: number;
}

/** What comes of a {@link MergeJob}: more blocks of the new segment. */
export interface Merged {
  readonly generation: number;
  readonly blocks: readonly Block[];
  /** All terms up to this one are in the blocks; {@link lastTerm} when nothing is left. */
  readonly upto: number;
  /** For each source the key of its first block that holds a term after that. */
  readonly rest: readonly { readonly segment: number; readonly term: number; readonly first: number }[];
}

/** Greater than every term. */
export const lastTerm: number = 2 ** 48;

function generationOf(db: Reader, scope: number): number {
  return int(db.get("select generation from scopes where n = ?", scope)?.["generation"]);
}

/** Does a {@link PackJob}. Within a transaction. */
export function packRecent(db: Reader, { scope, most }: PackJob): Packed {
  const rows = db.all("select record, terms from recent where scope = ? order by record limit ?", scope, most);
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
  return {
    generation: generationOf(db, scope),
    records: rows.length,
    low: int(rows[0]?.["record"]),
    high: int(rows.at(-1)?.["record"]),
    blocks: [...writeBlocks(chunksOf(postings), blockSizes)],
  };
}

function* chunksOf(postings: ReadonlyMap<number, Postings>): Generator<Chunk> {
  for (const term of new Float64Array(postings.keys()).sort()) {
    const list = postings.get(term);
    if (list !== undefined) yield* packChunks(term, list);
  }
}

/** So many blocks of a segment are read at a time. */
const readTogether = 16;

/** A segment that is being read from its beginning to its end. */
interface Source {
  readonly segment: number;
  /** What has been read of it and not been taken, with the key of the block that each stands in. */
  chunks: { readonly chunk: Chunk; readonly key: readonly [term: number, first: number] }[];
  /** The key of the next block to be read. */
  next: readonly [term: number, first: number];
  /** Whether all of it has been read. */
  ended: boolean;
}

/** Does a {@link MergeJob}. Within a transaction. */
export function mergeSegments(db: Reader, { scope, sources: segments, above, blocks: enough }: MergeJob): Merged {
  const sources = segments.map((segment) => openSource(db, scope, segment, above));
  const blocks: Block[] = [];
  let upto = above;
  while (blocks.length < enough && upto < lastTerm) {
    for (const source of sources) while (!hasComplete(source) && readOn(db, scope, source, above));
    // Of the last term that was read of a source there may be more.
    upto = Math.min(...sources.map((source) => (source.ended ? lastTerm : lastOf(source) - 1)));
    blocks.push(...writeBlocks(takeUpTo(sources, upto), blockSizes));
  }
  return {
    generation: generationOf(db, scope),
    blocks,
    upto,
    rest: sources.map(({ segment, chunks, next }) => {
      const [term, first] = chunks[0]?.key ?? next;
      return { segment, term, first };
    }),
  };
}

function openSource(db: Reader, scope: number, segment: number, above: number): Source {
  // What follows may begin within the last block that begins with what has been merged.
  const row = db.get(
    `select term, first from postings where scope = ? and segment = ? and term <= ?
     order by term desc, first desc limit 1`,
    scope,
    segment,
    above,
  );
  const next = row === undefined ? ([-1, -1] as const) : ([int(row["term"]), int(row["first"])] as const);
  return { segment, chunks: [], next, ended: false };
}

function lastOf({ chunks }: Source): number {
  return chunks.at(-1)?.chunk.term ?? -1;
}

/** Whether something that was read is complete: a term that another one follows, or the end. */
function hasComplete(source: Source): boolean {
  return source.ended || (source.chunks.length > 0 && source.chunks[0]?.chunk.term !== lastOf(source));
}

function readOn(db: Reader, scope: number, source: Source, above: number): boolean {
  const rows = db.all(
    `select term, first, data from postings where scope = ? and segment = ? and (term, first) >= (?, ?)
     order by term, first limit ?`,
    scope,
    source.segment,
    ...source.next,
    readTogether,
  );
  for (const row of rows) {
    const key = [int(row["term"]), int(row["first"])] as const;
    for (const chunk of readBlock(bytes(row["data"]))) if (chunk.term > above) source.chunks.push({ chunk, key });
    source.next = [key[0], key[1] + 1];
  }
  source.ended = rows.length < readTogether;
  if (source.ended) source.next = [lastTerm, 0];
  return !source.ended;
}

function takeUpTo(sources: readonly Source[], upto: number): Chunk[] {
  const taken: Chunk[] = [];
  for (const source of sources) {
    let end = 0;
    for (; end < source.chunks.length && (source.chunks[end]?.chunk.term ?? 0) <= upto; end++)
      taken.push((source.chunks[end] as Source["chunks"][number]).chunk);
    source.chunks = source.chunks.slice(end);
  }
  return taken.sort((a, b) => a.term - b.term || a.first - b.first);
}
