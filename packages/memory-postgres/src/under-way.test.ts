import type { Change, Store, Write } from "@brainops/core";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { postgres, type PostgresOptions } from "./index.ts";
import { keysLock } from "./sql/locks.ts";
import { hooked, type HookedPool } from "./test-support/hooked.ts";
import { insight } from "./test-support/insight.ts";
import { startPostgres, type PostgresServer } from "../../../scripts/postgres-server.ts";

// What is under way on the server: commits to the same store matter to who reads it, other transactions do not.

const patience = 60_000;
const database = `under_way_${process.pid}`;
let server: PostgresServer;
let pool: pg.Pool;
let schemas = 0;
let schema: string;
let between: HookedPool;
let store: Store;
let elsewhere: pg.Client;
const open: pg.PoolClient[] = [];

beforeAll(async () => {
  server = await startPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 12 });
  pool.on("error", () => undefined);
  await pool.query(`create database ${database}`);
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  elsewhere = new pg.Client({ connectionString: url.href });
  await elsewhere.connect();
}, patience);

afterAll(async () => {
  await elsewhere.end();
  await pool.query(`drop database ${database}`);
  await pool.end();
  await server.stop();
}, patience);

beforeEach(async () => {
  schema = `under_way_${process.pid}_${schemas++}`;
  between = hooked(pool);
  const options: PostgresOptions = { schema, key: "a".repeat(64), pool: between };
  store = await postgres(options).open();
  await write(insight("a", "zebra"), { type: "document", key: "gate", value: 1 });
});

afterEach(async () => {
  for (const client of open.splice(0)) {
    await client.query("rollback");
    client.release();
  }
  await elsewhere.query("rollback");
  await store.close();
});

/** Somebody with a transaction that has a number, and does not end. */
async function begin(sql = "select pg_current_xact_id()"): Promise<pg.PoolClient> {
  const client = await pool.connect();
  open.push(client);
  await client.query(`begin; ${sql}`);
  return client;
}

let commits = 0;
function write(...writes: Write[]): Promise<{ readonly position: number }> {
  return store.commit({ id: `u${commits++}`, writes });
}

const told = (changes: readonly Change[]): string[] => changes.map(({ id, type }) => `${type} ${id}`);

test("changes wait for no transaction of others, of this database or another", { timeout: patience }, async () => {
  await begin();
  await begin(`update ${schema}.meta set value = value where key = 'server'`);
  await elsewhere.query("begin; select pg_current_xact_id()");
  const another = await postgres({ pool, schema: `${schema}_other`, key: "b".repeat(64) }).open();
  await another.commit({ id: "gate", writes: [{ type: "document", key: "gate", value: 1 }] });
  await begin(`select from ${schema}_other.documents for update`);
  // A commit to another store, which is held up.
  const held = another.commit({ id: "held", writes: [{ type: "document", key: "gate", value: 2 }] });
  await waiting(1);
  await write(insight("b", "zebra"));
  const before = performance.now();
  expect(told(await store.changes("acme"))).toEqual(["put a", "put b"]);
  // It would have been waited for until then, and then told without what is new.
  expect(performance.now() - before).toBeLessThan(1900);
  await open.at(-1)?.query("rollback");
  await held;
  await another.close();
});

/** Waits until so many statements of this store and its neighbours wait for a lock. */
async function waiting(n: number): Promise<void> {
  const sql = `select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and query like '%${schema}%'`;
  await expect.poll(async () => (await pool.query<{ n: number }>(sql)).rows[0]?.n, { timeout: patience }).toBe(n);
}

test("changes wait for a commit that has a lower position and is still under way", { timeout: patience }, async () => {
  const gate = await begin(`select from ${schema}.documents for update`);
  const slow = write(insight("slow", "zebra"), { type: "document", key: "gate", value: 2 });
  await waiting(1);
  const other = await postgres({ pool, schema, key: "a".repeat(64) }).open();
  await other.commit({ id: "quick", writes: [insight("quick", "zebra")] });
  let answered = false;
  const asked = store.changes("acme").then((changes) => {
    answered = true;
    return changes;
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(answered).toBe(false);
  await gate.query("commit");
  expect(told(await asked)).toEqual(["put a", "put slow", "put quick"]);
  expect((await slow).position).toBeGreaterThan(0);
  await other.close();
});

test("a writer that has no number yet counts as the oldest of all", { timeout: patience }, async () => {
  const below = async (): Promise<number> =>
    Number((await pool.query<{ n: string }>(`select ${schema}.horizon_1() as n`)).rows[0]?.n);
  const before = await write(insight("b", "zebra"));
  await begin();
  const after = await write(insight("c", "zebra"));
  expect(await below()).toBeGreaterThan(after.position);
  await begin(`select pg_advisory_xact_lock_shared(${keysLock(`"${schema}"`)})`);
  expect(await below()).toBeGreaterThan(before.position);
  expect(await below()).toBeLessThan(after.position);
  expect(told(await store.changes("acme"))).toEqual(["put a", "put b"]);
});

test("recent words are read once, though a transaction of others does not end", { timeout: patience }, async () => {
  await begin();
  await write(...Array.from({ length: 200 }, (_, i) => insight(`r${i}`)));
  let rows = 0;
  between.after = (text, count) => {
    if (text.includes("words_1")) rows = count;
  };
  const ask = async (): Promise<number> => (await store.candidates(["zebra"], { scope: "acme" }, 5)).total;
  expect([await ask(), rows > 200]).toEqual([201, true]);
  // The next look makes them final, and the one after it knows them.
  expect(await ask()).toBe(201);
  await write(insight("new", "zebra"));
  expect([await ask(), rows < 10]).toEqual([202, true]);
});
