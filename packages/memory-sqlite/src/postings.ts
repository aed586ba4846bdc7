import { readBlock, withoutRecords, writeBlocks, type Chunk } from "@brainops/core/postings";
import type { Context } from "./context.ts";
import { bytes, int } from "./handle.ts";
import type { Upto } from "./packing-jobs.ts";
import { blockSizes } from "./values.ts";

/** Blocks that belong together: one packing of recent records, or several such that have been merged. */
export interface Segment {
  readonly segment: number;
  readonly level: number;
  /** The segment that this one is being merged into; 0 when it is not. */
  readonly target: number;
  /** Up to here nothing is looked for in it any more: it has been merged. */
  readonly above: Upto;
  /** No record outside of these is in it. */
  readonly low: number;
  readonly high: number;
}

/** Where a block lies. */
export interface BlockPlace {
  readonly segment: number;
  readonly scope: number;
  readonly term: number;
  readonly first: number;
}

/** All segments. */
export function readSegments({ db }: Context): Segment[] {
  return db
    .all("select segment, level, target, above_scope, above, low, high from segments order by segment")
    .map((row) => ({
      segment: int(row["segment"]),
      level: int(row["level"]),
      target: int(row["target"]),
      above: [int(row["above_scope"]), int(row["above"])],
      low: int(row["low"]),
      high: int(row["high"]),
    }));
}

/** Makes a segment without blocks, and gives its number. Within a transaction. */
export function addSegment({ db }: Context, { level, low, high }: Pick<Segment, "level" | "low" | "high">): number {
  return db.run(
    "insert into segments (level, target, above_scope, above, low, high) values (?, 0, -1, -1, ?, ?)",
    level,
    low,
    high,
  ).id;
}

/** Drops segments that have nothing left. Within a transaction. */
export function dropEmptySegments({ db }: Context): void {
  const isEmpty = "not exists (select 1 from postings p where p.segment = segments.segment)";
  db.run(`delete from segments where target > 0 and ${isEmpty}`);
  // One that others are being merged into may have nothing yet.
  db.run(`delete from segments where target = 0 and segment not in (select target from segments) and ${isEmpty}`);
}

/** Adds a block to a segment. Within a transaction. */
export function addBlock({ db }: Context, { segment, scope, term, first }: BlockPlace, data: Uint8Array): void {
  db.run(
    "insert into postings (segment, scope, term, first, data) values (?, ?, ?, ?, ?)",
    segment,
    scope,
    term,
    first,
    data,
  );
}

/** Segments up to this level are read as a whole for many scopes: they have a block or two of each. */
const lowLevel = 1;
/** Of so many scopes, at least. */
const manyScopes = 32;

/** The chunks of each of some terms in some scopes. */
export function findAllChunks(
  context: Context,
  scopes: readonly number[],
  terms: readonly number[],
): (term: number) => readonly Chunk[] {
  if (scopes.length < manyScopes) return (term) => findChunks(context, scopes, term, 0);
  const low = readLow(context, new Set(scopes), new Set(terms));
  return (term) => [...(low.get(term) ?? []), ...findChunks(context, scopes, term, lowLevel + 1)];
}

/** What the lowest segments have of some terms in some scopes. To look up each term of each scope would take longer than to read them. */
function readLow(
  { db }: Context,
  scopes: ReadonlySet<number>,
  terms: ReadonlySet<number>,
): ReadonlyMap<number, readonly Chunk[]> {
  const rows = db.all(
    `select s.above_scope, s.above, p.scope, p.data from segments s cross join postings p on p.segment = s.segment
     where s.level <= ${lowLevel} and p.scope >= s.above_scope`,
  );
  const found: Chunk[] = [];
  for (const row of rows) {
    const scope = int(row["scope"]);
    if (!scopes.has(scope)) continue;
    const above = scope === int(row["above_scope"]) ? int(row["above"]) : -1;
    for (const chunk of readBlock(bytes(row["data"]), terms)) if (chunk.term > above) found.push(chunk);
  }
  return Map.groupBy(found, ({ term }) => term);
}

/** The chunks of a term in some scopes, of all segments from a level on. */
function findChunks({ db }: Context, scopes: readonly number[], term: number, level: number): Chunk[] {
  const [only] = scopes;
  const [asked, value] =
    scopes.length === 1 && only !== undefined
      ? (["(select ? as scope)", only] as const)
      : (["(select value as scope from json_each(?))", JSON.stringify(scopes)] as const);
  // The term may begin within the last block that begins with a smaller one; all others begin with it.
  const rows = db.all(
    `select p.data from segments s cross join ${asked} a
       cross join postings p on p.segment = s.segment and p.scope = a.scope and p.term = ?
     where s.level >= ? and (s.above_scope, s.above) < (a.scope, ?)
     union all
     select (select p.data from postings p where p.segment = s.segment and p.scope = a.scope and p.term < ?
       order by p.term desc, p.first desc limit 1) as data from segments s cross join ${asked} a
     where s.level >= ? and (s.above_scope, s.above) < (a.scope, ?)`,
    value,
    term,
    level,
    term,
    term,
    value,
    level,
    term,
  );
  return rows.flatMap((row) => readBlock(bytes(row["data"]), term));
}

const blockBefore = `select term, first, data from postings where segment = ? and scope = ? and term < ?
  order by term desc, first desc limit 1`;
const blocksWith = "select term, first, data from postings where segment = ? and scope = ? and term = ?";

/**
 * Takes a record out of what is packed of some terms, also where it is only kept until it has been merged. Each step is a block or two.
 * Within a transaction.
 */
export function* removePostings(
  context: Context,
  scope: number,
  terms: readonly number[],
  record: number,
): Generator<undefined> {
  const sorted = Float64Array.from(terms).sort();
  const wanted = new Set(terms);
  for (const { segment, low, high } of readSegments(context))
    if (low <= record && record <= high)
      for (let at = 0; at < sorted.length;) {
        const term = sorted[at] ?? 0;
        const upto = removeFrom(context, { segment, scope, term }, wanted, record);
        // All terms up to the last of a block are in it; of the last there may be more in the next.
        do at++;
        while ((sorted[at] ?? Infinity) < upto);
        yield;
      }
}

/** Takes a record out of the blocks that may hold a term, for all terms in them; gives the last of these. */
function removeFrom(
  context: Context,
  { segment, scope, term }: Omit<BlockPlace, "first">,
  wanted: ReadonlySet<number>,
  record: number,
): number {
  const { db } = context;
  const before = db.get(blockBefore, segment, scope, term);
  let upto = term;
  for (const row of [...(before === undefined ? [] : [before]), ...db.all(blocksWith, segment, scope, term)]) {
    const chunks = readBlock(bytes(row["data"]));
    upto = Math.max(upto, chunks.at(-1)?.term ?? 0);
    const left = chunks.flatMap((chunk) =>
      wanted.has(chunk.term) && chunk.first <= record && record <= chunk.last
        ? withoutRecords(chunk, new Set([record]))
        : chunk,
    );
    if (left.length === chunks.length && left.every((chunk, i) => chunk === chunks[i])) continue;
    const key = [segment, scope, int(row["term"]), int(row["first"])];
    db.run("delete from postings where segment = ? and scope = ? and term = ? and first = ?", ...key);
    for (const block of writeBlocks(left, blockSizes))
      addBlock(context, { segment, scope, term: block.term, first: block.first }, block.data);
  }
  return upto;
}
