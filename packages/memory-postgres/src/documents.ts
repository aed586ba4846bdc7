import type { Json, StoredDocument } from "@brainops/core";
import { compareText, loadKeys, nameOf, openText, type Context } from "./context.ts";
import { bodiesOf, bytes, digest, int, type Row } from "./handle.ts";
import { documentPlace } from "./places.ts";
import { rowsWith } from "./streams.ts";
import { together } from "./together.ts";

function openDocument(context: Context, row: Row): StoredDocument {
  const text = openText(context, documentPlace(digest(row["name"])), bytes(row["body"]));
  const [key, value, record] = JSON.parse(text) as [string, Json, string?];
  return { key, value, version: int(row["version"]), ...(record === undefined ? {} : { record }) };
}

/** So many documents are read together. */
const documentsTogether = 200;

/** Makes what reads documents by key. */
export function makeDocumentReader(context: Context): (key: string) => Promise<StoredDocument | undefined> {
  const { db, s } = context;
  const rowOf = together(documentsTogether, async (names: readonly string[]) => {
    const rows = await db.query(`select name, version, body from ${s}.documents where name = any ($1::uuid[])`, [
      names,
    ]);
    await loadKeys(context, bodiesOf(rows));
    const found = new Map(rows.map((row) => [digest(row["name"]), row]));
    return names.map((name) => found.get(name));
  });
  return async (key) => {
    const row = await rowOf(nameOf(context, "document", key));
    return row && openDocument(context, row);
  };
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
