import { isBrainOpsError, type Store, type StoreOpener, type Write } from "@brainops/core";
import { countTerms } from "@brainops/core/recall";
import { storeSuite } from "@brainops/core/testing";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgres, type PostgresOptions } from "./index.ts";
import { startPostgres, type PostgresServer } from "../../../scripts/postgres-server.ts";

let server: PostgresServer;
let pool: pg.Pool;
let schemas = 0;
const key = "k".repeat(43);

beforeAll(async () => {
  server = await startPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 8 });
  pool.on("error", () => undefined);
});

afterAll(async () => {
  await pool.end();
  await server.stop();
});

describe("the store on PostgreSQL", () => {
  storeSuite({
    // Only for what hangs: the longest of them takes a minute on a machine that is very busy.
    test: (name, run) => test(name, { timeout: 240_000 }, () => expect(run()).resolves.toBeUndefined()),
    fresh: () => postgres({ pool, schema: `suite_${process.pid}_${schemas++}`, key }),
    crash: () => {
      const options = { connectionString: server.url, schema: `crash_${process.pid}`, key };
      return {
        opener: () => postgres(options),
        code: `import { postgres } from "@brainops/memory-postgres";
          const opener = postgres(${JSON.stringify(options)});`,
        cwd: import.meta.dirname,
      };
    },
  });
});

/** The server as somebody else has set it up: of another role or database, with settings of theirs. */
function surroundings(given: { options?: string; role?: string; database?: string }): string {
  const url = new URL(server.url);
  if (given.options !== undefined) url.searchParams.set("options", given.options);
  if (given.database !== undefined) url.pathname = `/${given.database}`;
  if (given.role !== undefined) [url.username, url.password] = [given.role, "secret"];
  return url.href;
}

/** Whether records come back by their words, by a vector, in the order of their ids, and are gone when they are erased. */
async function remember(store: Store, text: string): Promise<boolean> {
  const label = text.replaceAll("\u0001", "");
  const filled = {
    data: { text },
    importance: 0.1,
    confidence: 1,
    trust: "test",
    subjects: [label],
    provenance: {},
  } as const;
  // Sorted by bytes, whatever the language of the server.
  const ids = ["I-1", "Z", "i-1", "~"];
  const put = (id: string): Write => ({
    type: "record",
    record: { id, kind: "insight", scope: "a", text: `${text} İı`, createdAt: 1, version: 1, tags: [label], ...filled },
  });
  await store.commit({ id: "r", writes: ids.toReversed().map(put) });
  const vector = Float32Array.from([0.1, 1e-12, -3.5e7]);
  await store.commit({ id: "v", writes: [{ type: "vector", id: "Z", version: 1, space: "x/3", vector }] });
  const filter = { scope: "a", tags: [label] };
  const found = await store.candidates([...countTerms(text).frequencies.keys()], filter, 9);
  const { nearest } = await store.near(vector, "x/3", filter, 1);
  const [changes, whole] = [await store.changes("a"), found.candidates[0]?.record];
  await store.commit({ id: "e", writes: [{ type: "erase", subject: label }] });
  const left = await store.find({ scope: "a" });
  return (
    found.candidates.map(({ record }) => record.id).join() === ids.join() &&
    [whole?.text, whole?.data["text"], changes.length, nearest[0]?.record.id, left.length].join() ===
      [`${text} İı`, text, 4, "Z", 0].join() &&
    Math.abs((nearest[0]?.similarity ?? 0) - 1) < 1e-6
  );
}

/** Writes and reads in a fresh store; says how that went. */
async function use(options: PostgresOptions): Promise<string> {
  const text = "Déploy 東京 \\ ' \u0001";
  let opener: StoreOpener;
  try {
    opener = postgres({ schema: `use_${process.pid}_${schemas++}`, key, ...options });
    const store = await opener.open();
    try {
      const writes = [
        { type: "document", key: text.replaceAll("\u0001", ""), value: text },
        { type: "append", stream: "s", entries: [{ text }], expectedPosition: 0 },
      ] as const;
      await store.commit({ id: "c", writes });
      const [document] = await store.documents("D");
      const [entry] = await store.read("s");
      const records = await remember(store, text);
      return document?.value === text && JSON.stringify(entry?.entry) === JSON.stringify({ text }) && records
        ? "well"
        : "garbled";
    } finally {
      await store.close();
    }
  } catch (error) {
    return isBrainOpsError(error) ? error.code : String(error);
  }
}

test("settings of others change nothing", async () => {
  const settings = [
    "bytea_output=escape",
    "default_transaction_isolation=serializable",
    "default_transaction_isolation=repeatable\\ read -c default_transaction_deferrable=on",
    "row_security=off -c escape_string_warning=on -c backslash_quote=off",
    "check_function_bodies=off -c default_toast_compression=pglz -c synchronous_commit=off",
    "idle_in_transaction_session_timeout=1000 -c quote_all_identifiers=on -c array_nulls=off -c xmlbinary=hex",
    "intervalstyle=sql_standard -c lc_monetary=C -c jit=on -c jit_above_cost=0 -c enable_seqscan=off",
    "standard_conforming_strings=off",
    "client_encoding=LATIN1",
    "search_path=nowhere",
    "plan_cache_mode=force_generic_plan",
    "lock_timeout=1",
    "datestyle=SQL,DMY -c extra_float_digits=-10 -c timezone=Asia/Kathmandu",
  ];
  const found = await Promise.all(
    settings.map((one) => use({ connectionString: surroundings({ options: `-c ${one}` }), connections: 1 })),
  );
  expect(found).toEqual(settings.map(() => "well"));
  const single = new pg.Pool({ connectionString: server.url, max: 1 });
  single.on("error", () => undefined);
  expect(await use({ pool: single })).toBe("well");
  await single.end();
});

test("stores whose transactions are isolated more see each other all the same", async () => {
  for (const level of ["serializable", "repeatable\\ read"]) {
    const connectionString = surroundings({ options: `-c default_transaction_isolation=${level}` });
    const options = { connectionString, schema: `isolated_${process.pid}_${schemas++}`, key };
    const stores = await Promise.all(Array.from({ length: 3 }, () => postgres(options).open()));
    const put = (id: string): Write => {
      const filled = {
        data: {},
        importance: 0,
        confidence: 1,
        trust: "test",
        subjects: [],
        tags: [],
        provenance: {},
      } as const;
      return {
        type: "record",
        record: { id, kind: "insight", scope: "a", text: "zebra", createdAt: 1, version: 1, ...filled },
      };
    };
    await stores[0]?.commit({ id: "r", writes: [put("a"), put("b")] });
    await Promise.all(
      stores.map(async (store, n) => {
        for (let i = 0; i < 10; i++)
          await store.commit({
            id: `c${n}-${i}`,
            writes: [
              { type: "document", key: "d", value: i },
              { type: "append", stream: "shared", entries: [i] },
              { type: "count", id: "a", counter: "uses", by: 1 },
            ],
          });
      }),
    );
    // Two that would close a circle together: one of them must see the other's link.
    const ends = [["a", "b"] as const, ["b", "a"] as const];
    const closed = await Promise.allSettled(
      ends.map(async ([from, to], n) =>
        stores[n]?.commit({ id: `l${n}`, writes: [{ type: "link", link: { from, to, type: "supersedes" } }] }),
      ),
    );
    expect(closed.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const [store] = stores;
    expect(await store?.document("d")).toMatchObject({ version: 30 });
    expect(await store?.position("shared")).toBe(30);
    expect((await store?.records(["a"]))?.[0]?.counters.uses).toBe(30);
    for (const each of stores) await each.close();
  }
});

test("what a server, a role or a name does not allow is told by its code", async () => {
  const role = `role_${process.pid}`;
  // Of other encodings and languages; of these only letters that an encoding has can stand in the name of a schema.
  const databases = {
    latin: "encoding 'LATIN1' locale_provider libc locale 'C'",
    ascii: "encoding 'SQL_ASCII' locale_provider libc locale 'C'",
    japanese: "encoding 'EUC_JP' locale_provider libc locale 'C'",
    turkish: "encoding 'UTF8' locale_provider icu icu_locale 'tr-TR' locale 'C'",
  } as const;
  const named = (name: keyof typeof databases): string => `${name}_${process.pid}`;
  const at = (name: keyof typeof databases, schema?: string): Promise<string> =>
    use({ connectionString: surroundings({ database: named(name) }), ...(schema === undefined ? {} : { schema }) });
  await pool.query(`create role ${role} login password 'secret'`);
  await pool.query(`create schema ${role} authorization ${role}`);
  for (const [name, how] of Object.entries(databases))
    await pool.query(`create database ${named(name as keyof typeof databases)} template template0 ${how}`);
  try {
    expect({
      "too little time": await use({ connectionString: surroundings({ options: "-c statement_timeout=1" }) }),
      "read only": await use({ connectionString: surroundings({ options: "-c default_transaction_read_only=on" }) }),
      "no right to make a schema": await use({ connectionString: surroundings({ role }) }),
      "a schema of its own": await use({ connectionString: surroundings({ role }), schema: role }),
      "no such role": await use({ connectionString: surroundings({ role: "nobody" }) }),
      "no such database": await use({ connectionString: surroundings({ database: "none" }) }),
      "another encoding": await at("latin"),
      "a name it has no letters for": await at("latin", "東京"),
      "no encoding": [await at("ascii"), await at("ascii", "東京")],
      "an encoding of its own": [await at("japanese"), await at("japanese", "東京"), await at("japanese", "Ümit")],
      "another language": [await at("turkish"), await at("turkish", "Iı")],
      "odd names": await Promise.all(
        [`we"ird sch'ema ${process.pid}`, `SELECT %s \\x ${process.pid}`].map((schema) => use({ pool, schema })),
      ),
      "no names": await Promise.all(
        ["", "pg_own", "a$$b", "a\0b", "ü".repeat(32)].map((schema) => use({ pool, schema })),
      ),
    }).toEqual({
      "too little time": "store_busy",
      "read only": "store_read_only",
      "no right to make a schema": "store_read_only",
      "a schema of its own": "well",
      "no such role": "store_unavailable",
      "no such database": "store_unavailable",
      "another encoding": "well",
      "a name it has no letters for": "invalid_input",
      "no encoding": ["well", "well"],
      "an encoding of its own": ["well", "well", "well"],
      "another language": ["well", "well"],
      "odd names": ["well", "well"],
      "no names": Array.from({ length: 5 }, () => "invalid_input"),
    });
  } finally {
    for (const name of Object.keys(databases))
      await pool.query(`drop database ${named(name as keyof typeof databases)}`);
    await pool.query(`drop owned by ${role} cascade`);
    await pool.query(`drop role ${role}`);
  }
});

test("a store reads where it may not write, and writes again by another connection", async () => {
  const schema = `standby_${process.pid}`;
  const first = await postgres({ pool, schema, key }).open();
  await first.commit({ id: "a", writes: [{ type: "document", key: "d", value: 1 }] });
  await first.close();
  const { rows } = await pool.query<{ role: string }>("select current_user as role");
  const set = (value: string): Promise<unknown> =>
    pool.query(`alter role ${rows[0]?.role} in database ${new URL(server.url).pathname.slice(1)} ${value}`);
  const changing = { id: "b", writes: [{ type: "document", key: "d", value: 2 }] } as const;
  // As of a server that gave its place to another: connections that are there stay with it.
  await set("set default_transaction_read_only = on");
  const store = await postgres({ connectionString: server.url, connections: 1, schema, key }).open();
  await set("reset default_transaction_read_only");
  try {
    expect((await store.document("d"))?.value).toBe(1);
    await expect(store.commit(changing)).rejects.toMatchObject({ code: "store_read_only" });
    await store.commit(changing);
    expect(await store.document("d")).toMatchObject({ value: 2, version: 2 });
  } finally {
    await store.close();
  }
});
