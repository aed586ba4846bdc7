import { createBrain, type Store, type Write } from "@brainops/core";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { postgres } from "./index.ts";
import { insight } from "./test-support/insight.ts";
import { startPostgres, type PostgresServer } from "../../../scripts/postgres-server.ts";

const patience = 60_000;
// One of its own, because a server counts deadlocks by database.
const database = `deadlocks_${process.pid}`;
let server: PostgresServer;
let admin: pg.Pool;
let url: string;

beforeAll(async () => {
  server = await startPostgres();
  const first = new pg.Client({ connectionString: server.url });
  await first.connect();
  await first.query(`create database ${database}`);
  await first.end();
  const own = new URL(server.url);
  own.pathname = `/${database}`;
  url = own.href;
  admin = new pg.Pool({ connectionString: url, max: 4 });
  admin.on("error", () => undefined);
}, patience);

afterAll(async () => {
  await admin.end();
  await server.stop();
}, patience);

function open(schema = "brainops"): Promise<Store> {
  const connectionString = `${url}?application_name=deadlocks`;
  // Patient: how long a lock is waited for is not the question here.
  return postgres({ connectionString, schema, key: "k".repeat(43), busyTimeout: patience }).open();
}

let commits = 0;
function write(store: Store, ...writes: Write[]): Promise<unknown> {
  return store.commit({ id: `d${commits++}`, writes });
}

const sessions = "select count(*)::int as n from pg_stat_activity where application_name = 'deadlocks'";
const waiting =
  "select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'deadlocks'";

test("two that stand in each other's way both come through", { timeout: patience }, async () => {
  const [one, two] = [await open(), await open()];
  const places = Array.from({ length: 8 }, (_, i) => i);
  await write(one, ...places.map((i) => insight(`r${i}`)));
  // What two runs side by side may both write to, some of it made by whoever comes first.
  const writesTo = (n: number, round: number): readonly ((i: number) => Write)[] => [
    (i) => ({ type: "document", key: `k/${i}`, value: n }),
    (i) => ({ type: "document", key: `new/${round}/${i}`, value: n }),
    (i) => ({ type: "count", id: `r${i}`, counter: "uses", by: 1 }),
    (i) => ({ type: "append", stream: `shared/${i}`, entries: [n] }),
    (i) => ({ type: "append", stream: `shared/${round}/${i}`, entries: [n] }),
    (i) => ({ type: "wake", key: `w/${round % 3}/${i}`, at: n, data: {} }),
    (i) => ({ type: "blob", scope: "acme", id: `b/${round}/${i}`, bytes: new Uint8Array([i]) }),
    (i) => ({ type: "link", link: { from: `r${i}`, to: `r${(i + 1) % 8}`, type: "about" } }),
  ];
  await Promise.all(
    [one, two].flatMap((store, n) =>
      Array.from({ length: 3 }, async (_, caller) => {
        const order = n === 0 ? places : places.toReversed();
        for (let round = 0; round < 20; round++)
          await write(store, ...order.flatMap((i) => writesTo(n, caller * 20 + round).map((make) => make(i))));
      }),
    ),
  );
  expect((await one.documents("k/")).map(({ version }) => version)).toEqual(places.map(() => 120));
  expect((await one.records(["r3"]))[0]?.counters.uses).toBe(120);
  expect(await one.position("shared/3")).toBe(120);
  // Sessions tell what they have counted when they end.
  for (const store of [one, two]) await store.close();
  await expect.poll(async () => (await admin.query(sessions)).rows, { timeout: patience }).toEqual([{ n: 0 }]);
  const { rows } = await admin.query("select deadlocks::int as n from pg_stat_database where datname = $1", [database]);
  expect(rows).toEqual([{ n: 0 }]);
});

test("a deadlock with another program is no doubt: it is tried again", { timeout: patience }, async () => {
  await admin.query(`alter database ${database} set deadlock_timeout = 100`);
  const store = await open("second");
  const documents = (value: number): Write[] => ["a", "b", "c"].map((key) => ({ type: "document", key, value }));
  await write(store, ...documents(1));
  const { rows } = await admin.query<{ name: string }>(`select name from second.documents order by ctid`);
  const [gate, other] = [await admin.connect(), await admin.connect()];
  const lock = (by: pg.PoolClient, row: number): Promise<unknown> =>
    by.query(`select from second.documents where name = $1 for update`, [rows[row]?.name]);
  const waits = async (n: number): Promise<void> => {
    await expect.poll(async () => (await admin.query(waiting)).rows, { timeout: patience }).toEqual([{ n }]);
  };
  // A server looks for a deadlock once, when somebody has waited for so long. So the store must be the last that begins to wait:
  // it has the first, is held up at the second until the other waits for the first, and then finds that the other has the third.
  // And it is the store that breaks off, since the other would take its time.
  await gate.query("begin");
  await lock(gate, 1);
  await other.query("begin; set local deadlock_timeout = '1h'; set local application_name = 'deadlocks'");
  await lock(other, 2);
  const committing = write(store, ...documents(2));
  await waits(1);
  const locking = lock(other, 0);
  await waits(2);
  await gate.query("commit");
  await locking;
  await other.query("commit");
  for (const client of [gate, other]) client.release();
  await committing;
  expect((await store.documents("")).map(({ value, version }) => [value, version])).toEqual(
    documents(2).map(() => [2, 2]),
  );
  // It was one, and is counted when the session that found it ends.
  await store.close();
  const counted = "select deadlocks::int as n from pg_stat_database where datname = $1";
  await expect
    .poll(async () => (await admin.query(counted, [database])).rows, { timeout: patience })
    .toEqual([{ n: 1 }]);
});

test("an error that two processes remember at once is one, and counts all of them", { timeout: patience }, async () => {
  const opener = { name: "postgres", open: () => open("errors") };
  const brains = await Promise.all([createBrain({ store: opener }), createBrain({ store: opener })]);
  const remember = (text: string): Promise<string>[] =>
    brains.map((brain) => brain.remember({ kind: "error", text, fingerprint: "full" }));
  const ids = await Promise.all(Array.from({ length: 6 }, (_, i) => remember(`disk ${i} is full`)).flat());
  expect(new Set(ids).size).toBe(1);
  expect((await brains[0].store.records(ids.slice(0, 1)))[0]?.record.data["count"]).toBe(12);
  await Promise.all(brains.map((brain) => brain.close()));
});
