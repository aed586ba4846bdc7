import { BrainOpsError, isBrainOpsError } from "@brainops/core";
import { keyIds, type Secret } from "@brainops/core/sealing";
import { setTimeout as sleep } from "node:timers/promises";
import { loadKeys, refreshKeys, type Context } from "./context.ts";
import type { Query } from "./database.ts";
import { bytes, digest, int, text, type Row } from "./handle.ts";
import { connect, type PostgresOptions } from "./connect.ts";
import { sealedTables, type SealedTable } from "./sealed-tables.ts";
import { keysLock } from "./sql/locks.ts";

/** What {@link rotate} changes: the store of the same options, whose key is `key`. */
export interface RotateOptions extends PostgresOptions {
  /** The key that the store gets. */
  readonly newKey: Secret;
  /** Is told how much has been sealed anew, from 0 to 1. */
  readonly progress?: (share: number) => void;
  /** Stops it; call it again with the same keys to go on. */
  readonly signal?: AbortSignal;
  /**
   * For so long, in milliseconds, processes that have the store open can still go over to the new key by themselves; they
   * look every five seconds. One that was stopped for longer gets `wrong_key` and must open it anew. Default 15,000.
   */
  readonly grace?: number;
}

/** How far a rotation has come, as it is kept in the store. */
interface Rotation {
  /** Keys with smaller ids are the old ones. */
  readonly firstKey: number;
  readonly begun: number;
  /** The table that is being walked through, by its place among all, and after which row it goes on. */
  readonly table: number;
  readonly after: readonly (string | number)[] | null;
}

/** So many rows are sealed anew in one transaction. */
const rowsAtOnce = 200;

/**
 * Changes the keys of a store while it is in use. The master key changes at once: from then on the old one is `wrong_key`.
 * Then all contents are sealed anew under new data keys, in slices, and the old data keys are destroyed. A process that is
 * killed in between loses nothing: call it again with the same keys, and it goes on where it was.
 *
 * The key of tokens and names stays: it is only wrapped anew. Dumps and backups from before are still opened by the old key.
 *
 * Errors: `wrong_key` when neither key opens the store, `aborted`, `conflict`, and those of opening it.
 *
 * @example
 * ```ts
 * import { rotate } from "@brainops/memory-postgres";
 * const [key = "", newKey = ""] = [process.env["OLD_KEY"], process.env["NEW_KEY"]];
 * if (newKey !== "") await rotate({ connectionString: "postgres://localhost/app", key, newKey });
 * ```
 */
export async function rotate(options: RotateOptions): Promise<void> {
  const { context, isNew } = await open(options);
  try {
    // What an earlier call began is finished first, whichever key is the newer.
    await resealAll(context, options);
    if (isNew) return;
    await begin(context, options.newKey);
    await resealAll(context, options);
  } finally {
    await context.db.close();
  }
}

/** Opens with the old key, or with the new one when an earlier call has changed it already. */
async function open(options: RotateOptions): Promise<{ context: Context; isNew: boolean }> {
  try {
    return { context: await connect(options), isNew: false };
  } catch (error) {
    if (!isBrainOpsError(error, "wrong_key")) throw error;
    return { context: await connect({ ...options, key: options.newKey }), isNew: true };
  }
}

/** Changes the master key and makes new data keys, all or nothing, while no commit is under way. */
async function begin(context: Context, newKey: Secret): Promise<void> {
  const { db, s, sealer } = context;
  const next = await sealer.succession(newKey);
  await db.transaction(async (query) => {
    await query(`select pg_advisory_xact_lock(${keysLock(s)})`);
    const [held] = await query(`select value from ${s}.meta where key = 'seal'`);
    // Its acknowledgement was lost, and this is another try.
    if (text(held?.["value"]) === JSON.stringify(next.header)) return;
    if ((JSON.parse(text(held?.["value"])) as { master: number }).master !== next.header.master - 1)
      throw new BrainOpsError(
        "conflict",
        "Another process has changed the key meanwhile. Give the key that it has now.",
      );
    const scopes = await query(`select n from ${s}.scopes order by n for update`);
    const ids = await query(`select nextval('${s.replaceAll("'", "''")}.key_ids') as id from generate_series(0, $1)`, [
      scopes.length,
    ]);
    const fresh = ids.map((row) => int(row["id"]));
    const kept = await query(`select id, wrapped from ${s}.keys`);
    const keys = [
      ...kept.map((row) => ({ id: int(row["id"]), wrapped: next.rewrap(int(row["id"]), bytes(row["wrapped"])) })),
      ...fresh.map((id) => ({ id, wrapped: next.rewrap(id, sealer.newKey(id)) })),
    ];
    await query(
      `insert into ${s}.keys (id, wrapped) select id, decode(hex, 'hex') from unnest($1::bigint[], $2::text[]) k (id, hex)
       on conflict (id) do update set wrapped = excluded.wrapped`,
      [keys.map(({ id }) => id), keys.map(({ wrapped }) => Buffer.from(wrapped).toString("hex"))],
    );
    const [storeKey = 0, ...scopeKeys] = fresh;
    await query(`update ${s}.clock set store_key = $1`, [storeKey]);
    await query(
      `update ${s}.scopes c set key = k.id from unnest($1::bigint[], $2::bigint[]) k (n, id) where c.n = k.n`,
      [scopes.map((row) => int(row["n"])), scopeKeys],
    );
    const rotation: Rotation = { firstKey: Math.min(...fresh), begun: Date.now(), table: 0, after: null };
    await put(query, s, "seal", JSON.stringify(next.header));
    await put(query, s, "handover", Buffer.from(next.handover).toString("base64"));
    await put(query, s, "rotation", JSON.stringify(rotation));
  });
  context.scopes.clear();
  context.scopesByNumber.clear();
  await refreshKeys(context);
}

async function put(query: Query, s: string, key: string, value: string): Promise<void> {
  await query(
    `insert into ${s}.meta (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value`,
    [key, value],
  );
}

/** Seals all contents anew, when a rotation has been begun, and destroys the old keys. */
async function resealAll(context: Context, { progress, signal, grace = 15_000 }: RotateOptions): Promise<void> {
  const { db, s } = context;
  const stopped = (): boolean => signal?.aborted === true;
  for (;;) {
    if (stopped())
      throw new BrainOpsError("aborted", "The rotation was stopped. Call it again with the same keys to go on.");
    const rotation = await slice(context);
    if (rotation === undefined) return;
    progress?.(rotation.table / sealedTables.length);
    if (rotation.table < sealedTables.length) continue;
    const rest = rotation.begun + grace - Date.now();
    if (rest > 0) await sleep(rest, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    if (stopped()) continue;
    // Nothing is sealed under the old keys any more: they go, and the new master key is no longer handed over.
    await db.transaction(async (query) => {
      await query(`delete from ${s}.keys where id > $1 and id < $2`, [keyIds.tokens, rotation.firstKey]);
      await query(`delete from ${s}.meta where key in ('handover', 'rotation')`);
    });
  }
}

/** Seals some more rows anew; gives how far it has come, or `undefined` when nothing is being rotated. */
async function slice(context: Context): Promise<Rotation | undefined> {
  const { db, s } = context;
  return db.transaction(async (query) => {
    const [held] = await query(`select value from ${s}.meta where key = 'rotation' for update`);
    if (held === undefined) return undefined;
    const before = JSON.parse(text(held["value"])) as Rotation;
    const table = sealedTables[before.table];
    if (table === undefined) return before;
    const rows = await walk(query, s, table, before.after);
    await reseal(context, query, table, rows, before.firstKey);
    const last = rows.at(-1);
    const after =
      last && table.key.map(([column, type]) => (type === "uuid" ? digest(last[column]) : int(last[column])));
    const rotation: Rotation =
      after === undefined ? { ...before, table: before.table + 1, after: null } : { ...before, after };
    await put(query, s, "rotation", JSON.stringify(rotation));
    return rotation;
  });
}

/** The next rows of a table in the order of its key, locked, so that nobody writes to them meanwhile. */
function walk(query: Query, s: string, table: SealedTable, after: Rotation["after"]): Promise<readonly Row[]> {
  const columns = table.key.map(([column]) => `t.${column}`).join(", ");
  const bounds = table.key.map(([, type], i) => `$${i + 1}::${type}`).join(", ");
  const joined = table.name === "chunks" ? `join ${s}.blobs b on b.name = t.blob` : "";
  const key = table.scope === undefined ? "null" : `(select key from ${s}.scopes where n = ${table.scope(s)})`;
  return query(
    `select ${columns}, ${table.columns}, t.${table.body} as body, ${key} as scope_key from ${s}.${table.name} t ${joined}
     ${after === null ? "" : `where (${columns}) > (${bounds})`} order by ${columns} limit ${rowsAtOnce} for update of t`,
    after === null ? [] : [...after],
  );
}

async function reseal(
  context: Context,
  query: Query,
  table: SealedTable,
  rows: readonly Row[],
  firstKey: number,
): Promise<void> {
  const { s, sealer, storeKey } = context;
  const old = rows.filter(
    (row) => row["body"] instanceof Uint8Array && sealer.keyOf(table.place(row), row["body"]) < firstKey,
  );
  if (old.length === 0) return;
  const bodies = old.map((row) => bytes(row["body"]));
  await loadKeys(context, bodies);
  const keys = old.map((row) => (table.scope === undefined ? storeKey : int(row["scope_key"])));
  await loadKeys(context, keys.map(headOf));
  const sealed = old.map((row, i) => {
    const place = table.place(row);
    return sealer.seal(keys[i] ?? storeKey, place, sealer.open(place, bodies[i] ?? new Uint8Array(0))).toString("hex");
  });
  const names = table.key.map(([column]) => column);
  const lists = table.key.map(([, type], i) => `$${i + 1}::${type}[]`);
  await query(
    `update ${s}.${table.name} t set ${table.body} = decode(k.sealed, 'hex')
     from unnest(${[...lists, `$${lists.length + 1}::text[]`].join(", ")}) k (${[...names, "sealed"].join(", ")})
     where ${names.map((name) => `t.${name} = k.${name}`).join(" and ")}`,
    [
      ...table.key.map(([column, type]) =>
        old.map((row) => (type === "uuid" ? digest(row[column]) : int(row[column]))),
      ),
      sealed,
    ],
  );
}

/** The beginning of something that a key has sealed, enough to tell which key. */
function headOf(key: number): Uint8Array {
  const head = Buffer.alloc(32);
  head.writeUInt32BE(key);
  return head;
}
