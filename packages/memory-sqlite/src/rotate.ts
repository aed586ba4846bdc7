import { BrainOpsError, isBrainOpsError } from "@brainops/core";
import type { Secret } from "@brainops/core/sealing";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { addRow } from "./add-row.ts";
import { connect } from "./connect.ts";
import { loadKey, refresh, reload, type Context } from "./context.ts";
import { bytes, int, type DatabaseHandle, type Row, type Value, textOf } from "./handle.ts";
import { whenFree } from "./open.ts";
import { sealedTables, type SealedTable } from "./sealed-tables.ts";
import { scopeByNumber } from "./scopes.ts";

/** What {@link rotate} changes. */
export interface RotateOptions {
  /** The file of the store. It may be open, in this process or in others, and be written to meanwhile. */
  readonly file?: string;
  /** An open database instead of a file; it stays open. */
  readonly database?: DatabaseHandle;
  /** The key that the store has. */
  readonly key: Secret;
  /** The key that it gets. */
  readonly newKey: Secret;
  /** Is told how much has been sealed anew, from 0 to 1. */
  readonly progress?: (share: number) => void;
  /** Stops it; call it again with the same keys to go on. */
  readonly signal?: AbortSignal;
  /**
   * For so long, in milliseconds, stores that are open elsewhere can still go over to the new key by themselves; they look
   * every second. One that was stopped for longer gets `wrong_key` and must be opened anew. Default 5000.
   */
  readonly grace?: number;
}

/** How far a rotation has come, as it is kept in the store. */
interface Rotation {
  /** Keys with smaller ids are the old ones. */
  readonly firstKey: number;
  readonly begun: number;
  /** The table that is being walked through, by its place among all, and after which row it goes on. */
  table: number;
  after: string | number | null;
}

/** So long one slice may hold the event loop, and the file, in milliseconds. */
const sliceMs = 5;
const rowsAtOnce = 20;

/**
 * Changes the keys of a store while it is in use. The master key changes at once: from then on the old one is `wrong_key`.
 * Then all contents are sealed anew under new data keys, in slices, and the old data keys are destroyed. A process that is
 * killed in between loses nothing: call it again with the same keys, and it goes on where it was.
 *
 * The key of tokens and names stays: it is only wrapped anew. Copies of the file from before are still opened by the old key.
 *
 * Errors: `wrong_key` when neither key opens the store, `not_found`, `not_a_store`, `aborted`, `store_busy`, `store_full`,
 * `store_corrupt`.
 *
 * @example
 * ```ts
 * import { rotate } from "@brainops/memory-sqlite";
 * await rotate({ file: "brain.db", key: process.env["OLD_KEY"] ?? "", newKey: process.env["NEW_KEY"] ?? "" });
 * ```
 */
export async function rotate(options: RotateOptions): Promise<void> {
  if ((options.file === undefined) === (options.database === undefined))
    throw new BrainOpsError("invalid_input", "rotate() needs either a file or an open database.");
  if (options.file !== undefined && !existsSync(options.file))
    throw new BrainOpsError("not_found", `There is no store ${options.file} whose key could be changed.`);
  const { context, isNew } = await open(options);
  try {
    // What an earlier call began is finished first, whichever key is the newer.
    await resealAll(context, options);
    if (!isNew) {
      await whenFree(() => begin(context, options.newKey), busyTimeout);
      await resealAll(context, options);
    }
    await context.log.empty();
  } finally {
    await context.log.close();
    await context.background.close();
    if (options.database === undefined) context.db.close();
  }
}

const busyTimeout = 30_000;

/** Opens with the old key, or with the new one when an earlier call has changed it already. */
async function open({ file, database, key, newKey }: RotateOptions): Promise<{ context: Context; isNew: boolean }> {
  const of = (secret: Secret): Promise<Context> =>
    whenFree(() => connect({ file, database, key: secret }), busyTimeout);
  try {
    return { context: await of(key), isNew: false };
  } catch (error) {
    if (!isBrainOpsError(error, "wrong_key")) throw error;
    return { context: await of(newKey), isNew: true };
  }
}

/** Changes the master key and makes new data keys, all or nothing. */
async function begin(context: Context, newKey: Secret): Promise<void> {
  const { db, sealer } = context;
  const next = await sealer.succession(newKey);
  transaction(context, () => {
    if (sealer.header.master !== next.header.master - 1)
      throw new BrainOpsError(
        "conflict",
        "Another process has changed the key meanwhile. Give the key that it has now.",
      );
    const firstKey = int(db.get("select seq from sqlite_sequence where name = 'keys'")?.["seq"]) + 1;
    const put = (name: string, value: string): unknown =>
      db.run("insert or replace into meta (key, value) values (?, ?)", name, value);
    put("storeKey", String(newDataKey(context)));
    for (const row of db.all("select n from scopes"))
      db.run("update scopes set key = ? where n = ?", newDataKey(context), int(row["n"]));
    for (const row of db.all("select id, wrapped from keys")) {
      const wrapped = next.rewrap(int(row["id"]), bytes(row["wrapped"]));
      db.run("update keys set wrapped = ? where id = ?", wrapped, int(row["id"]));
    }
    put("seal", JSON.stringify(next.header));
    put("handover", Buffer.from(next.handover).toString("base64"));
    put("rotation", JSON.stringify({ firstKey, begun: Date.now(), table: 0, after: null } satisfies Rotation));
    // So that every process looks anew.
    addRow(context, 0, 0, 0, null);
  });
  // This one too, now that it is done.
  reload(context, context.last);
}

/** A new data key, wrapped by the master key that the sealer has. */
function newDataKey({ db, sealer }: Context): number {
  const { id } = db.run("insert into keys (wrapped) values (x'')");
  db.run("update keys set wrapped = ? where id = ?", sealer.newKey(id), id);
  return id;
}

/** Seals all contents anew, when a rotation has been begun, and destroys the old keys. */
async function resealAll(context: Context, { progress, signal, grace = 5000 }: RotateOptions): Promise<void> {
  for (;;) {
    if (isAborted(signal))
      throw new BrainOpsError("aborted", "The rotation was stopped. Call it again with the same keys to go on.");
    const rotation = await whenFree(() => transaction(context, () => slice(context)), busyTimeout);
    if (rotation === undefined) return;
    progress?.(shareOf(context, rotation));
    if (rotation.table >= sealedTables.length) {
      const rest = rotation.begun + grace - Date.now();
      if (rest > 0) await sleep(rest, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
      if (!isAborted(signal)) await whenFree(() => transaction(context, () => finish(context, rotation)), busyTimeout);
    } else await new Promise((resolve) => setImmediate(resolve));
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** How much is done, judging by the numbers of rows. */
function shareOf({ db }: Context, { table, after }: Rotation): number {
  const { name, key } = sealedTables[table] ?? {};
  const last = name === undefined ? 0 : int(db.get(`select max(${key}) as last from ${name}`)?.["last"]);
  return (table + (typeof after === "number" && last > 0 ? Math.min(1, after / last) : 0)) / sealedTables.length;
}

function readRotation({ db }: Context): Rotation | undefined {
  const row = db.get("select value from meta where key = 'rotation'");
  return row && (JSON.parse(textOf(row["value"])) as Rotation);
}

/** Seals some more rows anew; gives how far it has come, or `undefined` when nothing is being rotated. */
function slice(context: Context): Rotation | undefined {
  const rotation = readRotation(context);
  if (rotation === undefined) return undefined;
  const until = performance.now() + sliceMs;
  while (rotation.table < sealedTables.length && performance.now() < until) {
    const table = sealedTables[rotation.table] as SealedTable;
    const rows = context.db.all(
      `select ${table.key} as walked, ${table.columns}, body from ${table.name}
       where ${table.key} > ? order by ${table.key} limit ${rowsAtOnce}`,
      cursor(rotation.after),
    );
    for (const row of rows) if (row["body"] !== null) reseal(context, table, row, rotation.firstKey);
    const last = rows.at(-1)?.["walked"];
    if (last === undefined) {
      rotation.table++;
      rotation.after = null;
    } else rotation.after = typeof last === "number" ? last : Buffer.from(bytes(last)).toString("hex");
  }
  context.db.run("update meta set value = ? where key = 'rotation'", JSON.stringify(rotation));
  return rotation;
}

/** Where a walk goes on: rows are numbered, or named by digests. Every number comes before every digest. */
function cursor(after: string | number | null): Value {
  return typeof after === "string" ? Buffer.from(after, "hex") : (after ?? -1);
}

function reseal(context: Context, table: SealedTable, row: Row, firstKey: number): void {
  const { db, sealer } = context;
  const place = table.place(row);
  const sealed = bytes(row["body"]);
  const old = sealer.keyOf(place, sealed);
  if (old >= firstKey) return;
  const key = table.scoped ? scopeByNumber(context, int(row["scope"]))?.key : context.storeKey;
  if (key === undefined) return;
  loadKey(context, old);
  loadKey(context, key);
  const again = sealer.seal(key, place, sealer.open(place, sealed));
  db.run(`update ${table.name} set body = ? where ${table.key} = ?`, again, keyOf(row["walked"]));
}

/** A row's number, or the digest that it is found by. */
function keyOf(walked: Row[string] | undefined): Value {
  return typeof walked === "number" ? walked : bytes(walked);
}

/** Nothing is sealed under the old keys any more: they go, and the new master key is no longer handed over. */
function finish({ db, sealer }: Context, { firstKey }: Rotation): void {
  for (const row of db.all("select id from keys where id > 1 and id < ?", firstKey)) sealer.dropKey(int(row["id"]));
  db.run("delete from keys where id > 1 and id < ?", firstKey);
  db.run("delete from meta where key in ('handover', 'rotation')");
}

function transaction<T>(context: Context, work: () => T): T {
  const { db } = context;
  db.run("begin immediate");
  try {
    refresh(context);
    const result = work();
    db.run("commit");
    return result;
  } catch (error) {
    db.run("rollback");
    reload(context, -1);
    throw error;
  }
}
