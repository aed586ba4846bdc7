import { BrainOpsError, recordKinds, type RecordFilter, type StoredRecord } from "@brainops/core";
import { fitsFilter } from "@brainops/core/recall";
import type { Context } from "./context.ts";
import { conditions, narrowing, selected, toStored } from "./find.ts";
import { int, textOf, type Row, type Value } from "./handle.ts";
import { recordColumns } from "./record-body.ts";
import type { Reader } from "./reader.ts";
import { scopesWithin, within } from "./scopes.ts";

/** So long one slice may take, about, in milliseconds. */
const sliceMs = 4;
/** So many rows of a scope are looked at at once, at the most. */
const mostAtOnce = 500;

/** Under so many marks or in so long a thread, records are looked up; what more have is found soon enough by walking. */
const fewChosen = 2000;

/** A place in the order of records: the newest first, of equals the greater id. */
type Place = readonly [created: number, id: string];

/** A record that was looked at. */
interface Head {
  readonly row: Row;
  readonly place: Place;
}

/** Where one scope has been read to. */
interface Cursor {
  readonly scope: number;
  /** What has been read and not been taken, the first last. */
  heads: Head[];
  after: Place | undefined;
  atOnce: number;
}

/**
 * Records by filter, newest first. Those under a rare mark or thread are looked up; else the scopes are walked side by side, in
 * slices, since few of many might fit.
 */
export async function findRecords(
  context: Context,
  read: Reader,
  filter: RecordFilter,
  limit: number,
  after: string | undefined,
): Promise<readonly StoredRecord[]> {
  const found: StoredRecord[] = [];
  let walk: Generator<undefined> | undefined;
  const slice = (): boolean => {
    walk ??= walkOn(context, filter, limit, after, found);
    const until = performance.now() + sliceMs;
    for (;;) {
      if (walk.next().done === true) return false;
      if (performance.now() >= until) return true;
    }
  };
  while (await read(slice));
  return found;
}

function* walkOn(
  context: Context,
  filter: RecordFilter,
  limit: number,
  after: string | undefined,
  found: StoredRecord[],
): Generator<undefined> {
  const { db } = context;
  let start: Place | undefined;
  if (after !== undefined) {
    const row = db.get("select created from records where id = ?", after);
    if (row === undefined) throw new BrainOpsError("not_found", `There is no record ${after} to go on after.`);
    start = [int(row["created"]), after];
  }
  if (limit === 0) return;
  const add = (row: Row | undefined): void => {
    const stored = row && toStored(context, row);
    // Threads, tags and fingerprints are found by tokens of 48 bits, which two names might share.
    if (stored !== undefined && fitsFilter(stored.record, filter)) found.push(stored);
  };
  const chosen = selected(context, filter);
  if (chosen !== undefined && chosen.length <= fewChosen) {
    const { sql, values } = conditions(context, filter);
    const rows = db.all(
      `select n from records not indexed where n in (select value from json_each(?)) and ${sql} ${beyond(start)}
       order by created desc, id desc`,
      JSON.stringify(chosen),
      ...values,
      ...(start ?? []),
    );
    for (const { n } of rows) {
      add(db.get(byNumber, int(n)));
      if (found.length >= limit) return;
      yield;
    }
    return;
  }
  const scopes = scopesFor(context, filter);
  const atOnce = Math.min(mostAtOnce, Math.max(2, Math.ceil((limit * (scopes.length > 1 ? 1.2 : 1)) / scopes.length)));
  /** Those that have heads, the one whose head comes first last. */
  const cursors: Cursor[] = [];
  const enter = (cursor: Cursor): void => {
    const place = cursor.heads.at(-1)?.place;
    if (place === undefined) return;
    let [low, high] = [0, cursors.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(place, cursors[middle]?.heads.at(-1)?.place ?? place)) low = middle + 1;
      else high = middle;
    }
    cursors.splice(low, 0, cursor);
  };
  for (const scope of scopes) {
    const cursor = { scope, heads: [], after: start, atOnce };
    readOn(context, filter, cursor);
    enter(cursor);
    yield;
  }
  for (let cursor = cursors.pop(); cursor !== undefined; cursor = cursors.pop()) {
    const row = cursor.heads.pop()?.row;
    if (row !== undefined && int(row["fits"]) === 1) {
      add(row["body"] === undefined ? db.get(byNumber, int(row["n"])) : row);
      if (found.length >= limit) return;
    }
    if (cursor.heads.length === 0) readOn(context, filter, cursor);
    enter(cursor);
    yield;
  }
}

const byNumber = `select ${recordColumns} from records where n = ?`;

/** The scopes of a filter that hold something of its kinds. */
function scopesFor(context: Context, { scope, kinds }: RecordFilter): number[] {
  const scopes = scopesWithin(context, scope);
  if (kinds === undefined) return scopes;
  const { sql, values } = within("scope", scopes);
  const numbers = JSON.stringify(kinds.map((kind) => recordKinds.indexOf(kind)));
  return context.db
    .all(
      `select distinct scope from kinds where ${sql} and kind in (select value from json_each(?)) and records > 0`,
      ...values,
      numbers,
    )
    .map((row) => int(row["scope"]));
}

/** Reads the next records of a scope, if there are more. */
function readOn(context: Context, filter: RecordFilter, cursor: Cursor): void {
  if (cursor.atOnce === 0) return;
  const { sql, values } = narrowing(context, filter);
  // Where few may fit, the rest of a record is read when it does.
  const { kinds, tags, fingerprint, thread, fromSequence, toSequence } = filter;
  const isNarrow = [kinds, tags, fingerprint, thread, fromSequence, toSequence].some((each) => each !== undefined);
  const bounds: Value[] = [filter.since ?? -1, Math.min(filter.until ?? Infinity, Number.MAX_SAFE_INTEGER)];
  const rows = context.db.all(
    `select ${isNarrow ? "n, created, id" : recordColumns}, (${sql}) as fits from records indexed by records_created
     where scope = ? and created >= ? and created < ? ${beyond(cursor.after)} order by created desc, id desc limit ?`,
    ...values,
    cursor.scope,
    ...bounds,
    ...(cursor.after ?? []),
    cursor.atOnce,
  );
  cursor.heads = rows.map((row): Head => ({ row, place: [int(row["created"]), textOf(row["id"])] })).reverse();
  cursor.after = cursor.heads[0]?.place ?? cursor.after;
  cursor.atOnce = rows.length < cursor.atOnce ? 0 : Math.min(mostAtOnce, cursor.atOnce * 2);
}

function beyond(place: Place | undefined): string {
  return place === undefined ? "" : "and (created, id) < (?, ?)";
}

function isBefore([created, id]: Place, [otherCreated, otherId]: Place): boolean {
  return created > otherCreated || (created === otherCreated && id > otherId);
}
