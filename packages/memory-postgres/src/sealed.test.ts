import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isBrainOpsError, type ErrorCode, type Store, type Write } from "@brainops/core";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { postgres } from "./index.ts";
import { startPostgres, type PostgresServer } from "../../../scripts/postgres-server.ts";

const key = "a".repeat(64);
const marker = "XYZZYMARKER";
const patience = 60_000;
let server: PostgresServer;
let pool: pg.Pool;
let schemas = 0;
const logged: string[] = [];

beforeAll(async () => {
  server = await startPostgres({ own: true, settings: { log_statement: "all" } });
  // What goes to the server's log is told to its clients too, statements and their values included.
  pool = new pg.Pool({ connectionString: `${server.url}?options=-c%20client_min_messages%3Dlog`, max: 4 });
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("notice", ({ message, detail }) => logged.push(`${message}\n${detail}`)));
}, patience);

afterAll(async () => {
  await pool.end();
  await server.stop();
}, patience);

async function fresh(): Promise<{ store: Store; schema: string }> {
  const schema = `sealed_${schemas++}`;
  return { store: await postgres({ pool, schema, key }).open(), schema };
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

function put(id: string, more: object = {}): Write {
  const m = `${marker} ${id}`;
  return {
    type: "record",
    record: {
      id,
      kind: "insight",
      scope: `acme/${marker}`,
      text: m,
      data: { [m]: m },
      tags: [m],
      thread: m,
      actor: m,
      fingerprint: m,
      importance: 0.5,
      confidence: 1,
      trust: "test",
      subjects: [m],
      provenance: { run: m, evidence: [m] },
      createdAt: 1,
      version: 1,
      ...more,
    },
  };
}

const everything: readonly Write[] = [
  put("a"),
  put("b"),
  { type: "link", link: { from: "a", to: "b", type: "about", reason: marker } },
  { type: "append", stream: `run/${marker}`, entries: [{ [marker]: marker }], expectedPosition: 0 },
  { type: "append", stream: `inbox/${marker}`, entries: [{ [marker]: marker }] },
  { type: "document", key: `doc/${marker}`, value: { [marker]: [marker] } },
  { type: "blob", scope: `acme/${marker}`, id: marker, bytes: Buffer.from(marker.repeat(1000)) },
  { type: "wake", key: marker, at: 1, data: { [marker]: marker } },
];

/** Files below a folder that hold these bytes, in one of the forms in which a server might write them. */
function filesWith(folder: string, needle: string): string[] {
  const forms = [
    needle,
    needle.toLowerCase(),
    Buffer.from(needle).toString("hex"),
    Buffer.from(needle).toString("base64"),
  ];
  const needles = [...forms.map((form) => Buffer.from(form)), Buffer.from(needle, "utf16le")];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .filter((file) => {
      const content = readFileSync(file);
      return needles.some((bytes) => content.includes(bytes));
    });
}

/** All tables as a dump writes them. */
async function dump(schema: string): Promise<string> {
  const tables = await pool.query<{ name: string }>("select tablename as name from pg_tables where schemaname = $1", [
    schema,
  ]);
  let text = "";
  for (const { name } of tables.rows) {
    const { rows } = await pool.query<{ row: string }>(`select t::text as row from "${schema}"."${name}" t`);
    for (const { row } of rows) text += `${name} ${row}\n`;
  }
  return text;
}

test(
  "nothing that was handed in is in the data, the log of writes, the server's log or a dump",
  { timeout: patience },
  async () => {
    const { store, schema } = await fresh();
    await store.commit({ id: `commit ${marker}`, writes: everything });
    await store.commit({
      id: `again ${marker}`,
      writes: [put("a", { version: 2 }), { type: "count", id: "a", counter: "uses", by: 1 }],
    });
    expect((await store.candidates(["xyzzymark"], { scope: "acme" }, 5)).documentFrequencies).toEqual([2]);
    await pool.query("checkpoint");
    // The search finds what is there: a body that was written.
    const { rows } = await pool.query<{ body: Buffer }>(`select body from ${schema}.records limit 1`);
    const body = rows[0]?.body.subarray(32, 64).toString("latin1") ?? "";
    const holding = readdirSync(server.data, { recursive: true, encoding: "utf8" })
      .map((name) => join(server.data, name))
      .filter((file) => statSync(file).isFile() && readFileSync(file).includes(Buffer.from(body, "latin1")));
    expect(holding.some((file) => file.includes("pg_wal"))).toBe(true);
    expect(holding.some((file) => file.includes("base"))).toBe(true);
    expect(filesWith(server.data, marker)).toEqual([]);
    const log = logged.join("\n");
    const dumped = await dump(schema);
    expect(log).toContain(`"${schema}".commit_1`);
    expect(log).toMatch(/Parameters: \$1 = '\[\{"/);
    expect(dumped).toContain("records (");
    for (const form of [marker, marker.toLowerCase(), Buffer.from(marker).toString("hex")])
      for (const text of [dumped, log]) expect(text).not.toContain(form);
    await store.close();
  },
);

test("sealed bytes that were moved or changed are store_corrupt", { timeout: patience }, async () => {
  const { store, schema } = await fresh();
  for (const i of [0, 1])
    await store.commit({
      id: `c${i}`,
      writes: [
        { type: "append", stream: "s", entries: [i], expectedPosition: i },
        { type: "append", stream: "inbox", entries: [i] },
        put(`r${i}`),
        { type: "document", key: `d${i}`, value: i },
        { type: "wake", key: `w${i}`, at: i },
        { type: "blob", scope: "acme", id: `b${i}`, bytes: Buffer.from("same") },
      ],
    });
  await store.commit({
    id: "links",
    writes: ["about", "contradicts"].map((type): Write => ({
      type: "link",
      link: { from: "r0", to: "r1", type: type as "about", reason: type },
    })),
  });
  const swap = async (table: string, column: string, order: string, where = "true"): Promise<void> => {
    await pool.query(
      `with r as (select ctid, ${column} as body, row_number() over (order by ${order}) as i from ${schema}.${table} where ${where})
       update ${schema}.${table} t set ${column} = o.body from r join r o on o.i = 3 - r.i where t.ctid = r.ctid`,
    );
  };
  const check = async (
    table: string,
    order: string,
    read: () => Promise<unknown>,
    where?: string,
    column = "body",
  ): Promise<void> => {
    expect(await codeOf(read()), table).toBeUndefined();
    await swap(table, column, order, where);
    expect(await codeOf(read()), table).toBe("store_corrupt");
    await swap(table, column, order, where);
    expect(await codeOf(read()), table).toBeUndefined();
  };
  const owned = "part is null";
  await check("journal", "seq", () => store.read("s"), owned);
  await check("journal", "seq", () => store.read("inbox"), `not (${owned})`);
  await check("records", "n", () => store.records(["r0"]));
  await check("documents", "name", () => store.document("d0"));
  await check("wakes", "name", () => store.due(5));
  await check("chunks", "blob", () => store.blob("acme", "b0"));
  await check("links", "n", () => store.links("r0"), undefined, "more");
  await pool.query(`update ${schema}.records set kind = kind + 1`);
  expect(await codeOf(store.records(["r0"]))).toBe("store_corrupt");
  await store.close();
});

test(
  "a key of one scope does not open another's, and none is opened by a wrong master key",
  { timeout: patience },
  async () => {
    const { store, schema } = await fresh();
    await store.commit({ id: "c", writes: [put("a", { scope: "one" }), put("b", { scope: "two" })] });
    for (const wrong of ["b".repeat(64), "some other passphrase"])
      expect(await codeOf(postgres({ pool, schema, key: wrong }).open())).toBe("wrong_key");
    await pool.query(
      `update ${schema}.keys k set wrapped = o.wrapped from ${schema}.keys o where k.id >= 16 and o.id >= 16 and o.id <> k.id`,
    );
    const again = await postgres({ pool, schema, key }).open();
    expect(await codeOf(again.records(["a"]))).toBe("store_corrupt");
    await again.close();
    await store.close();
  },
);

test("what is erased is gone from every table, words and keys included", { timeout: patience }, async () => {
  const { store, schema } = await fresh();
  await store.commit({
    id: "c1",
    writes: Array.from({ length: 600 }, (_, i) =>
      put(`r${i}`, { scope: "acme", text: `common word${i}x`, subjects: [`s${i}`] }),
    ),
  });
  const count = async (sql: string): Promise<number> =>
    Number((await pool.query<{ n: string }>(`select (${sql.replaceAll("@", `${schema}.`)}) as n`)).rows[0]?.n);
  while ((await count("select count(*) from @recent")) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await count("select sum(count) from @postings")).toBe(1200);
  const { rows } = await pool.query<{ hex: string }>(
    `select encode(body, 'hex') as hex from ${schema}.records where id = 'r7'`,
  );
  await store.commit({
    id: "c2",
    writes: [
      { type: "erase", ids: ["r7"] },
      { type: "erase", subject: "s9" },
    ],
  });
  expect(await count("select sum(count) from @postings")).toBe(1196);
  expect(await count("select count(*) from @recent")).toBe(0);
  expect((await store.candidates(["common"], { scope: "acme" }, 1)).documentFrequencies).toEqual([598]);
  expect(await dump(schema)).not.toContain(rows[0]?.hex);
  await store.commit({ id: "c3", writes: [{ type: "erase", scope: "acme" }] });
  for (const table of ["records", "recent", "postings", "marks", "scopes", "id_ranges"])
    expect(await count(`select count(*) from @${table}`), table).toBe(0);
  expect(await count("select count(*) from @keys where id >= 16")).toBe(0);
  await store.close();
});

test("a store without a key says what to do, and makes nothing", { timeout: patience }, async () => {
  const before = process.env["BRAINOPS_KEY"];
  delete process.env["BRAINOPS_KEY"];
  try {
    expect(() => postgres({ pool, schema: "keyless" })).toThrow(/openssl rand -hex 32/);
    process.env["BRAINOPS_KEY"] = key;
    const store = await postgres({ pool, schema: "keyless" }).open();
    await store.close();
    expect(await codeOf(postgres({ pool, schema: "keyless", key }).open())).toBeUndefined();
  } finally {
    if (before === undefined) delete process.env["BRAINOPS_KEY"];
    else process.env["BRAINOPS_KEY"] = before;
  }
});
