import type { Change } from "@brainops/core";
import { compareText, type Context } from "./context.ts";
import { int, textOf } from "./handle.ts";
import { scopesWithin } from "./scopes.ts";

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
  const puts = held.flatMap((scope) =>
    db
      .all(putAfter, scope, after, scope, after, rest)
      .map((row): Change => ({ position: int(row["changed"]), id: textOf(row["id"]), type: "put" })),
  );
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

/** So many after a position, and all that share the last one's position. */
const putAfter = `select id, changed from records where scope = ? and changed > ? and changed <= ifnull(
  (select changed from records where scope = ? and changed > ? order by changed limit 1 offset ?), 9e15)`;
const goneAfter = `select id, position from gone where scope = ? and position > ? and position <= ifnull(
  (select position from gone where scope = ? and position > ? order by position limit 1 offset ?), 9e15)`;
