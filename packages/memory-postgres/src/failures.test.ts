import { isBrainOpsError, type ErrorCode, type Store, type Write } from "@brainops/core";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { postgres, type PostgresOptions } from "./index.ts";
import { startProxy, type Proxy } from "./test-support/proxy.ts";
import { startPostgres, type PostgresServer } from "../../../scripts/postgres-server.ts";

const key = "k".repeat(43);
const patience = 60_000;
let server: PostgresServer;
let proxy: Proxy;
let admin: pg.Pool;
let schemas = 0;
let schema: string;
const open: Store[] = [];
const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

beforeAll(async () => {
  process.on("unhandledRejection", note);
  server = await startPostgres({ own: true, settings: { max_connections: 60, wal_writer_delay: 10_000 } });
  proxy = await startProxy(server.port);
  admin = new pg.Pool({ connectionString: server.url, max: 4 });
  admin.on("error", () => undefined);
}, patience);

afterAll(async () => {
  await admin.end();
  await proxy.close();
  await server.stop();
  process.off("unhandledRejection", note);
}, patience);

beforeEach(() => {
  schema = `failures_${schemas++}`;
});

afterEach(async () => {
  proxy.mode = "pass";
  for (const store of open.splice(0)) await store.close();
  expect(unhandled).toEqual([]);
});

async function through(more: Partial<PostgresOptions> = {}): Promise<Store> {
  const connectionString = server.url.replace(`:${server.port}/`, `:${proxy.port}/`);
  const store = await postgres({ connectionString, schema, key, ...more }).open();
  open.push(store);
  return store;
}

async function straight(more: Partial<PostgresOptions> = {}): Promise<Store> {
  const store = await postgres({ connectionString: server.url, schema, key, ...more }).open();
  open.push(store);
  return store;
}

async function codeOf(promise: Promise<unknown>): Promise<ErrorCode | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (!isBrainOpsError(error)) throw error;
    return error.code;
  }
}

let commits = 0;
function write(store: Store, ...writes: Write[]): Promise<unknown> {
  return store.commit({ id: `f${commits++}`, writes });
}

function entry(value: number, stream = "s"): Write {
  return { type: "append", stream, entries: [value], expectedPosition: value };
}

test("a commit whose acknowledgement was lost is settled by its id, and done once", { timeout: patience }, async () => {
  const store = await through();
  await write(store, entry(0));
  for (const [i, writes] of [
    [entry(1), { type: "document", key: "d", value: 1 }],
    [{ type: "append", stream: "inbox", entries: [1] }],
  ].entries()) {
    proxy.cutAfter = '"t":"append"';
    await write(store, ...(writes as Write[]));
    expect(proxy.cuts).toBe(i + 1);
  }
  expect(await store.position("s")).toBe(2);
  expect(await store.position("inbox")).toBe(1);
  expect((await store.document("d"))?.version).toBe(1);
});

test(
  "when the server stays away after it, it is commit_unknown, and the same id settles it",
  { timeout: patience },
  async () => {
    const store = await through({ busyTimeout: 300 });
    await write(store, entry(0));
    const commit = { id: "settle", writes: [entry(1), { type: "append", stream: "inbox", entries: [1] } as const] };
    proxy.cutAfter = '"t":"append"';
    const asked = codeOf(store.commit(commit));
    while (proxy.cuts < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    proxy.mode = "refuse";
    expect(await asked).toBe("commit_unknown");
    expect(await codeOf(store.position("s"))).toBe("store_unavailable");
    proxy.mode = "pass";
    const position = (await store.commit(commit)).position;
    expect((await store.commit(commit)).position).toBe(position);
    expect([await store.position("s"), await store.position("inbox")]).toEqual([2, 1]);
  },
);

/** Does it once the server can be reached again: a bound this short is at times too short for a server that is busy. */
async function reached<T>(work: () => Promise<T>): Promise<T> {
  for (const until = Date.now() + patience / 2; ;) {
    try {
      return await work();
    } catch (error) {
      if (!isBrainOpsError(error, "store_unavailable") || Date.now() > until) throw error;
    }
  }
}

test("a server that does not answer is waited for in bounds", { timeout: patience }, async () => {
  const store = await reached(() => through({ busyTimeout: 200, answerTimeout: 1500 }));
  await reached(() => write(store, entry(0)));
  proxy.mode = "hold";
  expect(await codeOf(write(store, entry(1)))).toBe("commit_unknown");
  expect(await codeOf(store.read("s"))).toBe("store_unavailable");
  proxy.mode = "pass";
  await reached(() => write(store, entry(0, "t")));
  proxy.mode = "mute";
  expect(await codeOf(write(store, entry(1)))).toBe("commit_unknown");
  proxy.mode = "pass";
  proxy.cut();
  expect(await reached(() => store.position("s"))).toBe(2);
  await reached(() => write(store, entry(2)));
});

test("connections that are cut again and again lose nothing and repeat nothing", { timeout: patience }, async () => {
  const store = await through({ busyTimeout: 30_000 });
  const cuts = (async () => {
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20 + ((i * 37) % 60)));
      proxy.cut();
    }
  })();
  await Promise.all(
    Array.from({ length: 10 }, async (_, run) => {
      for (let i = 0; i < 60; i++)
        await write(store, entry(i, `run/${run}`), { type: "append", stream: "inbox", entries: [run * 100 + i] });
    }),
  );
  await cuts;
  for (let run = 0; run < 10; run++) expect(await store.position(`run/${run}`)).toBe(60);
  const inbox = (await store.read("inbox")).map(({ entry }) => Number(entry));
  expect(inbox.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 600 }, (_, i) => Math.floor(i / 60) * 100 + (i % 60)),
  );
});

test(
  "a lock that others hold is waited for in bounds, and holds up no other commit for good",
  { timeout: patience },
  async () => {
    const store = await straight({ busyTimeout: 200 });
    await write(store, { type: "document", key: "d", value: 1 });
    const other = await admin.connect();
    await other.query(`begin; select * from ${schema}.documents for update`);
    const both = await Promise.all([
      codeOf(write(store, { type: "document", key: "d", value: 2 }, entry(0))),
      codeOf(write(store, entry(0, "free"))),
    ]);
    expect(both).toEqual(["store_busy", undefined]);
    expect(await store.position("s")).toBe(0);
    await other.query("rollback");
    other.release();
    await write(store, { type: "document", key: "d", value: 2 }, entry(0));
    expect((await store.document("d"))?.version).toBe(2);
  },
);

/** The address of the server for a new role that is set up so. */
async function asRole(setting: string): Promise<string> {
  const role = `role_${process.pid}_${schemas}`;
  await admin.query(`create role ${role} login password 'x' ${setting}; grant all on database postgres to ${role}`);
  return server.url.replace("postgres:postgres@", `${role}:x@`);
}

test(
  "a statement that the server breaks off is store_busy, and nothing of it is written",
  { timeout: patience },
  async () => {
    const connectionString = await asRole("");
    const store = await straight({ connectionString });
    await write(store, { type: "document", key: "d", value: 1 });
    // What a role is told holds for its next connections.
    const role = new URL(connectionString).username;
    await admin.query(`alter role ${role} set statement_timeout = 1000`);
    await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", [role]);
    const other = await admin.connect();
    await other.query(`begin; select * from ${schema}.documents for update`);
    expect(await codeOf(write(store, entry(0), { type: "document", key: "d", value: 2 }))).toBe("store_busy");
    await other.query("rollback");
    other.release();
    expect(await store.position("s")).toBe(0);
    await write(store, entry(0));
  },
);

test("a server that takes no more connections is waited for, in bounds", { timeout: patience }, async () => {
  const connectionString = await asRole("connection limit 1");
  const holder = new pg.Client({ connectionString });
  await holder.connect();
  expect(await codeOf(straight({ connectionString, busyTimeout: 100 }))).toBe("store_unavailable");
  const opening = straight({ connectionString, connections: 1 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await holder.end();
  const store = await opening;
  await write(store, entry(0));
  expect(await store.position("s")).toBe(1);
});

test(
  "a full disk is store_full: what was acknowledged stays, small commits beside it go on",
  { timeout: patience },
  async () => {
    const store = await straight();
    await write(store, entry(0));
    // The server's own error for a disk that is full, raised for what is large.
    await admin.query(`
    create function ${schema}.no_room() returns trigger language plpgsql as $$
    begin
      if length(new.body) > 10000 then raise exception 'No space left on device' using errcode = '53100'; end if;
      return new;
    end $$;
    create trigger no_room before insert on ${schema}.journal for each row execute function ${schema}.no_room()`);
    const big: Write = { type: "append", stream: "s", entries: ["x".repeat(20_000)], expectedPosition: 1 };
    const both = await Promise.all([
      codeOf(write(store, { type: "document", key: "d", value: 1 }, big)),
      codeOf(write(store, { type: "document", key: "small", value: 1 })),
    ]);
    expect(both).toEqual(["store_full", undefined]);
    expect([await store.position("s"), await store.document("d")]).toEqual([1, undefined]);
    await admin.query(`drop trigger no_room on ${schema}.journal`);
    await write(store, big);
    expect(await store.position("s")).toBe(2);
  },
);

test(
  "a server that is stopped and started again: work goes on, nothing acknowledged is lost",
  { timeout: patience },
  async () => {
    const store = await straight({ busyTimeout: 30_000 });
    const quick = await reached(() => straight({ busyTimeout: 100 }));
    let acknowledged = 0;
    let working = true;
    const work = (async () => {
      for (; working; acknowledged++) await write(store, entry(acknowledged));
    })();
    while (acknowledged < 20) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.halt();
    expect(await codeOf(quick.position("s"))).toBe("store_unavailable");
    expect(["store_unavailable", "commit_unknown"]).toContain(await codeOf(write(quick, entry(0, "t"))));
    const before = acknowledged;
    await server.start();
    while (acknowledged < before + 20) await new Promise((resolve) => setTimeout(resolve, 5));
    working = false;
    await work;
    expect((await store.read("s")).map(({ entry }) => entry)).toEqual(
      Array.from({ length: acknowledged }, (_, i) => i),
    );
    await reached(() => write(quick, entry(0, "t")));
  },
);

test("what a server forgets of packing when it fails is packed again, and found", { timeout: patience }, async () => {
  const [store, other] = [await straight({ busyTimeout: 30_000 }), await straight({ busyTimeout: 30_000 })];
  const filled = { data: {}, tags: [], importance: 0, confidence: 1, trust: "test", subjects: [] } as const;
  const many = (prefix: string, text: string): Write[] =>
    Array.from({ length: 260 }, (_, i) => {
      const of = {
        id: `${prefix}${i}`,
        kind: "insight",
        scope: "acme",
        createdAt: 1,
        version: 1,
        provenance: {},
      } as const;
      return { type: "record", record: { ...filled, ...of, text } };
    });
  const recent = async (): Promise<number> => {
    const { rows } = await admin.query<{ n: number }>(`select count(*)::int as n from ${schema}.recent`);
    return rows[0]?.n ?? 0;
  };
  const counts = async (by: Store): Promise<readonly number[]> =>
    (await by.candidates(["zebra", "lion"], { scope: "acme" }, 0)).documentFrequencies;
  await write(other, ...many("z", "zebra"));
  await expect.poll(recent, { timeout: patience }).toBe(0);
  // It remembers what is packed of both words, of the second that it is nothing.
  expect(await counts(store)).toEqual([260, 0]);
  // Nobody has waited for the packing to be on disk.
  await server.fail();
  await server.start();
  await write(other, ...many("l", "lion"));
  await expect.poll(recent, { timeout: patience }).toBe(0);
  for (const by of [store, other]) expect(await counts(by)).toEqual([260, 260]);
});
