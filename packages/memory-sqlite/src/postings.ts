import type { Context } from "./context.ts";
import { bytes, int, type Row } from "./handle.ts";
import { packPostings, unpackPostings, type Block, type Postings } from "./posting-block.ts";

/** A row of `postings`. */
export function toBlock(row: Row): Block {
  return {
    scope: int(row["scope"]),
    first: int(row["first"]),
    last: int(row["last"]),
    count: int(row["count"]),
    data: bytes(row["data"]),
  };
}

/** Adds what new records hold of a term, records ascending. Within a transaction. */
export function addPostings(context: Context, scope: number, term: number, added: Postings): void {
  const row = context.db.get(
    "select scope, first, last, count, data from postings where scope = ? and term = ? order by first desc limit 1",
    scope,
    term,
  );
  const end = row && toBlock(row);
  if (end === undefined || (added.records[0] ?? 0) > end.last)
    write(context, scope, term, packPostings(scope, added, end), end);
  else
    for (const [i, record] of added.records.entries()) insert(context, scope, term, record, added.frequencies[i] ?? 1);
}

/** Adds one record in its place among others: it was written again, and its number is older than the newest. */
function insert(context: Context, scope: number, term: number, record: number, frequency: number): void {
  const block = blockOf(context, scope, term, record);
  const { records, frequencies } = block ? unpackPostings(block.first, block.data) : { records: [], frequencies: [] };
  const at = records.findIndex((other) => other >= record);
  const place = at < 0 ? records.length : at;
  const replaced = records[place] === record ? 1 : 0;
  records.splice(place, replaced, record);
  frequencies.splice(place, replaced, frequency);
  write(context, scope, term, packPostings(scope, { records, frequencies }), block);
}

/** Takes a record out of what is packed of a term; nothing happens when it is not there. Within a transaction. */
export function removePosting(context: Context, scope: number, term: number, record: number): void {
  const block = blockOf(context, scope, term, record);
  if (block === undefined || block.last < record) return;
  const { records, frequencies } = unpackPostings(block.first, block.data);
  const place = records.indexOf(record);
  if (place < 0) return;
  records.splice(place, 1);
  frequencies.splice(place, 1);
  write(context, scope, term, packPostings(scope, { records, frequencies }), block);
}

function blockOf(context: Context, scope: number, term: number, record: number): Block | undefined {
  const row = context.db.get(
    `select scope, first, last, count, data from postings where scope = ? and term = ? and first <= ?
     order by first desc limit 1`,
    scope,
    term,
    record,
  );
  return row && toBlock(row);
}

/** Puts blocks in the place of one. */
function write(context: Context, scope: number, term: number, blocks: readonly Block[], old: Block | undefined): void {
  const { db } = context;
  const kept = old !== undefined && blocks[0]?.first === old.first;
  if (old !== undefined && !kept)
    db.run("delete from postings where scope = ? and term = ? and first = ?", scope, term, old.first);
  for (const [i, { first, last, count, data }] of blocks.entries()) {
    if (i === 0 && kept)
      db.run(
        "update postings set last = ?, count = ?, data = ? where scope = ? and term = ? and first = ?",
        last,
        count,
        data,
        scope,
        term,
        first,
      );
    else
      db.run(
        "insert into postings (scope, term, first, last, count, data) values (?, ?, ?, ?, ?, ?)",
        scope,
        term,
        first,
        last,
        count,
        data,
      );
  }
}
