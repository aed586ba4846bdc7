import type { Write } from "@brainops/core";
import { removeBlob } from "./blobs.ts";
import type { Context } from "./context.ts";
import { int, type Row } from "./handle.ts";
import { openRecord, recordColumns } from "./record-body.ts";
import { unindexScope } from "./record-index.ts";
import { removeRecord, removeUnindexed } from "./records.ts";
import { dropScope, scopesWithin } from "./scopes.ts";

/** Erases records by id, by scope (with its blobs and its key) and by subject. Within a transaction. */
export function erase(context: Context, write: Extract<Write, { type: "erase" }>): void {
  const { db } = context;
  for (const id of write.ids ?? []) removeAll(context, db.all(`select ${recordColumns} from records where id = ?`, id));
  if (write.subject !== undefined) {
    const { subject } = write;
    const rows = db.all(
      `select ${recordColumns} from records where n in (select record from marks where mark = ?)`,
      context.sealer.token("subject", subject),
    );
    // A token may be shared by two names: only the record itself says whom it is about.
    removeAll(
      context,
      rows.filter((row) => openRecord(context, row).subjects.includes(subject)),
    );
  }
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
