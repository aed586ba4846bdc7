// Commits that come together: many of them are done by one statement for each table, and nobody must be able to tell. And
// calls of functions, which are sent in a way of their own.
import fc from "fast-check";
import { isBrainOpsError, type Commit, type Store, type Write } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres, type PostgresServer } from "../../../scripts/postgres-server.ts";
import pg from "pg";
import { FunctionCall, takesCalls, type Argument } from "./function-call.ts";
import { postgres } from "./index.ts";

let server: PostgresServer;
let store: Store;
const key = "k".repeat(43);

beforeAll(async () => {
  server = await startPostgres();
  store = await postgres({ connectionString: server.url, key, schema: `plain_${process.pid}` }).open();
}, 60_000);

afterAll(async () => {
  await store.close();
  await server.stop();
}, 60_000);

const append = (stream: string, expectedPosition: number): Write => ({
  type: "append",
  stream,
  entries: [{ of: stream }],
  expectedPosition,
});

test("one that does not fit fails alone, and what comes with it is not done", async () => {
  const commits: Commit[] = Array.from({ length: 50 }, (_, i) => ({
    id: `fit-${i}`,
    writes: [
      append(`fit/${i}`, i === 17 ? 5 : 0),
      { type: "wake", key: `fit/${i}`, at: 10 + i, queue: { name: "q", lane: `${i % 3}` } },
    ],
  }));
  const settled = await Promise.allSettled(commits.map((commit) => store.commit(commit)));
  const failed = settled.flatMap((each, i) => (each.status === "rejected" ? [[i, each.reason.code] as const] : []));
  expect(failed).toEqual([[17, "conflict"]]);
  expect(settled[17]).toMatchObject({ reason: { message: expect.stringContaining("fit/17 has 0 entries, not 5") } });
  expect(await store.streams("fit/")).toHaveLength(49);
  const wakes = await store.due(1000);
  expect(wakes.map(({ at }) => at)).toEqual(commits.flatMap((_, i) => (i === 17 ? [] : [10 + i])));
  expect(await store.position("fit/17")).toBe(0);
});

test("what was done before is not done again, and has the position that it had", async () => {
  const begin: Commit[] = Array.from({ length: 8 }, (_, i) => ({
    id: `again-${i}`,
    writes: [append(`again/${i}`, 0), { type: "wake", key: `again/${i}`, at: 2000 + i }],
  }));
  const first = await Promise.all(begin.map((commit) => store.commit(commit)));
  await Promise.all(
    begin.map((_, i) =>
      store.commit({ id: `on-${i}`, writes: [append(`again/${i}`, 1), { type: "wake", key: `again/${i}`, at: null }] }),
    ),
  );
  const fresh: Commit = { id: "beside", writes: [append("beside", 0)] };
  const [, ...again] = await Promise.all([store.commit(fresh), ...begin.map((commit) => store.commit(commit))]);
  expect(again).toEqual(first);
  for (const [i] of begin.entries()) {
    expect(await store.position(`again/${i}`)).toBe(2);
    expect(await store.wake(`again/${i}`)).toBeUndefined();
  }
  expect(new Set(first.map(({ position }) => position)).size).toBe(8);
});

const name = fc.nat({ max: 11 });
const write = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant("append"), name, off: fc.nat({ max: 9 }) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("wake"), name, at: fc.option(fc.nat({ max: 5 })) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("document"), name, at: fc.option(fc.nat({ max: 5 })) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("shared"), name }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("trim"), name, off: fc.nat({ max: 3 }) }) },
);
const burst = fc.array(fc.array(write, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 12 });
let histories = 0;

test("bursts of commits leave what they leave one after the other", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(burst, { minLength: 1, maxLength: 3 }), async (bursts) => {
      const space = `history/${histories++}`;
      const model = await memoryStore().open();
      const done: Commit[] = [];
      for (const commits of bursts) {
        const outcomes: string[] = [];
        const group: Commit[] = [];
        for (const [i, writes] of commits.entries()) {
          // Now and then one that was handed in before.
          const again = writes.length === 3 && writes[0]?.name === 11 ? done[writes[1]?.name ?? 0] : undefined;
          const made: Commit = again ?? {
            id: `${space}-${done.length}`,
            writes: await asWrites(space, model, writes, i),
          };
          done.push(made);
          group.push(made);
          outcomes.push(await outcome(model, made));
        }
        expect(await Promise.all(group.map((commit) => outcome(store, commit)))).toEqual(outcomes);
      }
      expect(await view(store, space)).toEqual(await view(model, space));
    }),
    { numRuns: 60 },
  );
}, 60_000);

type Wanted = typeof write extends fc.Arbitrary<infer T> ? T : never;

async function asWrites(space: string, model: Store, wanted: readonly Wanted[], i: number): Promise<Write[]> {
  return Promise.all(
    wanted.map(async (each): Promise<Write> => {
      const of = `${space}/${each.name}`;
      if (each.type === "shared") return { type: "append", stream: `${space}/shared`, entries: [{ i }] };
      if (each.type === "trim") return { type: "trim", stream: of, before: (each as { off: number }).off };
      if (each.type === "append") {
        // Mostly what fits.
        const off = (each as { off: number }).off === 9 ? 1 : 0;
        return append(of, (await model.position(of)) + off);
      }
      const { at } = each as { at: number | null };
      if (each.type === "wake") return { type: "wake", key: of, at };
      return { type: "document", key: of, value: at === null ? null : { at } };
    }),
  );
}

async function outcome(of: Store, commit: Commit): Promise<string> {
  try {
    await of.commit(commit);
    return "committed";
  } catch (error) {
    return isBrainOpsError(error) ? error.code : String(error);
  }
}

async function view(of: Store, space: string): Promise<unknown> {
  const names = Array.from({ length: 12 }, (_, i) => `${space}/${i}`);
  const streams = await of.streams(`${space}/`);
  return [
    await of.documents(`${space}/`),
    await Promise.all(names.map((each) => of.wake(each))),
    streams,
    await Promise.all(streams.map((each) => of.read(each))),
  ];
}

/** Calls with a client of pg, and gives what comes back. */
function call(client: pg.Client, text: string, values: readonly Argument[]): Promise<string | null> {
  return new Promise((resolve, reject) => {
    if (!takesCalls(client)) throw new Error("This is no client that takes calls.");
    void client.query(
      new FunctionCall({ name: text.slice(0, 60), text }, values, (error, result) =>
        error === null ? resolve(result) : reject(error),
      ),
    );
  });
}

test("a call takes texts, numbers, bytes and nothing as they are, and is prepared once", async () => {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const text =
    "select $1::text || '|' || $2::bigint || '|' || encode($3::bytea, 'hex') || '|' || ($4::text is null) as r";
  const word = fc.string({ unit: "binary" }).map((each) => each.replaceAll("\0", "").toWellFormed());
  await fc.assert(
    fc.asyncProperty(word, fc.maxSafeInteger(), fc.uint8Array(), async (some, number, bytes) => {
      const hex = Buffer.from(bytes).toString("hex");
      expect(await call(client, text, [some, number, bytes, null])).toBe(`${some}|${number}|${hex}|true`);
    }),
    { numRuns: 50 },
  );
  const big = "x".repeat(3_000_000);
  expect(await call(client, text, [big, 0, new Uint8Array(0), null])).toBe(`${big}|0||true`);
  expect(await call(client, "select null::text", [])).toBeNull();
  const { rows } = await client.query("select count(*)::integer as prepared from pg_prepared_statements");
  expect(rows).toEqual([{ prepared: 2 }]);
  await client.end();
});

test("a call that fails leaves the connection as it was; one that takes too long for the client is called off", async () => {
  const client = new pg.Client({ connectionString: server.url, query_timeout: 300 });
  await client.connect();
  const divide = (by: number): Promise<string | null> => call(client, "select 6 / $1::integer", [by]);
  await expect(divide(0)).rejects.toMatchObject({ code: "22012" });
  await expect(call(client, "select no_such_thing()", [])).rejects.toMatchObject({ code: "42883" });
  for (const by of [2, 3, 6]) expect(await divide(by)).toBe(`${6 / by}`);
  await expect(call(client, "select pg_sleep($1)::text", [30])).rejects.toThrow("Query read timeout");
  client.on("error", () => undefined);
  await client.end();
  await expect(divide(1)).rejects.toThrow("closed and is not queryable");
});

test("a client that is none of pg, or keeps several statements under way, is asked in the ordinary way", () => {
  const query = (): void => undefined;
  expect(takesCalls(new pg.Client())).toBe(true);
  expect(takesCalls(Object.assign(new pg.Client(), { pipeline: true }))).toBe(false);
  expect(takesCalls({ query })).toBe(false);
  expect(takesCalls({ query, connection: { parsedStatements: {} } })).toBe(false);
});
