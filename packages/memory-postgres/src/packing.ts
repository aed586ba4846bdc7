import type { JsonObject } from "@brainops/core";
import { eachTerm, packChunks, writeBlocks, type Chunk, type Postings } from "@brainops/core/postings";
import { headLength, idRange } from "./best-matches.ts";
import type { Context } from "./context.ts";
import { bytes, int, text, type Row } from "./handle.ts";
import { addBlocks, addSegment, blockSizes, takeOut } from "./segments.ts";

/** So many records are packed in one transaction. */
const mostRecords = 4096;

const nothing: PackedScope = { more: false, segments: 0 };

/** What is to be added, by term, and which records are to be taken out. */
interface Changes {
  readonly added: Map<number, Postings>;
  readonly removed: Map<number, Set<number>>;
}

/** What packing a scope has left. */
export interface PackedScope {
  /** Whether there may be more to pack. */
  readonly more: boolean;
  /** How many segments the scope has. */
  readonly segments: number;
}

/**
 * Packs the recent records of a scope in one transaction: readers see all of it or nothing. Only one process packs a scope
 * at a time; `whole` waits for it and packs however few there are, so that what was erased is gone for sure.
 */
export async function packScope(context: Context, scope: number, { whole }: { whole: boolean }): Promise<PackedScope> {
  const { db, s } = context;
  return db.transaction(async (query) => {
    // Nobody waits for it to be on disk: what a server forgets of it when it fails is packed again.
    if (!whole) await query("select set_config('synchronous_commit', 'off', true)");
    // Whoever erases the scope waits for this row too, before anything that is changed here.
    const [mine] = await query(
      `select n from ${s}.scopes where n = $1 for no key update ${whole ? "" : "skip locked"}`,
      [scope],
    );
    if (mine === undefined) return nothing;
    const rows = await query(
      `select ctid::text as row, record, sign, length, id, terms from ${s}.recent r where scope = $1
       ${whole ? `and exists (select 1 from ${s}.recent g where g.scope = $1 and g.record = r.record and g.sign < 0)` : ""}
       order by record, sign desc limit $2`,
      [scope, mostRecords],
    );
    if (rows.length === 0) return nothing;
    const { added, removed } = changesOf(rows);
    if (removed.size > 0) await takeOut(query, context, scope, removed);
    if (added.size > 0) {
      const [low, high] = [int(rows[0]?.["record"]), int(rows.at(-1)?.["record"])];
      const segment = await addSegment(query, context, { scope, size: rows.length, low, high });
      await addBlocks(query, context, segment, writeBlocks(chunksOf(added), blockSizes));
    }
    const [sums] = await query(
      `select ${s}.packed_1($1::jsonb) as records, (select count(*) from ${s}.segments where scope = $2) as segments`,
      [JSON.stringify(sumsOf(scope, rows)), scope],
    );
    const known = context.scopesByNumber.get(scope);
    if (known !== undefined) known.records = int(sums?.["records"]);
    return { more: rows.length >= mostRecords, segments: int(sums?.["segments"]) };
  });
}

/** What these rows change, by term. A record that came and went in between changes nothing. */
function changesOf(rows: readonly Row[]): Changes {
  const gone = new Set(rows.filter((row) => int(row["sign"]) < 0).map((row) => int(row["record"])));
  const came = new Set(rows.filter((row) => int(row["sign"]) > 0).map((row) => int(row["record"])));
  const added = new Map<number, Postings>();
  const removed = new Map<number, Set<number>>();
  for (const row of rows) {
    const record = int(row["record"]);
    if (gone.has(record) && came.has(record)) continue;
    if (gone.has(record)) eachTerm(bytes(row["terms"]), (token) => void setOf(removed, token).add(record));
    else
      eachTerm(bytes(row["terms"]), (token, frequency) => {
        const postings = postingsOf(added, token);
        postings.records.push(record);
        postings.frequencies.push(frequency);
      });
  }
  return { added, removed };
}

function postingsOf(added: Map<number, Postings>, token: number): Postings {
  let postings = added.get(token);
  if (postings === undefined) added.set(token, (postings = { records: [], frequencies: [] }));
  return postings;
}

function setOf(removed: Map<number, Set<number>>, token: number): Set<number> {
  let records = removed.get(token);
  if (records === undefined) removed.set(token, (records = new Set()));
  return records;
}

function* chunksOf(added: ReadonlyMap<number, Postings>): Generator<Chunk> {
  for (const term of new Float64Array(added.keys()).sort()) {
    const postings = added.get(term);
    if (postings !== undefined) yield* packChunks(term, postings);
  }
}

/** What is left to do when all terms are packed: the rows that held them go, and the scope's figures and ids change. */
function sumsOf(scope: number, rows: readonly Row[]): JsonObject {
  const lows = new Map<number, string>();
  const emptied = new Set<number>();
  let [records, length] = [0, 0];
  for (const row of rows) {
    const [record, sign] = [int(row["record"]), int(row["sign"])];
    const range = Math.floor(record / idRange);
    records += sign;
    length += sign * int(row["length"]);
    if (sign < 0) emptied.add(range);
    else {
      const head = text(row["id"]).slice(0, headLength);
      const low = lows.get(range);
      if (low === undefined || head < low) lows.set(range, head);
    }
  }
  return {
    s: scope,
    // Where the rows lie: nothing moves them but a rewrite of the table, which this transaction holds up.
    n: rows.map((row) => text(row["row"])),
    r: records,
    l: length,
    i: [...lows].map(([range, low]) => ({ o: range, h: low })),
    e: [...emptied],
  };
}
