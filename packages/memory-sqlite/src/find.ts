import { BrainOpsError, recordKinds, type RecordFilter, type StoredRecord } from "@brainops/core";
import type { Context } from "./context.ts";
import { int, type Row, type Value } from "./handle.ts";
import { openRecord, recordColumns } from "./record-body.ts";
import { countersOf } from "./records.ts";
import { scopesWithin } from "./scopes.ts";

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

/** The conditions of a filter, scope included, and the values that they bind. */
export function conditions(context: Context, filter: RecordFilter): { sql: string; values: Value[] } {
  const { sealer } = context;
  const scopes = scopesWithin(context, filter.scope);
  const parts = [`scope in (${scopes.join(",")})`];
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
  const marks = (filter.tags ?? []).map((tag) => sealer.token("tag", tag));
  if (filter.fingerprint !== undefined) marks.push(sealer.token("fingerprint", filter.fingerprint));
  for (const mark of marks) add("exists (select 1 from marks where mark = ? and record = n)", mark);
  return { sql: parts.join(" and "), values };
}

/** Whether a record fits the parts of a filter that are found by a token of 48 bits, which two names might share. */
export function reallyFits({ record }: StoredRecord, filter: RecordFilter): boolean {
  return (
    (filter.thread === undefined || record.thread === filter.thread) &&
    (filter.fingerprint === undefined || record.fingerprint === filter.fingerprint) &&
    (filter.tags ?? []).every((tag) => record.tags.includes(tag))
  );
}

/** Records by filter, newest first. */
export function findRecords(
  context: Context,
  filter: RecordFilter,
  limit: number,
  after: string | undefined,
): StoredRecord[] {
  const { sql, values } = conditions(context, filter);
  let paging = "";
  if (after !== undefined) {
    const row = context.db.get("select created from records where id = ?", after);
    if (row === undefined) throw new BrainOpsError("not_found", `There is no record ${after} to go on after.`);
    paging = "and (created, id) < (?, ?)";
    values.push(int(row["created"]), after);
  }
  const rows = context.db.all(
    `select ${recordColumns} from records where ${sql} ${paging} order by created desc, id desc limit ?`,
    ...values,
    Number.isFinite(limit) ? limit : -1,
  );
  return rows.map((row) => toStored(context, row)).filter((stored) => reallyFits(stored, filter));
}
