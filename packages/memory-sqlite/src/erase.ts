import type { Write } from "@brainops/core";
import { removeBlob } from "./blobs.ts";
import type { Context } from "./context.ts";
import { int, type Row } from "./handle.ts";
import { rowsAbout } from "./find.ts";
import { recordColumns } from "./record-body.ts";
import { unindexScope } from "./record-index.ts";
import { removeRecord, removeUnindexed } from "./records.ts";
import { dropScope, scopesWithin } from "./scopes.ts";

/** Erases records by id, by scope (with its blobs and its key) and by subject, record by record. Within a transaction. */
export function* erase(context: Context, write: Extract<Write, { type: "erase" }>): Generator<undefined> {
  const { db } = context;
  for (const id of write.ids ?? [])
    yield* removeAll(context, db.all(`select ${recordColumns} from records where id = ?`, id));
  if (write.subject !== undefined) yield* removeAll(context, rowsAbout(context, write.subject));
  if (write.scope === undefined) return;
  for (const scope of scopesWithin(context, write.scope)) {
    yield* unindexScope(context, scope);
    for (;;) {
      const rows = db.all(`select ${recordColumns} from records where scope = ? limit ?`, scope, rowsAtOnce);
      if (rows.length === 0) break;
      for (const row of rows) {
        removeUnindexed(context, row);
        yield;
      }
    }
    for (const row of db.all("select n from blobs where scope = ?", scope)) {
      removeBlob(context, int(row["n"]));
      yield;
    }
    dropScope(context, scope);
  }
}

/** So many rows are read at once. */
const rowsAtOnce = 100;

function* removeAll(context: Context, rows: readonly Row[]): Generator<undefined> {
  for (const row of rows) {
    yield* removeRecord(context, row);
    yield;
  }
}
