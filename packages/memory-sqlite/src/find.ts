import { recordKinds, type RecordFilter, type StoredRecord } from "@brainops/core";
import { filterMarks } from "@brainops/core/sealing";
import { compareText, type Context } from "./context.ts";
import { int, type Row, type Value, textOf } from "./handle.ts";
import { openRecord, recordColumns } from "./record-body.ts";
import { countersOf } from "./records.ts";
import { scopesWithin, within } from "./scopes.ts";

/** A record as its contract says, from a row of `records`. */
export function toStored(context: Context, row: Row): StoredRecord {
  return { record: openRecord(context, row), counters: countersOf(row) };
}

/** Records by id, in the order asked. */
export function recordsById(context: Context, ids: readonly string[]): StoredRecord[] {
  return ids.flatMap((id) => {
    const row = context.db.get(`select ${recordColumns} from records where id = ?`, id);
    return row === undefined ? [] : [toStored(context, row)];
  });
}

/** Rows of the records that are about a person. */
export function rowsAbout(context: Context, subject: string): Row[] {
  const mark = context.sealer.token("subject", subject);
  const rows = context.db.all(
    `select ${recordColumns} from records where n in (select record from marks where mark = ?) order by id`,
    mark,
  );
  // A token may be shared by two names: only the record itself says whom it is about.
  return rows.filter((row) => openRecord(context, row).subjects.includes(subject));
}

/** Records that are about a person, ordered by id. */
export function recordsAbout(context: Context, subject: string): StoredRecord[] {
  return rowsAbout(context, subject).map((row) => toStored(context, row));
}

/** So many records a thread or mark may have to be looked up before words are. */
const mostSelected = 20_000;

/** So many tags have a condition of their own; SQLite has a limit for how many there may be. */
const fewMarks = 8;
const allMarks = `not exists (select 1 from json_each(?) j where not exists
  (select 1 from marks where mark = j.value and record = n))`;

/** The records that a filter's thread, tags and fingerprint leave, if it has any of these and they leave few. */
export function selected(context: Context, filter: RecordFilter): number[] | undefined {
  const { db, sealer } = context;
  const lists: number[][] = [];
  const take = (sql: string, ...values: Value[]): void => {
    const rows = db.all(`${sql} limit ${mostSelected + 1}`, ...values);
    if (rows.length <= mostSelected) lists.push(rows.map((row) => int(row["n"])));
  };
  for (const mark of filterMarks(sealer, filter).slice(0, fewMarks))
    take("select record as n from marks where mark = ?", mark);
  if (filter.thread !== undefined)
    take("select n from records where thread = ?", sealer.token("thread", filter.thread));
  return lists.sort((a, b) => a.length - b.length)[0];
}

/** The conditions of a filter, scope included, and the values that they bind. */
export function conditions(context: Context, filter: RecordFilter): { sql: string; values: Value[] } {
  const scope = within("scope", scopesWithin(context, filter.scope));
  const rest = narrowing(context, filter);
  return { sql: `${scope.sql} and ${rest.sql}`, values: [...scope.values, ...rest.values] };
}

/** The same without the scope. */
export function narrowing({ sealer }: Context, filter: RecordFilter): { sql: string; values: Value[] } {
  const parts: string[] = [];
  const values: Value[] = [];
  const add = (sql: string, value: Value): void => {
    parts.push(sql);
    values.push(value);
  };
  if (filter.kinds !== undefined)
    parts.push(`kind in (${filter.kinds.map((kind) => recordKinds.indexOf(kind)).join(",")})`);
  if (filter.thread !== undefined) add("thread = ?", sealer.token("thread", filter.thread));
  if (filter.fromSequence !== undefined) add("sequence >= ?", filter.fromSequence);
  if (filter.toSequence !== undefined) add("sequence <= ?", filter.toSequence);
  if (filter.since !== undefined) add("created >= ?", filter.since);
  if (filter.until !== undefined) add("created < ?", filter.until);
  const marks = filterMarks(sealer, filter);
  for (const mark of marks.slice(0, fewMarks)) add("exists (select 1 from marks where mark = ? and record = n)", mark);
  if (marks.length > fewMarks) add(allMarks, JSON.stringify(marks.slice(fewMarks)));
  return { sql: parts.length === 0 ? "true" : parts.join(" and "), values };
}

/** What stands beside these records in their threads, ordered by id. */
export function findNeighbours(context: Context, ids: readonly string[], distance: number): StoredRecord[] {
  const { db } = context;
  const asked = new Set(ids);
  const found = new Map<string, StoredRecord>();
  for (const id of asked) {
    const at = db.get("select n, scope, thread, sequence from records where id = ?", id);
    if (at === undefined || at["thread"] === null || at["sequence"] === null) continue;
    const rows = db.all(
      `select ${recordColumns} from records where thread = ? and scope = ? and sequence between ? and ? and n <> ?`,
      int(at["thread"]),
      int(at["scope"]),
      int(at["sequence"]) - distance,
      int(at["sequence"]) + distance,
      int(at["n"]),
    );
    for (const row of rows) {
      const other = textOf(row["id"]);
      if (!asked.has(other) && !found.has(other)) found.set(other, toStored(context, row));
    }
  }
  return [...found.values()].sort((a, b) => compareText(a.record.id, b.record.id));
}
