import { BrainOpsError, type Json, type StoredDocument } from "@brainops/core";
import { compareText, openText, sealText, type Context } from "./context.ts";
import { bytes, int, type Row } from "./handle.ts";
import { documentPlace } from "./places.ts";
import { addName, rowsWith, removeName } from "./names.ts";

function openDocument(context: Context, row: Row): StoredDocument {
  const version = int(row["version"]);
  const [key, value] = JSON.parse(
    openText(context, documentPlace(bytes(row["name"]), version), bytes(row["body"])),
  ) as [string, Json];
  return { key, value, version };
}

/** Puts or deletes a document. Within a transaction. */
export function putDocument(context: Context, key: string, value: Json, expected: number | undefined): void {
  const { db, sealer } = context;
  const name = sealer.name("document", key);
  const before = db.get("select n, version from documents where name = ?", name);
  const version = int(before?.["version"]);
  if (expected !== undefined && expected !== version)
    throw new BrainOpsError("conflict", `Document ${key} has version ${version}, not ${expected}.`);
  if (value === null) {
    if (before === undefined) return;
    db.run("delete from documents where name = ?", name);
    removeName(context, "document", key, int(before["n"]));
    return;
  }
  const body = sealText(context, documentPlace(name, version + 1), JSON.stringify([key, value]));
  if (version > 0) db.run("update documents set version = ?, body = ? where name = ?", version + 1, body, name);
  else {
    const { id } = db.run("insert into documents (name, version, body) values (?, 1, ?)", name, body);
    addName(context, "document", key, id);
  }
}

/** A document, if it is there. */
export function readDocument(context: Context, key: string): StoredDocument | undefined {
  const name = context.sealer.name("document", key);
  const row = context.db.get("select name, version, body from documents where name = ?", name);
  return row && openDocument(context, row);
}

/** Documents with a prefix, sorted by key. */
export function readDocuments(
  context: Context,
  prefix: string,
  limit: number,
  after: string | undefined,
): StoredDocument[] {
  const rows = rowsWith(context, "document", prefix, "select name, version, body from documents");
  return rows
    .map((row) => openDocument(context, row))
    .filter(({ key }) => key.startsWith(prefix) && (after === undefined || key > after))
    .sort((a, b) => compareText(a.key, b.key))
    .slice(0, limit);
}
