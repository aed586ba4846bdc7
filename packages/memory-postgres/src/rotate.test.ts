import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Store, Write } from "@brainops/core";
import { analyse } from "@brainops/core/recall";
import { beforeEach, expect, test } from "vitest";
import { postgres, rotate } from "./index.ts";
import { testServer } from "./test-support/server.ts";

const key = "a".repeat(64);
const newKey = "b".repeat(64);
const server = testServer("rotate");
let schema: string;

beforeEach(() => {
  schema = server.fresh();
});

function put(id: string, text: string, scope: string): Write {
  return {
    type: "record",
    record: {
      id,
      kind: "experience",
      scope,
      text,
      data: {},
      tags: ["t"],
      importance: 0.5,
      confidence: 1,
      trust: "test",
      subjects: [],
      provenance: {},
      createdAt: 1,
      version: 1,
    },
  };
}

/** A store with something sealed in every table. */
async function fill(records: number): Promise<Store> {
  const store = await postgres({ pool: server.pool, schema, key }).open();
  const writes = Array.from({ length: records }, (_, i) => put(`r${i}`, `common number${i}x`, `acme/${i % 3}`));
  await store.commit({ id: "records", writes });
  await store.commit({
    id: "rest",
    writes: [
      { type: "append", stream: "run/1", entries: [{ hello: "world" }], expectedPosition: 0 },
      { type: "append", stream: "inbox/1", entries: [1] },
      { type: "document", key: "a/b", value: { n: 1 } },
      { type: "wake", key: "later", at: 5, data: { why: "it" } },
      { type: "blob", scope: "acme/1", id: "big", bytes: new Uint8Array(600_000).fill(7) },
      { type: "link", link: { from: "r0", to: "r1", type: "about", reason: "just so" } },
    ],
  });
  return store;
}

async function expectAll(store: Store, records: number): Promise<void> {
  const found = await store.records(Array.from({ length: records }, (_, i) => `r${i}`));
  expect(found.map(({ record }) => record.text)).toEqual(
    Array.from({ length: records }, (_, i) => `common number${i}x`),
  );
  const { candidates } = await store.candidates(analyse("number7x"), { scope: "acme" }, 3);
  expect(candidates.map(({ record }) => record.id)).toEqual(["r7"]);
  expect(await store.read("run/1")).toEqual([{ position: 0, entry: { hello: "world" } }]);
  expect(await store.read("inbox/1")).toEqual([{ position: 0, entry: 1 }]);
  expect(await store.streams("run/")).toContain("run/1");
  expect((await store.document("a/b"))?.value).toEqual({ n: 1 });
  expect(await store.wake("later")).toEqual({ key: "later", at: 5, data: { why: "it" } });
  expect((await store.blob("acme/1", "big"))?.length).toBe(600_000);
  expect((await store.links("r0"))[0]?.reason).toBe("just so");
}

async function withNewKey(check: (store: Store) => Promise<void>): Promise<void> {
  const store = await postgres({ pool: server.pool, schema, key: newKey }).open();
  await check(store);
  await store.close();
}

/** The keys that sealed what is in a table. */
async function keysIn(table: string, column = "body"): Promise<string[]> {
  const { rows } = await server.pool.query<{ key: string }>(
    `select distinct encode(substr(${column}, 1, 4), 'hex') as key from ${schema}.${table} where ${column} is not null`,
  );
  return rows.map((row) => row.key);
}

const sealed = ["records", "journal", "streams", "scopes", "documents", "wakes", "chunks"];

test("a changed key opens everything, the old one is wrong, and nothing is sealed under an old key", async () => {
  const store = await fill(300);
  const before = new Set((await Promise.all(sealed.map((table) => keysIn(table)))).flat());
  await rotate({ pool: server.pool, schema, key, newKey, grace: 0 });
  await expect(postgres({ pool: server.pool, schema, key }).open()).rejects.toMatchObject({ code: "wrong_key" });
  await withNewKey((again) => expectAll(again, 300));
  for (const table of sealed)
    expect(
      (await keysIn(table)).filter((one) => before.has(one)),
      table,
    ).toEqual([]);
  expect((await keysIn("links", "more")).filter((one) => before.has(one))).toEqual([]);
  const { rows } = await server.pool.query(`select count(*)::int as n from ${schema}.keys`);
  // The key of tokens, that of the store, and one for each of three scopes.
  expect(rows).toEqual([{ n: 5 }]);
  await store.close();
  await rotate({ pool: server.pool, schema, key, newKey, grace: 0 });
  await expect(rotate({ pool: server.pool, schema, key, newKey: "c".repeat(64) })).rejects.toMatchObject({
    code: "wrong_key",
  });
});

test("a rotation that is aborted goes on where it was", async () => {
  const store = await fill(500);
  const controller = new AbortController();
  const stopped = rotate({
    pool: server.pool,
    schema,
    key,
    newKey,
    grace: 0,
    signal: controller.signal,
    progress: () => controller.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ code: "aborted" });
  await withNewKey((again) => expectAll(again, 500));
  await store.commit({ id: "on", writes: [put("more", "text", "acme/new"), { type: "document", key: "k", value: 1 }] });
  await rotate({ pool: server.pool, schema, key, newKey, grace: 0 });
  await withNewKey((again) => expectAll(again, 500));
  await store.close();
});

test("others read and write meanwhile, a rotation that is killed is gone on with, and nothing is lost", async () => {
  const idle = await fill(1500);
  const writing = await postgres({ pool: server.pool, schema, key }).open();
  let n = 0;
  let done = false;
  const work = (async () => {
    for (; !done; n++) {
      await writing.commit({
        id: `w${n}`,
        writes: [
          { type: "append", stream: "shared", entries: [n], expectedPosition: n },
          { type: "document", key: `d/${n}`, value: n },
          put(`w${n}`, `written ${n}`, `later/${n % 40}`),
        ],
      });
      await writing.commit({
        id: `o${n}`,
        writes: [{ type: "append", stream: "only", entries: [n], expectedPosition: n }],
      });
      expect(await writing.read("shared", { from: n })).toHaveLength(1);
      expect(await writing.records([`r${n % 1500}`, `w${n}`])).toHaveLength(2);
      // There is nothing to be gained by doing it all the time.
      await sleep(10);
    }
  })();
  const program = `
    import { rotate } from "@brainops/memory-postgres";
    await rotate({ connectionString: ${JSON.stringify(server.url)}, schema: "${schema}", key: "${key}", newKey: "${newKey}",
      progress: (share) => share > 0.5 && process.kill(process.pid, "SIGKILL") });`;
  const child = spawn(process.execPath, [...process.execArgv, "--input-type=module", "-e", program], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "inherit", "inherit"],
  });
  expect((await once(child, "exit"))[1]).toBe("SIGKILL");
  await rotate({ pool: server.pool, schema, key, newKey, grace: 8000 });
  done = true;
  await work;
  expect(n).toBeGreaterThan(0);
  // This one did nothing all the while.
  await idle.commit({ id: "idle", writes: [put("idle", "text", "acme/1")] });
  await expectAll(idle, 1500);
  await idle.close();
  await writing.close();
  await withNewKey(async (store) => {
    await expectAll(store, 1500);
    for (const stream of ["shared", "only"])
      expect((await store.read(stream)).map(({ entry }) => entry)).toEqual(Array.from({ length: n }, (_, i) => i));
    expect(await store.documents("d/")).toHaveLength(n);
    expect(await store.find({ scope: "later" }, { limit: 100_000 })).toHaveLength(n);
  });
});
