import type { Write } from "@brainops/core";
import { removeBlob } from "./blobs.ts";
import type { Context } from "./context.ts";
import { int, type Row } from "./handle.ts";
import { rowsAbout } from "./find.ts";
import { recordColumns } from "./record-body.ts";
import { unindexScope } from "./record-index.ts";
import { removeRecord, removeUnindexed } from "./records.ts";
import { dropScope, scopesWithin } from "./scopes.ts";

/** Erases records by id, by scope (with its blobs and its key) and by subject. Within a transaction. */
export function erase(context: Context, write: Extract<Write, { type: "erase" }>): void {
  const { db } = context;
  for (const id of write.ids ?? []) removeAll(context, db.all(`select ${recordColumns} from records where id = ?`, id));
  if (write.subject !== undefined) removeAll(context, rowsAbout(context, write.subject));
  if (write.scope === undefined) return;
  for (const scope of scopesWithin(context, write.scope)) {
    unindexScope(context, scope);
    for (const row of db.all(`select ${recordColumns} from records where scope = ?`, scope))
      removeUnindexed(context, row);
    for (const row of db.all("select n from blobs where scope = ?", scope)) removeBlob(context, int(row["n"]));
    dropScope(context, scope);
  }
}

function removeAll(context: Context, rows: readonly Row[]): void {
  for (const row of rows) removeRecord(context, row);
}
