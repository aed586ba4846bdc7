import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MemoryRecord, Store, Write } from "@brainops/core";
import { recall } from "@brainops/core/recall";
import { memoryStore } from "@brainops/core/testing";
import { postgres } from "@brainops/memory-postgres";
import { sqlite } from "@brainops/memory-sqlite";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { benchRecord } from "./lib/bench-record.ts";
import { startPostgres, type PostgresServer } from "../scripts/postgres-server.ts";

const key = "a".repeat(64);
const folder = mkdtempSync(join(tmpdir(), "brainops-ranks-"));
let server: PostgresServer;
// What is old fades a little, so all must ask at the same time.
const clock = { now: () => 1_700_000_200_000 };
let made = 0;

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const words = [
  "apple",
  "pear",
  "deploy",
  "timeout",
  "retry",
  "getUserName",
  "東京",
  "error-42",
  "src/cart.ts",
  "zebra",
];
const text = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 12 }).map((some) => some.join(" "));
const record = fc.record({
  text,
  scope: fc.constantFrom("acme", "acme/shop", "beta"),
  kind: fc.constantFrom("error", "solution", "insight"),
  importance: fc.constantFrom(0, 0.5, 1),
  thread: fc.option(fc.constantFrom("one", "two"), { nil: undefined }),
  sequence: fc.integer({ min: 0, max: 5 }),
  createdAt: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }),
});

/** What three stores answer to the same question must be equal, to the id and in order. */
test("recall ranks alike on PostgreSQL, on SQLite and in memory", { timeout: 120_000 }, async () => {
  const run = async (
    given: readonly object[],
    changed: readonly number[],
    queries: readonly string[],
  ): Promise<void> => {
    const n = made++;
    const stores: Store[] = await Promise.all([
      memoryStore().open(),
      sqlite({ file: join(folder, `${n}.db`), key, synchronous: "normal" }).open(),
      postgres({ connectionString: server.url, schema: `ranks_${process.pid}_${n}`, key }).open(),
    ]);
    const id = (i: number): string => `r${(i * 7919) % 1000}`;
    const put = (i: number, more: object, version = 1): Write => {
      const { thread, ...rest } = { ...given[i], ...more } as Partial<MemoryRecord>;
      return {
        type: "record",
        record: benchRecord(id(i), { ...rest, ...(thread === undefined ? {} : { thread }), version }),
      };
    };
    const commits = [
      given.map((_, i) => put(i, {})),
      [...new Set(changed)].map((i) => put(i % given.length, { text: queries[0] ?? "" }, 2)),
      [
        { type: "erase", ids: [id(0)] },
        { type: "count", id: id(1), counter: "uses", by: 3 },
      ] satisfies Write[],
    ];
    for (const store of stores)
      for (const [c, writes] of commits.entries()) await store.commit({ id: `c${c}`, writes });
    for (const query of queries)
      for (const scope of ["acme", "beta"]) {
        const answers = await Promise.all(
          stores.map(async (store) =>
            (await recall(store, scope, { text: query, limit: 20 }, { clock })).map(({ record, score }) => [
              record.id,
              score,
            ]),
          ),
        );
        expect(answers[1]).toEqual(answers[0]);
        expect(answers[2]).toEqual(answers[0]);
      }
    await Promise.all(stores.map((store) => store.close()));
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 2, maxLength: 60 }),
      fc.array(fc.nat(59), { maxLength: 5 }),
      fc.array(text, { minLength: 3, maxLength: 8 }),
      async (given, changed, queries) => {
        const within = [...new Set(changed.map((i) => i % given.length))];
        await run(given, within, queries);
      },
    ),
    { numRuns: 12, endOnFailure: true },
  );
});
