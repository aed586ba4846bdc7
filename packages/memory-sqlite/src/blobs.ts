import { blobParts } from "@brainops/core/sealing";
import { loadKey, type Context } from "./context.ts";
import { bytes, int } from "./handle.ts";
import { chunkPlace } from "./places.ts";
import { findScope, scopeFor } from "./scopes.ts";

function nameOf(context: Context, scope: string, id: string): Buffer {
  return context.sealer.name("blob", `${scope}\n${id}`);
}

/** Keeps bytes, or counts one more reference to them. Within a transaction. */
export function putBlob(context: Context, path: string, id: string, content: Uint8Array): void {
  const { db, sealer } = context;
  const name = nameOf(context, path, id);
  if (db.run("update blobs set refs = refs + 1 where name = ?", name).changes > 0) return;
  const scope = scopeFor(context, path);
  loadKey(context, scope.key);
  const blob = db.run("insert into blobs (name, scope, refs) values (?, ?, 1)", name, scope.n).id;
  const parts = blobParts(content);
  for (const [i, part] of parts.entries()) {
    const body = sealer.seal(scope.key, chunkPlace(blob, i, parts.length), part);
    db.run("insert into chunks (blob, part, body) values (?, ?, ?)", blob, i, body);
  }
}

/** Gives one reference back; the bytes go with the last. Within a transaction. */
export function releaseBlob(context: Context, path: string, id: string): void {
  const row = context.db.get("select n, refs from blobs where name = ?", nameOf(context, path, id));
  if (row === undefined) return;
  if (int(row["refs"]) > 1) context.db.run("update blobs set refs = refs - 1 where n = ?", int(row["n"]));
  else removeBlob(context, int(row["n"]));
}

/** Removes a blob whatever refers to it. Within a transaction. */
export function removeBlob(context: Context, blob: number): void {
  context.db.run("delete from chunks where blob = ?", blob);
  context.db.run("delete from blobs where n = ?", blob);
}

/** The bytes of a blob, if it is there. */
export function readBlob(context: Context, path: string, id: string): Uint8Array | undefined {
  const { db, sealer } = context;
  const row = db.get("select n from blobs where name = ?", nameOf(context, path, id));
  const scope = findScope(context, path);
  if (row === undefined || scope === undefined) return undefined;
  loadKey(context, scope.key);
  const blob = int(row["n"]);
  const rows = db.all("select body from chunks where blob = ? order by part", blob);
  return new Uint8Array(
    Buffer.concat(rows.map((part, i) => sealer.open(chunkPlace(blob, i, rows.length), bytes(part["body"])))),
  );
}
