import type { Json, JsonObject, StoredDocument, Wake } from "@brainops/core";
import { compareText, loadKeys, nameOf, openText, type Context } from "./context.ts";
import { bodiesOf, bytes, digest, int, type Row } from "./handle.ts";
import { documentPlace, wakePlace } from "./places.ts";
import { rowsWith } from "./streams.ts";

function openDocument(context: Context, row: Row): StoredDocument {
  const text = openText(context, documentPlace(digest(row["name"])), bytes(row["body"]));
  const [key, value] = JSON.parse(text) as [string, Json];
  return { key, value, version: int(row["version"]) };
}

/** A document, if it is there. */
export async function readDocument(context: Context, key: string): Promise<StoredDocument | undefined> {
  const { db, s } = context;
  const name = nameOf(context, "document", key);
  const [row] = await db.query(`select name, version, body from ${s}.documents where name = $1`, [name]);
  await loadKeys(context, bodiesOf([row]));
  return row && openDocument(context, row);
}

/** Documents with a prefix, sorted by key. */
export async function readDocuments(
  context: Context,
  prefix: string,
  limit: number,
  after: string | undefined,
): Promise<StoredDocument[]> {
  const rows = await rowsWith(context, "document", prefix, "name, version, body");
  await loadKeys(context, bodiesOf(rows));
  return rows
    .map((row) => openDocument(context, row))
    .filter(({ key }) => key.startsWith(prefix) && (after === undefined || key > after))
    .sort((a, b) => compareText(a.key, b.key))
    .slice(0, limit);
}

/** Wakes that are due, earliest first, ties by key. */
export async function dueWakes(context: Context, at: number, limit: number): Promise<Wake[]> {
  const { db, s } = context;
  const most = Number.isFinite(limit) ? limit : null;
  // Ties are broken by keys, which are sealed, so all that are due with the last one are opened.
  const rows = await db.query(
    `select name, at, body from ${s}.wakes where at <= $1 order by at fetch first coalesce($2::bigint, 9e15::bigint) rows with ties`,
    [at, most],
  );
  await loadKeys(context, bodiesOf(rows));
  return rows
    .map((row) => openWake(context, row))
    .sort((a, b) => a.at - b.at || compareText(a.key, b.key))
    .slice(0, limit);
}

/** The wake of a key, if there is one. */
export async function readWake(context: Context, key: string): Promise<Wake | undefined> {
  const { db, s } = context;
  const [row] = await db.query(`select name, at, body from ${s}.wakes where name = $1`, [nameOf(context, "wake", key)]);
  await loadKeys(context, bodiesOf([row]));
  return row && openWake(context, row);
}

function openWake(context: Context, row: Row): Wake {
  const text = openText(context, wakePlace(digest(row["name"])), bytes(row["body"]));
  const [key, data] = JSON.parse(text) as [string, JsonObject | null];
  return { key, at: int(row["at"]), ...(data === null || data === undefined ? {} : { data }) };
}
