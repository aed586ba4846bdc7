import { BrainOpsError, isBrainOpsError } from "@brainops/core";
import { analyserVersion } from "@brainops/core/recall";
import { createSealer, keyIds, openSealer, type Sealer, type SealHeader, type Secret } from "@brainops/core/sealing";
import { setTimeout as sleep } from "node:timers/promises";
import { storeError } from "./errors.ts";
import { bytes, int, type Database, textOf } from "./handle.ts";
import { applicationId, schema, schemaVersion } from "./schema.ts";

/** What is asked of a database before anything is written to it. */
export type Finding = "new" | "store";

/** Says whether a database is empty or one of ours; `not_a_store` when it is somebody else's. Changes nothing. */
export function inspect(db: Database, file: string): Finding {
  const id = int(db.get("pragma application_id")?.["application_id"]);
  if (id === applicationId) return "store";
  const tables = int(db.get("select count(*) as n from sqlite_schema")?.["n"]);
  if (id === 0 && tables === 0) return "new";
  throw storeError("not_a_store", file);
}

/** Makes the tables and keys when they are not there yet, and opens the sealer. Safe from many processes at once. */
export async function prepare(db: Database, file: string, secret: (isNew: boolean) => Secret): Promise<Sealer> {
  if (inspect(db, file) === "new") {
    // Before there are tables: then they are made with one flush of the disk.
    db.exec("pragma journal_mode = wal");
    const sealer = await createSealer(secret(true));
    if (create(db, file, sealer)) return sealer;
  }
  const meta = new Map(db.all("select key, value from meta").map((row) => [row["key"], textOf(row["value"])]));
  const reader = Number(meta.get("reader"));
  if (!(reader <= schemaVersion))
    throw new BrainOpsError(
      "store_too_new",
      `The store ${file} was written by a newer version (format ${reader}; this one reads ${schemaVersion}). Upgrade.`,
      { details: { file, format: reader } },
    );
  if (Number(meta.get("format")) < schemaVersion)
    throw new BrainOpsError(
      "unsupported",
      `The store ${file} was written by a version from before the first release, whose tables are no longer read.`,
      { details: { file, format: Number(meta.get("format")) } },
    );
  const sealer = await openSealer(JSON.parse(meta.get("seal") ?? "{}") as SealHeader, secret(false));
  const wrapped = db.get(
    "select wrapped from keys where id = ? and (select value from meta where key = 'seal') = ?",
    keyIds.tokens,
    meta.get("seal") ?? "",
  );
  // The keys were changed at this very moment: then another secret may be asked for.
  if (wrapped === undefined) return prepare(db, file, secret);
  sealer.addKey(keyIds.tokens, bytes(wrapped["wrapped"]));
  return sealer;
}

/** Makes the tables, all or nothing. `false` when another process was faster. */
function create(db: Database, file: string, sealer: Sealer): boolean {
  db.exec("begin immediate");
  try {
    if (inspect(db, file) === "store") {
      db.exec("rollback");
      return false;
    }
    db.exec(schema);
    const put = (key: string, value: string): unknown =>
      db.run("insert into meta (key, value) values (?, ?)", key, value);
    // `reader` is the oldest format that a program must know to read this file; `format` is the one that wrote it.
    put("format", String(schemaVersion));
    put("reader", String(schemaVersion));
    put("analyser", String(analyserVersion));
    put("seal", JSON.stringify(sealer.header));
    put("storeKey", String(keyIds.store));
    for (const id of [keyIds.tokens, keyIds.store])
      db.run("insert into keys (id, wrapped) values (?, ?)", id, sealer.newKey(id));
    db.run("insert into sqlite_sequence (name, seq) values ('keys', ?)", keyIds.firstScope - 1);
    db.exec(`pragma application_id = ${applicationId}`);
    db.exec("commit");
    return true;
  } catch (error) {
    try {
      db.exec("rollback");
    } catch {
      // Rolled back already.
    }
    throw error;
  }
}

/** Sets how the file is written. Switching to the write-ahead log needs the file for itself for a moment. */
export function configure(db: Database, synchronous: "full" | "normal"): void {
  db.exec("pragma busy_timeout = 5");
  db.exec("pragma secure_delete = on");
  db.exec("pragma foreign_keys = off");
  db.exec("pragma temp_store = memory");
  // In KiB. Who only appends to streams touches few pages again.
  db.exec("pragma cache_size = -2048");
  db.exec(`pragma synchronous = ${synchronous}`);
}

/** Tries until the file is free, letting the event loop go on between tries. */
export async function whenFree<T>(work: () => T | Promise<T>, busyTimeout: number): Promise<T> {
  const deadline = performance.now() + busyTimeout;
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    try {
      return await work();
    } catch (error) {
      if (!isBrainOpsError(error, "store_busy") || performance.now() + pause > deadline) throw error;
      await sleep(pause * (0.5 + Math.random()));
    }
  }
}
