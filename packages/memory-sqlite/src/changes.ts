import type { Change } from "@brainops/core";
import { compareText, type Context } from "./context.ts";
import { int, textOf, type Row } from "./handle.ts";
import { scopesWithin, within } from "./scopes.ts";

/** Keeps that a record is gone from a scope: its id, and nothing else. Within a transaction. */
export function noteGone(context: Context, scope: number, id: string): void {
  const { db, position } = context;
  context.anyGone = true;
  db.run("insert or replace into gone (scope, id, position) values (?, ?, ?)", scope, id, position);
}

/** A record is in a scope (again). Within a transaction. */
export function forgetGone(context: Context, scope: number, id: string): void {
  const { db } = context;
  context.anyGone ??= db.get("select 1 from gone limit 1") !== undefined;
  if (context.anyGone) db.run("delete from gone where scope = ? and id = ?", scope, id);
}

/** What was put into a scope and what is gone from it after a position, in order; one commit's changes are never parted. */
export function readChanges(context: Context, path: string, after: number, limit: number): Change[] {
  const { db, sealer } = context;
  const held = scopesWithin(context, path);
  const dropped = db.all("select scope from gone_within where outer = ?", sealer.token("scope", path));
  const rest = Number.isFinite(limit) ? limit - 1 : Number.MAX_SAFE_INTEGER;
  const puts = putsSince(context, held, after, rest).map((row): Change => ({
    position: int(row["changed"]),
    id: textOf(row["id"]),
    type: "put",
  }));
  // What is there, or was put in another scope within, is not gone.
  const there = new Set(held);
  const gone = new Map<string, Change>();
  for (const scope of [...held, ...dropped.map((row) => int(row["scope"]))])
    for (const row of db.all(goneAfter, scope, after, scope, after, rest)) {
      const [id, position] = [textOf(row["id"]), int(row["position"])];
      if (position <= (gone.get(id)?.position ?? 0)) continue;
      const at = db.get("select scope from records where id = ?", id);
      if (at === undefined || !there.has(int(at["scope"]))) gone.set(id, { position, id, type: "gone" });
    }
  const found = [...puts, ...gone.values()].sort((a, b) => a.position - b.position || compareText(a.id, b.id));
  const end = found[Math.min(limit, found.length) - 1]?.position;
  return end === undefined ? [] : found.filter(({ position }) => position <= end);
}

/** So many of the records that were put after a position, and all that share the last one's position. */
function putsSince(context: Context, scopes: readonly number[], after: number, rest: number): readonly Row[] {
  const { db } = context;
  const { sql, values } = within("scope", scopes);
  // Of a small scope all records are looked at, unless hardly anything has changed since.
  const from = isSparse(context, scopes, after, rest) ? "indexed by records_created" : "indexed by records_changed";
  const select = (columns: string): string => `select ${columns} from records ${from} where ${sql} and changed > ?`;
  return db.all(
    `${select("id, changed")} and changed <= ifnull((${select("changed")} order by changed limit 1 offset ?), 9e15)`,
    ...values,
    after,
    ...values,
    after,
    rest,
  );
}

/** So many changes are looked through in any case. */
const fewChanges = 1000;
/** So much longer it takes to look at a record than at an entry of the index of changes. */
const lookRatio = 20;

/** Whether looking at all records of some scopes takes less than looking through all changes for theirs. */
function isSparse({ db }: Context, scopes: readonly number[], after: number, rest: number): boolean {
  const since =
    "select count(*) as n from (select 1 from records indexed by records_changed where changed > ? limit ?)";
  if (int(db.get(since, after, fewChanges)?.["n"]) < fewChanges) return false;
  const { sql, values } = within("scope", scopes);
  const sums = db.get(
    `select (select sum(records) from kinds) as total, (select sum(records) from kinds where ${sql}) as own`,
    ...values,
  );
  const [total, own] = [int(sums?.["total"]), int(sums?.["own"])];
  return own * lookRatio < Math.min(total, (rest + 1) * (total / Math.max(1, own)));
}

/** So many that are gone after a position, and all that share the last one's position. */
const goneAfter = `select id, position from gone where scope = ? and position > ? and position <= ifnull(
  (select position from gone where scope = ? and position > ? order by position limit 1 offset ?), 9e15)`;
