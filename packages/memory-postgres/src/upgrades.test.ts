import { spawn } from "node:child_process";
import { once } from "node:events";
import { isBrainOpsError, type ErrorCode, type Store, type Write } from "@brainops/core";
import { expect, test } from "vitest";
import { postgres } from "./index.ts";
import { migrations, type Migration } from "./migrations.ts";
import { openStore } from "./postgres.ts";
import { insight } from "./test-support/insight.ts";
import { startPooler } from "./test-support/pooler.ts";
import { testServer } from "./test-support/server.ts";

const key = "k".repeat(43);
const server = testServer("upgrades", 20);

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
  return store.commit({ id: `u${commits++}`, writes });
}

test("eight that start at once make one store, twenty times", async () => {
  for (let round = 0; round < 20; round++) {
    const schema = server.fresh();
    const stores = await Promise.all(
      Array.from({ length: 8 }, () => postgres({ pool: server.pool, schema, key }).open()),
    );
    await Promise.all(stores.map((store, n) => write(store, { type: "append", stream: "s", entries: [n] })));
    expect(await stores[round % 8]?.position("s")).toBe(8);
    const { rows } = await server.pool.query(`select key, value from ${schema}.meta where key in ('format', 'reader')`);
    expect(rows).toHaveLength(2);
    await Promise.all(stores.map((store) => store.close()));
    await server.pool.query(`drop schema ${schema} cascade`);
  }
});

test("eight processes open a store that does not exist yet, and all write to it", async () => {
  const schema = server.fresh();
  const program = (n: number): string => `
    import { postgres } from "@brainops/memory-postgres";
    const store = await postgres({ connectionString: ${JSON.stringify(server.url)}, schema: "${schema}", key: "${key}" }).open();
    for (let i = 0; i < 5; i++)
      await store.commit({ id: "${n}-" + i, writes: [{ type: "append", stream: "shared", entries: [${n}] }] });
    await store.close();`;
  const children = Array.from({ length: 8 }, (_, n) =>
    spawn(process.execPath, [...process.execArgv, "--input-type=module", "-e", program(n)], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "inherit", "inherit"],
    }),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0] as number));
  expect(codes).toEqual(Array.from({ length: 8 }, () => 0));
  const store = await postgres({ pool: server.pool, schema, key }).open();
  expect(await store.position("shared")).toBe(40);
  await store.close();
});

/** What a later release might add, and one after it take away. */
const expand: Migration = {
  format: 2,
  reader: 1,
  sql: (s) =>
    `alter table ${s}.documents add column note text; create function ${s}.commit_2() returns int language sql as 'select 2'`,
};
const contract: Migration = {
  format: 3,
  reader: 2,
  sql: (s) =>
    ["commit_1", "append_only_1", "append_with_wakes_1"].map((name) => `drop function ${s}.${name};`).join("\n"),
};

test("old and new work side by side, until what the old needs is taken away", async () => {
  const schema = server.fresh();
  const old = await postgres({ pool: server.pool, schema, key }).open();
  await write(old, { type: "append", stream: "s", entries: [1], expectedPosition: 0 });
  const newer = await openStore({ pool: server.pool, schema, key }, [...migrations, expand]);
  await write(newer, { type: "append", stream: "s", entries: [2], expectedPosition: 1 });
  await write(old, { type: "append", stream: "s", entries: [3], expectedPosition: 2 });
  // One that starts anew is old too, and does not undo the step.
  const again = await postgres({ pool: server.pool, schema, key }).open();
  expect(await again.position("s")).toBe(3);
  const { rows } = await server.pool.query(`select value from ${schema}.meta where key = 'format'`);
  expect(rows).toEqual([{ value: "2" }]);
  const newest = await openStore({ pool: server.pool, schema, key }, [...migrations, expand, contract]);
  expect(await codeOf(postgres({ pool: server.pool, schema, key }).open())).toBe("store_too_new");
  expect(await codeOf(write(old, { type: "append", stream: "s", entries: [4], expectedPosition: 3 }))).toBe(
    "store_too_new",
  );
  expect(await newest.position("s")).toBe(3);
  for (const store of [old, newer, again, newest]) await store.close();
});

test("a step that fails leaves everything as it was", async () => {
  const schema = server.fresh();
  const store = await postgres({ pool: server.pool, schema, key }).open();
  const broken: Migration = { format: 2, reader: 2, sql: (s) => `drop table ${s}.documents; select 1 / 0` };
  expect(await codeOf(openStore({ pool: server.pool, schema, key }, [...migrations, broken]))).toBeDefined();
  await write(store, { type: "document", key: "d", value: 1 });
  expect((await store.document("d"))?.value).toBe(1);
  await store.close();
});

test("the schema of another program is left alone, an empty one is taken", async () => {
  const [taken, empty] = [server.fresh(), server.fresh()];
  await server.pool.query(
    `create schema ${taken}; create table ${taken}.meta (key text, value text); create schema ${empty}`,
  );
  expect(await codeOf(postgres({ pool: server.pool, schema: taken, key }).open())).toBe("not_a_store");
  const { rows } = await server.pool.query(
    "select count(*)::int as n from information_schema.tables where table_schema = $1",
    [taken],
  );
  expect(rows).toEqual([{ n: 1 }]);
  const store = await postgres({ pool: server.pool, schema: empty, key }).open();
  await store.close();
  expect(() => postgres({ pool: server.pool, schema: "pg_store", key })).toThrow(
    expect.objectContaining({ code: "invalid_input" }),
  );
});

test("a store works through a pooler that hands each transaction to another connection", async () => {
  const pooler = await startPooler(server.url, 5);
  const schema = server.fresh();
  const connectionString = server.url.replace(/@[^/]*\//, `@127.0.0.1:${pooler.port}/`);
  const [one, two] = await Promise.all([
    postgres({ connectionString, schema, key }).open(),
    postgres({ connectionString, schema, key }).open(),
  ]);
  const record = (id: string, text: string, version = 1): Write =>
    insight(id, text, { scope: `acme/${id.length}`, version, tags: ["t"] });
  await Promise.all(
    [one, two].flatMap((store, n) =>
      Array.from({ length: 20 }, async (_, run) => {
        for (let i = 0; i < 5; i++)
          await write(
            store,
            { type: "append", stream: `run/${n}/${run}`, entries: [i], expectedPosition: i },
            record(`r${n}-${run}-${i}`, `word number${i}`),
          );
      }),
    ),
  );
  await write(two, record("r0-1-1", "another text", 2), { type: "document", key: "d", value: 1 });
  await write(one, ...Array.from({ length: 300 }, (_, i) => record(`many-${i}`, `word many${i}`)));
  const found = await two.candidates(["word"], { scope: "acme", tags: ["t"] }, 1000);
  expect(found.candidates).toHaveLength(499);
  expect((await one.read("run/1/7")).map(({ entry }) => entry)).toEqual([0, 1, 2, 3, 4]);
  await write(one, { type: "erase", scope: "acme" });
  expect((await two.changes("acme")).every(({ type }) => type === "gone")).toBe(true);
  expect(pooler.transactions).toBeGreaterThan(20);
  await one.close();
  await two.close();
  await pooler.close();
});
