import type { Context } from "./context.ts";
import { bytes, int } from "./handle.ts";
import { within } from "./scopes.ts";
import { withoutRecord, type Chunk } from "./posting-chunk.ts";
import { readBlock, writeBlocks, type Block } from "./posting-block.ts";

/** Blocks that belong together: one packing of recent records, or several such that have been merged. */
export interface Segment {
  readonly scope: number;
  readonly segment: number;
  readonly level: number;
  /** The segment that this one is being merged into; 0 when it is not. */
  readonly target: number;
  /** No record outside of these is in it. */
  readonly low: number;
  readonly high: number;
}

/** The segments of scopes. */
export function readSegments(context: Context, scopes: readonly number[]): Segment[] {
  const { sql, values } = within("scope", scopes);
  return context.db
    .all(
      `select scope, segment, level, target, low, high from segments where ${sql} order by scope, segment`,
      ...values,
    )
    .map((row) => ({
      scope: int(row["scope"]),
      segment: int(row["segment"]),
      level: int(row["level"]),
      target: int(row["target"]),
      low: int(row["low"]),
      high: int(row["high"]),
    }));
}

/** Makes a segment without blocks, and gives its number. Within a transaction. */
export function addSegment({ db }: Context, scope: number, level: number, low: number, high: number): number {
  const next = int(db.get("select max(segment) as last from segments where scope = ?", scope)?.["last"]) + 1;
  db.run(
    "insert into segments (scope, segment, level, target, low, high) values (?, ?, ?, 0, ?, ?)",
    scope,
    next,
    level,
    low,
    high,
  );
  return next;
}

/** Adds blocks to a segment. Within a transaction. */
export function addBlocks({ db }: Context, scope: number, segment: number, blocks: Iterable<Block>): void {
  for (const { term, first, data } of blocks)
    db.run(
      "insert into postings (scope, segment, term, first, data) values (?, ?, ?, ?, ?)",
      scope,
      segment,
      term,
      first,
      data,
    );
}

/** The chunks of a term in some segments. */
export function findChunks({ db }: Context, segments: readonly Segment[], term: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (const { scope, segment } of segments) {
    // The term may begin within the last block that begins with a smaller one; all others begin with it.
    const before = db.get(blockBefore, scope, segment, term);
    if (before !== undefined) chunks.push(...readBlock(bytes(before["data"]), term));
    for (const row of db.all(blocksWith, scope, segment, term)) chunks.push(...readBlock(bytes(row["data"]), term));
  }
  return chunks;
}

const blockBefore = `select term, first, data from postings where scope = ? and segment = ? and term < ?
  order by term desc, first desc limit 1`;
const blocksWith = "select term, first, data from postings where scope = ? and segment = ? and term = ?";

/** Takes a record out of what is packed of some terms. Within a transaction. */
export function removePostings(context: Context, scope: number, terms: Iterable<number>, record: number): void {
  const segments = readSegments(context, [scope]).filter(({ low, high }) => low <= record && record <= high);
  for (const term of terms) segments.some((segment) => removePosting(context, segment, term, record));
}

/** `false` when the record is not there under this term. */
function removePosting(context: Context, { scope, segment }: Segment, term: number, record: number): boolean {
  const { db } = context;
  const before = db.get(blockBefore, scope, segment, term);
  for (const row of [...(before === undefined ? [] : [before]), ...db.all(blocksWith, scope, segment, term)]) {
    const chunks = readBlock(bytes(row["data"]));
    for (const [i, chunk] of chunks.entries()) {
      if (chunk.term !== term || chunk.first > record || chunk.last < record) continue;
      const left = withoutRecord(chunk, record);
      if (left === undefined) continue;
      const key = [scope, segment, int(row["term"]), int(row["first"])];
      db.run("delete from postings where scope = ? and segment = ? and term = ? and first = ?", ...key);
      addBlocks(context, scope, segment, writeBlocks(chunks.toSpliced(i, 1, ...left)));
      return true;
    }
  }
  return false;
}
