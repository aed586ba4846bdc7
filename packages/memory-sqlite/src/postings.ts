import { readBlock, withoutRecords, writeBlocks, type Block, type Chunk } from "@brainops/core/postings";
import type { Context } from "./context.ts";
import { bytes, int } from "./handle.ts";
import { blockSizes } from "./values.ts";
import { within } from "./scopes.ts";

/** Blocks that belong together: one packing of recent records, or several such that have been merged. */
export interface Segment {
  readonly scope: number;
  readonly segment: number;
  readonly level: number;
  /** The segment that this one is being merged into; 0 when it is not. */
  readonly target: number;
  /** Terms up to this one are not looked for here any more: they have been merged. */
  readonly above: number;
  /** No record outside of these is in it. */
  readonly low: number;
  readonly high: number;
}

/** The segments of scopes. */
export function readSegments(context: Context, scopes: readonly number[]): Segment[] {
  const { sql, values } = within("scope", scopes);
  return context.db
    .all(
      `select scope, segment, level, target, above, low, high from segments where ${sql} order by scope, segment`,
      ...values,
    )
    .map((row) => ({
      scope: int(row["scope"]),
      segment: int(row["segment"]),
      level: int(row["level"]),
      target: int(row["target"]),
      above: int(row["above"]),
      low: int(row["low"]),
      high: int(row["high"]),
    }));
}

/** Makes a segment without blocks, and gives its number. Within a transaction. */
export function addSegment(
  { db }: Context,
  { scope, level, low, high }: Pick<Segment, "scope" | "level" | "low" | "high">,
): number {
  const next = int(db.get("select max(segment) as last from segments where scope = ?", scope)?.["last"]) + 1;
  db.run(
    "insert into segments (scope, segment, level, target, above, low, high) values (?, ?, ?, 0, -1, ?, ?)",
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

/** The chunks of a term in all segments of some scopes. */
export function findChunks({ db }: Context, scopes: readonly number[], term: number): Chunk[] {
  const { sql, values } = within("s.scope", scopes);
  // The term may begin within the last block that begins with a smaller one; all others begin with it.
  const rows = db.all(
    `select p.data from segments s cross join postings p on p.scope = s.scope and p.segment = s.segment and p.term = ?
     where ${sql} and s.above < ?
     union all
     select (select p.data from postings p where p.scope = s.scope and p.segment = s.segment and p.term < ?
       order by p.term desc, p.first desc limit 1) from segments s where ${sql} and s.above < ?`,
    term,
    ...values,
    term,
    term,
    ...values,
    term,
  );
  return rows.flatMap((row) => readBlock(bytes(row["data"]), term));
}

const blockBefore = `select term, first, data from postings where scope = ? and segment = ? and term < ?
  order by term desc, first desc limit 1`;
const blocksWith = "select term, first, data from postings where scope = ? and segment = ? and term = ?";

/** Takes a record out of what is packed of some terms, also where it is only kept until it has been merged. Within a transaction. */
export function removePostings(context: Context, scope: number, terms: Iterable<number>, record: number): void {
  const segments = readSegments(context, [scope]).filter(({ low, high }) => low <= record && record <= high);
  for (const term of terms) for (const segment of segments) removePosting(context, segment, term, record);
}

function removePosting(context: Context, { scope, segment }: Segment, term: number, record: number): void {
  const { db } = context;
  const before = db.get(blockBefore, scope, segment, term);
  for (const row of [...(before === undefined ? [] : [before]), ...db.all(blocksWith, scope, segment, term)]) {
    const chunks = readBlock(bytes(row["data"]));
    for (const [i, chunk] of chunks.entries()) {
      if (chunk.term !== term || chunk.first > record || chunk.last < record) continue;
      const left = withoutRecords(chunk, new Set([record]));
      if (left[0] === chunk) continue;
      const key = [scope, segment, int(row["term"]), int(row["first"])];
      db.run("delete from postings where scope = ? and segment = ? and term = ? and first = ?", ...key);
      addBlocks(context, scope, segment, writeBlocks(chunks.toSpliced(i, 1, ...left), blockSizes));
      return;
    }
  }
}
