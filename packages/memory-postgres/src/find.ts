import { BrainOpsError, recordKinds, type RecordFilter, type StoredRecord } from "@brainops/core";
import { fitsFilter } from "@brainops/core/recall";
import { compareText, type Context } from "./context.ts";
import { int } from "./handle.ts";
import { openRecords, selectRecords, type RecordRow } from "./record-body.ts";
import { filterMarks } from "@brainops/core/sealing";

/** A record as its contract says. */
export function toStored({ record, counters }: RecordRow): StoredRecord {
  return { record, counters };
}

/** Records by id, in the order asked. */
export async function recordsById(context: Context, ids: readonly string[]): Promise<StoredRecord[]> {
  if (ids.length === 0) return [];
  const { db, s } = context;
  const rows = await db.query(`${selectRecords(s)} where r.id = any ($1::text[])`, [ids]);
  const found = new Map((await openRecords(context, rows)).map((row) => [row.record.id, toStored(row)]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** SQL with the values that it binds. */
interface Bound {
  readonly sql: string;
  readonly values: unknown[];
}

/** The conditions of a filter, scope included; values are bound from `$first` on. */
export function conditions(context: Context, filter: RecordFilter, first: number): Bound {
  const { s, sealer } = context;
  const { sql, values } = narrowing(context, filter, first + 1);
  return {
    sql: `r.scope = any (array(select scope from ${s}.scope_within where outside = $${first})) and ${sql}`,
    values: [sealer.token("scope", filter.scope), ...values],
  };
}

/** The same without the scope. */
export function narrowing({ s, sealer }: Context, filter: RecordFilter, first: number): Bound {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${first + values.push(value) - 1}`;
  const parts = ["true"];
  if (filter.kinds !== undefined)
    parts.push(`r.kind = any (${bind(filter.kinds.map((kind) => recordKinds.indexOf(kind)))}::smallint[])`);
  if (filter.thread !== undefined) parts.push(`r.thread = ${bind(sealer.token("thread", filter.thread))}`);
  if (filter.fromSequence !== undefined) parts.push(`r.sequence >= ${bind(filter.fromSequence)}`);
  if (filter.toSequence !== undefined) parts.push(`r.sequence <= ${bind(filter.toSequence)}`);
  if (filter.since !== undefined) parts.push(`r.created >= ${bind(filter.since)}`);
  if (filter.until !== undefined) parts.push(`r.created < ${bind(filter.until)}`);
  const marks = filterMarks(sealer, filter);
  for (const mark of marks.slice(0, fewMarks))
    parts.push(`exists (select 1 from ${s}.marks where mark = ${bind(mark)} and record = r.n)`);
  if (marks.length > fewMarks)
    parts.push(
      `not exists (select 1 from unnest(${bind(marks.slice(fewMarks))}::bigint[]) m where not exists
         (select 1 from ${s}.marks where mark = m and record = r.n))`,
    );
  return { sql: parts.join(" and "), values };
}

/** So many tags have a condition of their own. */
const fewMarks = 8;
/** So many records a thread or mark may have to be looked up before words are. */
const mostSelected = 20_000;

/**
 * SQL of the numbers of records under a filter's thread, and each of its marks: rows of `list` and `numbers`, values bound from
 * `$first` on. `undefined` when it has none of these.
 */
export function selecting(
  { s, sealer }: Context,
  filter: RecordFilter,
  first: number,
): { readonly sql: string; readonly values: readonly unknown[] } | undefined {
  const lists: string[] = [];
  const values: unknown[] = [];
  const add = (sql: string, value: number): void => {
    lists.push(
      `(select ${lists.length} as list, array(select ${sql} = $${first + values.push(value) - 1} limit ${mostSelected + 1}) as numbers)`,
    );
  };
  for (const mark of filterMarks(sealer, filter).slice(0, fewMarks)) add(`record from ${s}.marks where mark`, mark);
  if (filter.thread !== undefined) add(`n from ${s}.records where thread`, sealer.token("thread", filter.thread));
  if (lists.length === 0) return undefined;
  return { sql: `select list, to_jsonb(numbers)::text as numbers from (${lists.join(" union all ")}) l`, values };
}

/** The shortest of the lists that were selected, if one is short enough to be looked through. */
export function fewestSelected(lists: readonly string[]): readonly number[] | undefined {
  return lists
    .map((list) => JSON.parse(list) as number[])
    .filter((numbers) => numbers.length <= mostSelected)
    .sort((a, b) => a.length - b.length)[0];
}

/** Records by filter, newest first. */
export async function findRecords(
  context: Context,
  filter: RecordFilter,
  limit: number,
  after: string | undefined,
): Promise<StoredRecord[]> {
  const { db, s, sealer } = context;
  const { sql, values: more } = narrowing(context, filter, 2);
  const values = [sealer.token("scope", filter.scope), ...more];
  let paging = "";
  if (after !== undefined) {
    const [row] = await db.query(`select created from ${s}.records where id = $1`, [after]);
    if (row === undefined) throw new BrainOpsError("not_found", `There is no record ${after} to go on after.`);
    paging = `and (r.created, r.id) < ($${values.push(int(row["created"]))}, $${values.push(after)}::text collate "C")`;
  }
  const most = Number.isFinite(limit) ? `limit $${values.push(limit)}` : "";
  // Each scope in the order of its index: of all of them at once, every record would be put in order.
  const rows = await db.query(
    `select r.* from (select scope from ${s}.scope_within where outside = $1) w cross join lateral
       (${selectRecords(s)} where r.scope = w.scope and ${sql} ${paging} order by r.created desc, r.id desc ${most}) r
     order by r.created desc, r.id desc ${most}`,
    values,
  );
  // Threads, tags and fingerprints are found by tokens of 48 bits, which two names might share.
  return (await openRecords(context, rows)).filter(({ record }) => fitsFilter(record, filter)).map(toStored);
}

/** Records that name a person among their subjects, ordered by id. */
export async function findAbout(context: Context, subject: string): Promise<StoredRecord[]> {
  const { db, s, sealer } = context;
  const rows = await db.query(
    `${selectRecords(s)} where r.n in (select record from ${s}.marks where mark = $1) order by r.id`,
    [sealer.token("subject", subject)],
  );
  return (await openRecords(context, rows)).filter(({ record }) => record.subjects.includes(subject)).map(toStored);
}

/** What stands beside these records in their threads, ordered by id. */
export async function findNeighbours(
  context: Context,
  ids: readonly string[],
  distance: number,
): Promise<StoredRecord[]> {
  const { db, s } = context;
  const rows = await db.query(
    `${selectRecords(s)} where r.id <> all ($1::text[]) and r.n in (
       select o.n from ${s}.records a join ${s}.records o on o.thread = a.thread and o.scope = a.scope
         and o.sequence between a.sequence - $2::bigint and a.sequence + $2::bigint
       where a.id = any ($1::text[]))`,
    [ids, distance],
  );
  return (await openRecords(context, rows)).map(toStored).sort((a, b) => compareText(a.record.id, b.record.id));
}
