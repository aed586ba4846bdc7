import { BrainOpsError, type Json, type JsonObject, type StoredDocument, type Wake } from "@brainops/core";
import { compareText, openText, sealText, type Context } from "./context.ts";
import { bytes, int, type Row } from "./handle.ts";
import { documentPlace, wakePlace } from "./places.ts";
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

/** Remembers, or with `null` forgets, to look at a key at a time. Within a transaction. */
export function putWake(context: Context, key: string, at: number | null, data?: JsonObject): void {
  const name = context.sealer.name("wake", key);
  if (at === null) {
    context.db.run("delete from wakes where name = ?", name);
    return;
  }
  const body = sealText(context, wakePlace(name), JSON.stringify([key, data]));
  context.db.run("insert or replace into wakes (name, at, body) values (?, ?, ?)", name, at, body);
}

/** Wakes that are due, earliest first, ties by key. */
export function dueWakes(context: Context, at: number, limit: number): Wake[] {
  const { db } = context;
  // Ties are broken by keys, which are sealed, so all that are due with the last one are opened.
  const last = Number.isFinite(limit)
    ? db.get("select at from wakes where at <= ? order by at limit 1 offset ?", at, Math.max(0, limit - 1))
    : undefined;
  return db
    .all("select name, at, body from wakes where at <= ? order by at", last === undefined ? at : int(last["at"]))
    .map((row) => openWake(context, row))
    .sort((a, b) => a.at - b.at || compareText(a.key, b.key))
    .slice(0, limit);
}

/** The wake of a key, if there is one. */
export function readWake(context: Context, key: string): Wake | undefined {
  const row = context.db.get("select name, at, body from wakes where name = ?", context.sealer.name("wake", key));
  return row && openWake(context, row);
}

function openWake(context: Context, row: Row): Wake {
  const text = openText(context, wakePlace(bytes(row["name"])), bytes(row["body"]));
  const [key, data] = JSON.parse(text) as [string, JsonObject | null];
  return { key, at: int(row["at"]), ...(data === null ? {} : { data }) };
}
