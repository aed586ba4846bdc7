import { BrainOpsError } from "@brainops/core";
import { analyserVersion } from "@brainops/core/recall";
import { createSealer, keyIds, openSealer, type Sealer, type SealHeader, type Secret } from "@brainops/core/sealing";
import type { Database, Query, Script } from "./database.ts";
import { storeError } from "./errors.ts";
import { bytes, int, text } from "./handle.ts";
import type { Migration } from "./migrations.ts";

/** What a store says about itself. */
type Meta = ReadonlyMap<string, string>;

/** Looks at a schema: what its store says about itself, `new` when there is nothing, an error when it is somebody else's. */
async function inspect(query: Query, { schema, schemaName }: Database): Promise<Meta | "new"> {
  const [found] = await query(
    `select (select count(*) from pg_namespace where nspname = $1) as schemas,
       (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1) as relations,
       (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and obj_description(c.oid, 'pg_class') = 'brainops') as ours`,
    [schemaName],
  );
  if (int(found?.["relations"]) === 0) return "new";
  if (int(found?.["ours"]) === 0) throw storeError("not_a_store", schemaName);
  return readMeta(query, schema);
}

async function readMeta(query: Query, schema: string): Promise<Meta> {
  const rows = await query(`select key, value from ${schema}.meta`);
  return new Map(rows.map((row) => [text(row["key"]), text(row["value"])]));
}

/** Brings a store to the newest format, making it when there is none, and opens its sealer. Safe from many processes at once. */
export async function prepare(db: Database, secret: Secret, migrations: readonly Migration[]): Promise<Sealer> {
  const newest = migrations.at(-1)?.format ?? 0;
  const [found] = await db.query("select current_setting('default_transaction_isolation') as isolation");
  db.isolated = text(found?.["isolation"]) !== "read committed";
  let meta = await inspect(db.query, db);
  // Stretching a passphrase takes a while, so it is done before anything is locked.
  const fresh = meta === "new" ? await createSealer(secret) : undefined;
  if (meta === "new" || int(meta.get("format")) < newest)
    meta = await db.transaction((query, script) => migrate(query, script, db, fresh, migrations));
  check(meta, newest, db.schemaName);
  const header = JSON.parse(meta.get("seal") ?? "{}") as SealHeader;
  const sealer = await openSealer(header, secret);
  const keys = await db.query(`select id, wrapped from ${db.schema}.keys where id < $1`, [keyIds.firstScope]);
  for (const row of keys) sealer.addKey(int(row["id"]), bytes(row["wrapped"]));
  await restart(db, meta);
  return sealer;
}

/** Takes the steps that are missing, one process after the other. */
async function migrate(
  query: Query,
  script: Script,
  db: Database,
  fresh: Sealer | undefined,
  migrations: readonly Migration[],
): Promise<Meta> {
  const { schema } = db;
  await query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`brainops ${db.schemaName}`]);
  const before = await inspect(query, db);
  if (before === "new") {
    const [found] = await query("select count(*) as n from pg_namespace where nspname = $1", [db.schemaName]);
    if (int(found?.["n"]) === 0) await query(`create schema ${schema}`);
    await query(`create table ${schema}.meta (key text primary key, value text not null)`);
    await query(`comment on table ${schema}.meta is 'brainops'`);
  }
  const held = before === "new" ? 0 : int(before.get("format"));
  let reader = before === "new" ? 0 : int(before.get("reader"));
  const put = (key: string, value: string): Promise<unknown> =>
    query(
      `insert into ${schema}.meta (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value`,
      [key, value],
    );
  for (const migration of migrations) {
    if (migration.format <= held) continue;
    await script(migration.sql(schema));
    reader = Math.max(reader, migration.reader);
    await put("format", String(migration.format));
  }
  await put("reader", String(reader));
  if (before === "new") {
    // Made before the lock was had, but another process had made nothing until then, or `before` would not be "new".
    if (fresh === undefined) throw storeError("store_busy", db.schemaName);
    await put("analyser", String(analyserVersion));
    await put("seal", JSON.stringify(fresh.header));
    for (const id of [keyIds.tokens, keyIds.store])
      await query(`insert into ${schema}.keys (id, wrapped) values ($1, $2)`, [id, Buffer.from(fresh.newKey(id))]);
  }
  return readMeta(query, schema);
}

/** Refuses a store that this program is too old for. */
function check(meta: Meta, known: number, name: string): void {
  const reader = int(meta.get("reader"));
  if (reader > known)
    throw new BrainOpsError(
      "store_too_new",
      `The store in schema ${name} was written by a newer version (format ${reader}; this one knows ${known}). Upgrade.`,
      { details: { schema: name, format: reader } },
    );
}

/** Says why a table or function is gone: the store was upgraded, or is no longer there. */
export async function explainMissing(db: Database, known: number): Promise<void> {
  const meta = await inspect(db.query, db);
  if (meta === "new")
    throw new BrainOpsError("not_found", `The store in schema ${db.schemaName} is no longer there. Open it again.`);
  check(meta, known, db.schemaName);
}

/**
 * Positions are made of numbers of transactions. When the tables were brought to another server, whose numbers may be lower,
 * so much is added to them that positions grow on.
 */
async function restart({ schema: s, query }: Database, meta: Meta): Promise<void> {
  const [found] = await query("select system_identifier::text as server from pg_control_system()");
  const server = text(found?.["server"]);
  if (meta.get("server") === server) return;
  await query(
    `update ${s}.clock set base = held.seq / 1024 - held.now + 1 from (
       select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as now, greatest(
         (select max(seq) from ${s}.commits), (select max(changed) from ${s}.records),
         (select max(position) from ${s}.gone), (select max(seq) from ${s}.journal), 0) as seq) held
     where held.seq / 1024 > held.now + base`,
  );
  await query(
    `insert into ${s}.meta (key, value) values ('server', $1) on conflict (key) do update set value = excluded.value`,
    [server],
  );
}
