import type { JsonObject } from "@brainops/core";
import { headLength, idRange } from "./best-matches.ts";
import type { Context } from "./context.ts";
import type { Query } from "./database.ts";
import { bytes, int, text, type Row } from "./handle.ts";
import { gatherBodies } from "./member.ts";
import { eachPosting, packPostings, type Block, type Postings } from "./posting-block.ts";
import { eachTerm } from "./tokens.ts";

/** So many records are packed in one transaction. */
const mostRecords = 16_384;
/** So many terms go in one statement, so that the event loop turns in between. */
const termsAtOnce = 2000;

/** What is to be added to a term, and which records are to be taken out of it. */
interface Change {
  readonly added: Postings;
  readonly removed: Set<number>;
}

/**
 * Packs the recent records of a scope in one transaction: readers see all of it or nothing. Only one process packs a scope
 * at a time; `whole` waits for it and packs however few there are, so that what was erased is gone for sure. Says whether
 * there may be more to pack.
 */
export async function packScope(context: Context, scope: number, { whole }: { whole: boolean }): Promise<boolean> {
  const { db, s } = context;
  return db.transaction(async (query) => {
    // Whoever erases the scope waits for this row too, before anything that is changed here.
    const [mine] = await query(
      `select n from ${s}.scopes where n = $1 for no key update ${whole ? "" : "skip locked"}`,
      [scope],
    );
    if (mine === undefined) return false;
    const rows = await query(
      `select ctid::text as row, record, sign, length, id, terms from ${s}.recent r where scope = $1
       ${whole ? `and exists (select 1 from ${s}.recent g where g.scope = $1 and g.record = r.record and g.sign < 0)` : ""}
       order by record, sign desc limit $2`,
      [scope, mostRecords],
    );
    if (rows.length === 0) return false;
    const changes = changesOf(rows);
    const terms = [...changes.keys()].sort((a, b) => a - b);
    for (let at = 0; at < terms.length; at += termsAtOnce)
      await packTerms(query, context, scope, changes, terms.slice(at, at + termsAtOnce));
    const [sums] = await query(`select ${s}.packed_1($1::jsonb) as records`, [JSON.stringify(sumsOf(scope, rows))]);
    const known = context.scopesByNumber.get(scope);
    if (known !== undefined) known.records = int(sums?.["records"]);
    return rows.length >= mostRecords;
  });
}

/** What these rows change, by term. A record that came and went in between changes nothing. */
function changesOf(rows: readonly Row[]): Map<number, Change> {
  const gone = new Set(rows.filter((row) => int(row["sign"]) < 0).map((row) => int(row["record"])));
  const came = new Set(rows.filter((row) => int(row["sign"]) > 0).map((row) => int(row["record"])));
  const changes = new Map<number, Change>();
  for (const row of rows) {
    const record = int(row["record"]);
    if (gone.has(record) && came.has(record)) continue;
    eachTerm(bytes(row["terms"]), (token, frequency) => {
      let change = changes.get(token);
      if (change === undefined)
        changes.set(token, (change = { added: { records: [], frequencies: [] }, removed: new Set() }));
      if (gone.has(record)) change.removed.add(record);
      else {
        change.added.records.push(record);
        change.added.frequencies.push(frequency);
      }
    });
  }
  return changes;
}

/** Rewrites the blocks of some terms that are touched. */
async function packTerms(
  query: Query,
  { s }: Context,
  scope: number,
  changes: ReadonlyMap<number, Change>,
  terms: readonly number[],
): Promise<void> {
  const firsts = terms.map((term) => {
    const change = changes.get(term);
    let first = change?.added.records[0] ?? Infinity;
    for (const record of change?.removed ?? []) first = Math.min(first, record);
    return first;
  });
  const rows = await query(`select * from ${s}.blocks_1($1, $2::bigint[], $3::bigint[])`, [scope, terms, firsts]);
  const blocks = Map.groupBy(rows, (row) => int(row["term"]));
  const bodies = gatherBodies();
  const put: JsonObject[] = [];
  const dropped: JsonObject[] = [];
  for (const term of terms) {
    const change = changes.get(term);
    if (change === undefined) continue;
    const before = (blocks.get(term) ?? []).map((row): Block => ({
      first: int(row["first"]),
      last: int(row["last"]),
      count: int(row["count"]),
      data: bytes(row["data"]),
    }));
    const after = packPostings(merge(before, change));
    const kept = new Set(after.map(({ first }) => first));
    for (const { first } of before) if (!kept.has(first)) dropped.push({ t: term, f: first });
    for (const { first, last, count, data } of after)
      put.push({ t: term, f: first, l: last, c: count, ...bodies.add(data) });
  }
  await query(`select ${s}.pack_1($1::jsonb, $2::bytea)`, [
    JSON.stringify({ s: scope, d: dropped, p: put }),
    bodies.all(),
  ]);
}

/** What blocks hold, with what is added and without what is removed, in order. */
function merge(blocks: readonly Block[], { added, removed }: Change): Postings {
  const merged: Postings = { records: [], frequencies: [] };
  let next = 0;
  const take = (record: number, frequency: number): void => {
    if (removed.has(record)) return;
    merged.records.push(record);
    merged.frequencies.push(frequency);
  };
  const takeBelow = (record: number): void => {
    for (; (added.records[next] ?? Infinity) < record; next++)
      take(added.records[next] ?? 0, added.frequencies[next] ?? 1);
  };
  for (const block of [...blocks].sort((a, b) => a.first - b.first))
    eachPosting(block, (record, frequency) => {
      takeBelow(record);
      take(record, frequency);
    });
  takeBelow(Infinity);
  return merged;
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
