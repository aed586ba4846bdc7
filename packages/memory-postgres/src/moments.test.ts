import type { Store, Write } from "@brainops/core";
import { analyse } from "@brainops/core/recall";
import { afterEach, beforeEach, expect, test } from "vitest";
import { byLowestId } from "./best-matches.ts";
import type { Context } from "./context.ts";
import type { Row } from "./handle.ts";
import { boundsLock, namesLock } from "./sql/locks.ts";
import { postgres, type PostgresOptions } from "./index.ts";
import { hooked, type HookedPool } from "./test-support/hooked.ts";
import { testServer } from "./test-support/server.ts";

// What happens between two reads of a store must not be seen as a mixture of before and after.

const server = testServer("moments", 10);
let schema: string;
let options: PostgresOptions;
let between: HookedPool;
/** The store whose reads are looked at, and another that changes what it reads. */
let store: Store;
let other: Store;

beforeEach(async () => {
  schema = server.fresh();
  options = { schema, key: "a".repeat(64) };
  between = hooked(server.pool);
  store = await postgres({ ...options, pool: between }).open();
  other = await postgres({ ...options, pool: server.pool }).open();
});

afterEach(async () => {
  between.before = between.after = () => undefined;
  await store.close();
  await other.close();
});

const count = (sql: string): Promise<number> => server.count(schema, sql);

let commits = 0;
function write(by: Store, ...writes: Write[]): Promise<{ readonly position: number }> {
  return by.commit({ id: `m${commits++}`, writes });
}

function put(id: string, text: string, version = 1, tags: string[] = []): Write {
  const filled = { data: {}, importance: 0, confidence: 1, trust: "test", subjects: [], provenance: {} } as const;
  return {
    type: "record",
    record: { id, kind: "insight", scope: "acme", text, createdAt: 1, version, tags, ...filled },
  };
}

/** Enough that a scope is packed. */
const many = (prefix: string, text: string, length = 260): Write[] =>
  Array.from({ length }, (_, i) => put(`${prefix}${String(i).padStart(4, "0")}`, text));

async function packed(): Promise<void> {
  await expect.poll(() => count("select count(*) from @recent")).toBeLessThan(256);
}

/** Lets something happen before the n-th statement from now on; says how many statements there were. */
function happening(n: number, happen: () => Promise<unknown>): () => number {
  let seen = 0;
  between.before = async () => {
    if (seen++ === n) await happen();
  };
  return () => seen;
}

test("a record that is changed between any two reads is found, as it was or as it is", async () => {
  await write(other, put("r", "zebra", 1, ["striped"]), put("s", "zebra lion", 1, ["striped"]), put("t", "lion", 1));
  let version = 1;
  for (const more of [{}, { tags: ["striped"] }])
    for (let n = 0; ; n++) {
      const statements = happening(n, () => write(other, put("r", "zebra", ++version, ["striped"])));
      const { candidates, total, documentFrequencies } = await store.candidates(
        ["zebra"],
        { scope: "acme", ...more },
        5,
      );
      expect(candidates.map(({ record }) => record.id)).toEqual(["r", "s"]);
      expect(candidates[0]?.record.version).toBeOneOf([version - 1, version]);
      expect([total, documentFrequencies]).toEqual([3, [2]]);
      if (statements() <= n) break;
    }
  expect(version).toBeGreaterThan(4);
});

test("a record that is changed again and again while it is looked for is found", async () => {
  await write(other, put("r", "zebra"), put("s", "zebra"));
  let version = 1;
  between.before = async (text) => {
    if (text.includes("as fits")) await write(other, put("r", "zebra", ++version));
  };
  const { candidates, total } = await store.candidates(["zebra"], { scope: "acme" }, 5);
  expect(candidates.map(({ record }) => record.id)).toEqual(["r", "s"]);
  expect(total).toBe(2);
  expect(version).toBeGreaterThan(3);
});

test("what is packed or erased between any two reads is found as before or after", async () => {
  await write(other, ...many("a", "common zebra"));
  await packed();
  for (let n = 0; ; n++) {
    // So few that they are not packed; then so many that all are.
    await write(other, ...Array.from({ length: 20 }, (_, i) => put(`A${n}-${i}`, "common lion")));
    const before = await count("select count(*) from @records");
    const statements = happening(n, async () => {
      await write(other, ...many(`b${n}-`, "tiger"));
      await packed();
      await write(other, { type: "erase", ids: [`A${n}-0`] });
    });
    const { candidates, total } = await store.candidates(analyse("common lion"), { scope: "acme" }, 10);
    const happened = statements() > n;
    expect([before, before + 259]).toContain(total);
    const [first] = candidates;
    expect(["A0-0", "A0-1"]).toContain(first?.record.id);
    expect(candidates).toHaveLength(10);
    if (!happened) break;
  }
});

test("a recent record counts once, though two ask at once and the first is answered last", async () => {
  await write(other, put("first", "zebra"));
  await store.candidates(["zebra"], { scope: "acme" }, 5);
  // Somebody who has a number and is not done: what comes later is not settled yet.
  const open = await server.pool.connect();
  await open.query("begin; select pg_current_xact_id()");
  await write(other, put("second", "zebra"));
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: answered, resolve: tellAnswered } = Promise.withResolvers<void>();
  let first = true;
  between.after = async (text) => {
    if (!text.includes("words_1") || !first) return;
    first = false;
    tellAnswered();
    await held;
  };
  // It asks for figures alone, so no record tells it that something is wrong with them.
  const early = store.candidates(["zebra"], { scope: "acme" }, 0);
  await answered;
  await open.query("commit");
  open.release();
  const late = await store.candidates(["zebra"], { scope: "acme" }, 5);
  letGo();
  for (const found of [late, await early, await store.candidates(["zebra"], { scope: "acme" }, 5)])
    expect([found.total, found.documentFrequencies]).toEqual([2, [2]]);
});

test("what writers put side by side is found, and taken out of merged segments again", async () => {
  await write(other, { type: "document", key: "gate", value: 1 });
  // One who has put some, and waits before it puts the rest: others come in between.
  const gate = await server.pool.connect();
  await gate.query(`begin; select from ${schema}.documents for update`);
  // Twice the word, so that what it has fills a block.
  const some = (prefix: string): Write[] => many(prefix, "common common");
  const held = write(store, ...some("a"), { type: "document", key: "gate", value: 2 }, ...some("c"));
  const waiting = `select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%${schema}%'`;
  await expect.poll(() => count(waiting)).toBe(1);
  await write(other, ...some("b"));
  await packed();
  await gate.query("commit");
  gate.release();
  await held;
  await packed();
  for (let i = 0; i < 6; i++) {
    await write(other, ...many(`x${i}-`, "lion", 300));
    await packed();
  }
  await expect.poll(() => count("select count(*) from @segments")).toBe(1);
  const gone = ["a0000", "b0100", "c0100"];
  for (const id of gone) await write(other, { type: "erase", ids: [id] });
  expect(await count("select sum(count) from @postings")).toBe(780 - 3 + 6 * 300);
  const { candidates, documentFrequencies } = await store.candidates(["common"], { scope: "acme" }, 780);
  expect(documentFrequencies).toEqual([777]);
  const ids = "abc"
    .split("")
    .flatMap((prefix) => some(prefix).flatMap((w) => (w.type === "record" ? [w.record.id] : [])));
  expect(candidates.map(({ record }) => record.id)).toEqual(ids.filter((id) => !gone.includes(id)));
});

test("a bound of ids that gets lower while the lowest are looked for passes nobody by", async () => {
  const ranges = Array.from({ length: 150 }, (_, i) => i);
  const low = (n: number): string => `b${String(n).padStart(4, "0")}`;
  for (const n of ranges) await server.pool.query(`insert into ${schema}.id_ranges values ($1, $2)`, [n, low(n)]);
  let read = 0;
  const query = async (text: string, values: unknown[] = []): Promise<readonly Row[]> => {
    // Between two pages somebody packs a record with a lower id into a range that was not given yet.
    if (read++ === 1) await server.pool.query(`update ${schema}.id_ranges set low = 'a' where range = 100`);
    return (await server.pool.query<Row>(text, values)).rows;
  };
  const context = { db: { query }, s: schema } as unknown as Context;
  const given: number[] = [];
  for await (const { places } of byLowestId(
    context,
    ranges.map((n) => n * 256),
    { recent: [] },
  ))
    given.push(...places);
  expect(given.toSorted((a, b) => a - b)).toEqual(ranges);
  expect(given.indexOf(100)).toBeLessThan(101);
});

test("a bound of ids is made anew with all that was packed before", async () => {
  await write(other, put("m", "zebra"));
  const n = await count("select n from @records");
  const range = Math.floor(n / 256);
  await server.pool.query(`insert into ${schema}.id_ranges values ($1, 'm')`, [range]);
  const packing = await server.pool.connect();
  await packing.query(`begin; select pg_advisory_xact_lock_shared(${namesLock(`"${schema}"`)}, ${boundsLock})`);
  const anew = server.pool.query(`select ${schema}.lows_1(array[${range}]::bigint[])`);
  const waiting = `select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%${schema}.lows_1%'`;
  await expect.poll(() => count(waiting)).toBe(1);
  await write(other, put("a", "zebra"));
  await packing.query(`update ${schema}.id_ranges set low = 'a' where range = ${range}`);
  await packing.query("commit");
  packing.release();
  await anew;
  const { rows } = await server.pool.query(`select low from ${schema}.id_ranges where range = ${range}`);
  expect(rows).toEqual([{ low: "a" }]);
});

test("a bound of ids that was low enough is looked at again when somebody was raising it", async () => {
  await write(other, put("a", "zebra"));
  const [n, scope] = [await count("select n from @records"), await count("select n from @scopes")];
  const range = Math.floor(n / 256);
  await server.pool.query(`insert into ${schema}.id_ranges values ($1, 'a')`, [range]);
  const raising = await server.pool.connect();
  await raising.query(`begin; select ${schema}.lows_1('{}')`);
  const sums = { s: scope, n: [], r: 1, l: 1, i: [{ o: range, h: "a" }], e: [] };
  const packing = server.pool.query(`select ${schema}.packed_1($1)`, [JSON.stringify(sums)]);
  const waiting = `select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%${schema}.packed_1%'`;
  await expect.poll(() => count(waiting)).toBe(1);
  await raising.query(`update ${schema}.id_ranges set low = 'm' where range = ${range}; commit`);
  raising.release();
  await packing;
  const { rows } = await server.pool.query(`select low from ${schema}.id_ranges where range = ${range}`);
  expect(rows).toEqual([{ low: "a" }]);
});
