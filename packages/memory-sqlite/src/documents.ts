import { BrainOpsError, type Json, type StoredDocument, type Write } from "@brainops/core";
import { compareText, openText, sealText, type Context } from "./context.ts";
import { bytes, int, type Row } from "./handle.ts";
import { documentPlace } from "./places.ts";
import { addName, rowsWith, removeName } from "./names.ts";
import { numberOf } from "./record-number.ts";

const columns = "name, version, body";

function openDocument(context: Context, row: Row): StoredDocument {
  const version = int(row["version"]);
  const [key, value, record] = JSON.parse(
    openText(context, documentPlace(bytes(row["name"]), version), bytes(row["body"])),
  ) as [string, Json, string?];
  return { key, value, version, ...(record === undefined ? {} : { record }) };
}

/** Puts or deletes a document. Within a transaction. */
export function putDocument(context: Context, write: Extract<Write, { type: "document" }>): void {
  const { db, sealer } = context;
  const { key, value, expectedVersion: expected, record } = write;
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
  const of = record === undefined ? null : numberOf(context, record);
  if (of === undefined)
    throw new BrainOpsError("not_found", `There is no record ${record} for document ${key} to go with.`);
  const body = sealText(
    context,
    documentPlace(name, version + 1),
    JSON.stringify(record === undefined ? [key, value] : [key, value, record]),
  );
  if (version > 0)
    db.run("update documents set version = ?, record = ?, body = ? where name = ?", version + 1, of, body, name);
  else {
    const { id } = db.run("insert into documents (name, version, record, body) values (?, 1, ?, ?)", name, of, body);
    addName(context, "document", key, id);
  }
}

/** Deletes what goes with a record. Within a transaction. */
export function removeDocumentsOf(context: Context, record: number): void {
  for (const row of context.db.all(`select n, ${columns} from documents where record = ?`, record)) {
    context.db.run("delete from documents where n = ?", int(row["n"]));
    removeName(context, "document", openDocument(context, row).key, int(row["n"]));
  }
}

/** A document, if it is there. */
export function readDocument(context: Context, key: string): StoredDocument | undefined {
  const name = context.sealer.name("document", key);
  const row = context.db.get(`select ${columns} from documents where name = ?`, name);
  return row && openDocument(context, row);
}

/** Documents with a prefix, sorted by key. */
export function readDocuments(
  context: Context,
  prefix: string,
  limit: number,
  after: string | undefined,
): StoredDocument[] {
  const rows = rowsWith(context, "document", prefix, `select ${columns} from documents`);
  return rows
    .map((row) => openDocument(context, row))
    .filter(({ key }) => key.startsWith(prefix) && (after === undefined || key > after))
    .sort((a, b) => compareText(a.key, b.key))
    .slice(0, limit);
}
