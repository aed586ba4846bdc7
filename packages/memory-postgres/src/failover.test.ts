import type { Store, Write } from "@brainops/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { postgres } from "./index.ts";
import { insight } from "./test-support/insight.ts";
import { askPostgres, startPostgres, type PostgresServer } from "../../../scripts/postgres-server.ts";

// A standby takes the place of its server. Servers follow each other: each is the standby of the one before it.

const patience = 60_000;
const key = "k".repeat(43);
const servers: PostgresServer[] = [];

beforeAll(async () => {
  servers.push(await startPostgres({ own: true }));
}, patience);

afterAll(async () => {
  for (const server of servers) await server.stop();
}, patience);

/** Starts a standby of the newest server, and waits until it has caught up. */
async function addStandby(): Promise<[PostgresServer, PostgresServer]> {
  const before = servers.at(-1) as PostgresServer;
  const standby = await startPostgres({ own: true, standbyOf: before });
  servers.push(standby);
  const attached =
    "select count(*)::int as n from pg_stat_replication where application_name = 'standby' and state = 'streaming'";
  await expect.poll(() => askPostgres(before, attached), { timeout: patience }).toEqual([{ n: 1 }]);
  return [before, standby];
}

/** An address with both servers, the later first, so that it has to be passed over as long as it only reads. */
function both(first: PostgresServer, second: PostgresServer): string {
  return first.url.replace(`127.0.0.1:${first.port}`, `127.0.0.1:${second.port},127.0.0.1:${first.port}`);
}

let commits = 0;
function write(store: Store, ...writes: Write[]): Promise<unknown> {
  return store.commit({ id: `f${commits++}`, writes });
}

const entry = (value: number): Write => ({ type: "append", stream: "s", entries: [value], expectedPosition: value });

test(
  "with synchronous replication work goes on where the standby is, nothing lost or done twice",
  { timeout: patience },
  async () => {
    const [first, second] = await addStandby();
    await askPostgres(first, "alter system set synchronous_standby_names = 'standby'", "select pg_reload_conf()");
    const store = await postgres({ connectionString: both(first, second), key, busyTimeout: patience }).open();
    await write(store, entry(0), insight("before", "zebra"));
    // It has on disk what was acknowledged, and shows it a moment later.
    const there = "select count(*)::int as n from pg_namespace where nspname = 'brainops'";
    await expect.poll(() => askPostgres(second, there), { timeout: patience }).toEqual([{ n: 1 }]);
    // A standby can be read from; what is to be written there waits for it to take writes, in bounds.
    const follower = await postgres({ connectionString: second.url, key, busyTimeout: 200 }).open();
    await expect.poll(() => follower.position("s"), { timeout: patience }).toBe(1);
    expect((await follower.candidates(["zebra"], { scope: "acme" }, 5)).total).toBe(1);
    expect((await follower.changes("acme")).map(({ id }) => id)).toEqual(["before"]);
    await expect(write(follower, entry(1))).rejects.toMatchObject({ code: "store_read_only" });
    let acknowledged = 1;
    let working = true;
    const work = (async () => {
      for (; working; acknowledged++)
        await write(store, entry(acknowledged), { type: "append", stream: "inbox", entries: [acknowledged] });
    })();
    await expect.poll(() => acknowledged, { timeout: patience }).toBeGreaterThan(20);
    await first.fail();
    // The address leads to a server that only reads: what comes is waited for.
    const reading = store.position("s");
    await askPostgres(second, "select pg_promote()");
    const then = acknowledged;
    await expect.poll(() => acknowledged, { timeout: patience }).toBeGreaterThan(then + 20);
    working = false;
    await work;
    expect(await reading).toBeGreaterThan(20);
    for (const stream of ["s", "inbox"])
      expect((await store.read(stream)).map((one) => one.entry)).toEqual(
        Array.from({ length: acknowledged }, (_, i) => i).slice(stream === "s" ? 0 : 1),
      );
    await write(follower, insight("after", "zebra"));
    await follower.close();
    const { candidates, total } = await store.candidates(["zebra"], { scope: "acme" }, 5);
    expect([total, candidates.map(({ record }) => record.id)]).toEqual([2, ["after", "before"]]);
    await store.close();
  },
);

test(
  "with asynchronous replication a store says so when it has lost what it acknowledged",
  { timeout: patience },
  async () => {
    const replicas = "select count(*)::int as n from pg_stat_replication";
    const before = servers.at(-1) as PostgresServer;
    await askPostgres(before, "alter system reset synchronous_standby_names", "select pg_reload_conf()");
    const [first, second] = await addStandby();
    const open = (): Promise<Store> =>
      postgres({ connectionString: both(first, second), key, busyTimeout: patience, schema: "lost" }).open();
    const [writer, reader, other] = [await open(), await open(), await open()];
    await write(writer, { type: "append", stream: "run", entries: [0], expectedPosition: 0 }, insight("kept", "zebra"));
    await write(other, insight("other", "zebra"));
    await expect
      .poll(() => askPostgres(second, "select count(*)::int as n from lost.records"), { timeout: patience })
      .toEqual([{ n: 2 }]);
    // From now on the standby is told nothing, and the server does not wait for it.
    await askPostgres(second, "alter system set primary_conninfo = ''", "select pg_reload_conf()");
    await expect.poll(() => askPostgres(first, replicas), { timeout: patience }).toEqual([{ n: 0 }]);
    // A server that takes another's place passes over the next 32 numbers of each sequence; then they are given again.
    const many = (text: string, scope: string): Write[] =>
      Array.from({ length: 50 }, (_, i) => insight(`${scope}${i}`, text, { scope: `${scope}/${i}` }));
    const ids = (scope: string): string[] => Array.from({ length: 50 }, (_, i) => `${scope}${i}`);
    await write(
      writer,
      { type: "append", stream: "run", entries: [1], expectedPosition: 1 },
      insight("lost", "zebra"),
      insight("lost-too", "zebra"),
      ...many("lion", "new"),
    );
    const find = async (store: Store): Promise<[string[], number]> => {
      // Figures alone, so that no record tells that something is wrong with them.
      const { total } = await store.candidates(["zebra"], { scope: "acme" }, 0);
      const { candidates } = await store.candidates(["zebra"], { scope: "acme" }, 5);
      return [candidates.map(({ record }) => record.id), total];
    };
    // Two that have only read what is going to be lost; their numbers will be given again.
    for (const store of [reader, other]) {
      expect(await find(store)).toEqual([["kept", "lost", "lost-too", "other"], 4]);
      expect(await store.records(ids("new"))).toHaveLength(50);
    }
    await first.fail();
    await askPostgres(second, "select pg_promote()");
    // Who was told that something is kept that is not hears of it, whatever it does next.
    const older = { code: "store_rolled_back" };
    const next: Write = { type: "append", stream: "run", entries: [2], expectedPosition: 2 };
    await expect(write(writer, next)).rejects.toMatchObject(older);
    await expect(writer.position("run")).rejects.toMatchObject(older);
    await write(other, insight("again", "zebra"), ...many("tiger", "other"));
    for (const store of [other, reader]) {
      expect(await find(store)).toEqual([["again", "kept", "other"], 3]);
      expect((await store.records([...ids("new"), ...ids("other")])).map(({ record }) => record.scope)).toEqual(
        Array.from({ length: 50 }, (_, i) => `other/${i}`),
      );
    }
    await writer.close();
    const anew = await open();
    expect(await anew.position("run")).toBe(1);
    await write(anew, { type: "append", stream: "run", entries: ["1, once more"], expectedPosition: 1 });
    for (const store of [reader, other, anew]) await store.close();
  },
);
