import type { Context } from "./context.ts";
import { bytes, int } from "./handle.ts";
import { readBlock, writeBlocks } from "./posting-block.ts";
import type { Chunk } from "./posting-chunk.ts";
import { addBlocks, addSegment, readSegments, type Segment } from "./postings.ts";

/** So many segments of a level become one of the next. */
const mergedTogether = 8;
/** So many blocks of a segment are read at a time. */
const readTogether = 8;

/** A segment that is being emptied. */
interface Source {
  readonly segment: number;
  /** What has been read of it, and not been merged yet. */
  chunks: Chunk[];
  /** Where the last block that was read begins. */
  term: number;
  first: number;
  /** Whether all of it has been read. */
  ended: boolean;
}

/**
 * Goes on merging segments of a scope, term by term: what has been merged is in the new segment and not in the old ones any
 * more, so that readers, who look into all segments, find every posting once at any moment, and any process may go on.
 * Stops about `until`. `false` when there is nothing to merge. Within a transaction.
 */
export function mergeSegments(context: Context, scope: number, until: number): boolean {
  const segments = readSegments(context, [scope]);
  const merged = segments.filter(({ target }) => target > 0);
  const [of] = merged;
  const target = of?.target ?? beginMerge(context, scope, segments);
  if (target === undefined) return false;
  const members = of === undefined ? readSegments(context, [scope]).filter((segment) => segment.target > 0) : merged;
  const sources = members.map(({ segment }): Source => ({ segment, chunks: [], term: -1, first: -1, ended: false }));
  do {
    for (const source of sources) readOn(context, scope, source);
    addBlocks(context, scope, target, writeBlocks(takeComplete(sources)));
  } while (sources.some(({ ended, chunks }) => !ended || chunks.length > 0) && performance.now() < until);
  for (const source of sources) putBack(context, scope, source);
  return true;
}

/** Settles what is merged next: the oldest segments of the lowest level that has enough. */
function beginMerge(context: Context, scope: number, segments: readonly Segment[]): number | undefined {
  const byLevel = Map.groupBy(segments, ({ level }) => level);
  const [level, found] =
    [...byLevel].sort(([a], [b]) => a - b).find(([, { length }]) => length >= mergedTogether) ?? [];
  if (level === undefined || found === undefined) return undefined;
  const low = Math.min(...found.map((segment) => segment.low));
  const high = Math.max(...found.map((segment) => segment.high));
  const target = addSegment(context, scope, level + 1, low, high);
  context.db.run("update segments set target = ? where scope = ? and level = ?", target, scope, level);
  return target;
}

function readOn({ db }: Context, scope: number, source: Source): void {
  if (source.ended || source.chunks.length >= 100) return;
  const { segment, term, first } = source;
  const rows = db.all(
    `select term, first, data from postings where scope = ? and segment = ? and (term, first) > (?, ?)
     order by term, first limit ?`,
    scope,
    segment,
    term,
    first,
    readTogether,
  );
  for (const row of rows) source.chunks.push(...readBlock(bytes(row["data"])));
  const last = rows.at(-1);
  if (last !== undefined) {
    source.term = int(last["term"]);
    source.first = int(last["first"]);
  }
  source.ended = rows.length < readTogether;
}

/** The chunks of all terms up to the first one that a source may hold more of. */
function takeComplete(sources: readonly Source[]): Chunk[] {
  const bound = Math.min(...sources.map(({ ended, chunks }) => (ended ? Infinity : (chunks.at(-1)?.term ?? Infinity))));
  const taken: Chunk[] = [];
  for (const source of sources) {
    let end = source.chunks.findIndex(({ term }) => term > bound);
    if (end < 0) end = source.chunks.length;
    for (let i = 0; i < end; i++) taken.push(source.chunks[i] as Chunk);
    source.chunks = source.chunks.slice(end);
  }
  return taken.sort((a, b) => a.term - b.term || a.first - b.first);
}

/** Takes what has been read out of a source, but for what has not been merged; the source goes when it is empty. */
function putBack(context: Context, scope: number, { segment, chunks, term, first, ended }: Source): void {
  const { db } = context;
  db.run(
    "delete from postings where scope = ? and segment = ? and (term, first) <= (?, ?)",
    scope,
    segment,
    term,
    first,
  );
  if (ended && chunks.length === 0) db.run("delete from segments where scope = ? and segment = ?", scope, segment);
  else addBlocks(context, scope, segment, writeBlocks(chunks));
}
