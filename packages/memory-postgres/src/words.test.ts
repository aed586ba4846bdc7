import type { Store, Write } from "@brainops/core";
import { analyse } from "@brainops/core/recall";
import { memoryStore } from "@brainops/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { postgres, type PostgresOptions } from "./index.ts";
import { hooked } from "./test-support/hooked.ts";
import { insight } from "./test-support/insight.ts";
import { testServer } from "./test-support/server.ts";

const patience = 60_000;
const server = testServer("words");
let options: PostgresOptions;
let store: Store;

beforeEach(async () => {
  options = { pool: server.pool, schema: server.fresh(), key: "a".repeat(64) };
  store = await postgres(options).open();
});

afterEach(() => store.close());

const count = (sql: string): Promise<number> => server.count(options.schema ?? "", sql);

const put = (id: string, text: string, version = 1): Write => insight(id, text, { version });

/** Waits until nothing is left to pack. */
async function packed(): Promise<void> {
  while ((await count("select count(*) from @recent")) >= 256) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function found(text: string, k = 5): Promise<string[]> {
  return (await store.candidates(analyse(text), { scope: "acme" }, k)).candidates.map(({ record }) => record.id);
}

test("a record that is written again is found by its new words only, packed or not, and counted once", async () => {
  await store.commit({ id: "c1", writes: Array.from({ length: 600 }, (_, i) => put(`r${i}`, `common word${i}x`)) });
  await packed();
  expect(await count("select sum(count) from @postings")).toBe(1200);
  await store.commit({ id: "c2", writes: [put("r7", "common zebra zebra", 2)] });
  for (let round = 0; round < 2; round++) {
    expect(await found("word7x")).toEqual([]);
    const { candidates, total, totalLength, documentFrequencies } = await store.candidates(
      ["zebra", "common"],
      { scope: "acme" },
      1,
    );
    expect(candidates[0]?.frequencies).toEqual([2, 1]);
    expect([total, totalLength, documentFrequencies]).toEqual([600, 1201, [1, 600]]);
    // Enough new ones, and what was recent is packed too.
    await store.commit({
      id: `more${round}`,
      writes: Array.from({ length: 300 }, (_, i) => put(`m${round}-${i}`, "other")),
    });
    await packed();
    await store.commit({
      id: `gone${round}`,
      writes: [{ type: "erase", ids: Array.from({ length: 300 }, (_, i) => `m${round}-${i}`) }],
    });
  }
});

test("equal scores come by id, however many there are", async () => {
  const ids = Array.from(
    { length: 1500 },
    (_, i) => `${((i * 7919) % 1500).toString().padStart(6, "0")}-${"x".repeat(20)}`,
  );
  for (let from = 0; from < ids.length; from += 500)
    await store.commit({ id: `c${from}`, writes: ids.slice(from, from + 500).map((id) => put(id, "zebra words")) });
  await packed();
  expect(await found("zebra", 700)).toEqual(ids.toSorted().slice(0, 700));
  expect(await found("zebra", 3)).toEqual(ids.toSorted().slice(0, 3));
});

test("a word that stands in a text more often than is counted is counted anew", async () => {
  await store.commit({ id: "long", writes: [put("a", "echo ".repeat(1000)), put("b", "echo")] });
  const { candidates } = await store.candidates(["echo"], { scope: "acme" }, 2);
  expect(candidates.map(({ frequencies }) => frequencies)).toEqual([[1000], [1]]);
});

test("a store that was indexed by other rules is indexed anew when it is opened", async () => {
  await store.commit({ id: "c", writes: Array.from({ length: 600 }, (_, i) => put(`r${i}`, `common w${i}x`)) });
  await packed();
  await store.close();
  await server.pool.query(
    "update @meta set value = '1' where key = 'analyser'; update @postings set term = term + 1; update @scopes set terms = 1".replaceAll(
      "@",
      `${options.schema}.`,
    ),
  );
  store = await postgres(options).open();
  expect((await found("common w299x"))[0]).toBe("r299");
  const { total, totalLength, documentFrequencies } = await store.candidates(["common"], { scope: "acme" }, 1);
  expect([total, totalLength, documentFrequencies]).toEqual([600, 1200, [600]]);
});

test(
  "many records are found as the store in memory finds them, packed, merged and taken out",
  async () => {
    const other = await memoryStore().open();
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    // A few words stand in most records, most words in a few.
    const word = (): string => `w${Math.floor(400 ** (random(1000) / 1000))}x`;
    const text = (): string => Array.from({ length: 6 }, word).join(" ");
    const commit = async (id: string, writes: Write[]): Promise<void> => {
      for (const each of [store, other]) await each.commit({ id, writes });
    };
    for (let at = 0; at < 2400; at += 300) {
      await commit(
        `c${at}`,
        Array.from({ length: 300 }, (_, i) => put(`r${((at + i) * 7919) % 2400}`, text())),
      );
      await packed();
    }
    const segments = (): Promise<number> => count("select count(*) from @segments");
    await expect.poll(segments, { timeout: 20_000 }).toBe(1);
    expect(await count("select count(*) from @postings where term = last_term")).toBeGreaterThan(0);
    await commit(
      "changed",
      Array.from({ length: 40 }, (_, i) => put(`r${i * 31}`, text(), 2)),
    );
    await commit("gone", [{ type: "erase", ids: Array.from({ length: 40 }, (_, i) => `r${i * 57 + 1}`) }]);
    await commit(
      "recent",
      Array.from({ length: 100 }, (_, i) => put(`s${i}`, text())),
    );
    for (let round = 0; round < 60; round++) {
      const terms = [...new Set(Array.from({ length: 1 + random(5) }, word))];
      const [found, expected] = await Promise.all(
        [store, other].map(async (each) => each.candidates(terms, { scope: "acme" }, 1 + (round % 12))),
      );
      expect(found).toEqual(expected);
    }
    await other.close();
  },
  patience,
);

test("ids of commits are remembered up to the horizon, and not for ever", async () => {
  await store.close();
  store = await postgres({ ...options, retryHorizon: 1000 }).open();
  for (let from = 0; from < 2600; from += 100)
    await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        store.commit({ id: `c${from + i}`, writes: [{ type: "wake", key: `w${from + i}`, at: 1 }] }),
      ),
    );
  while ((await count("select count(*) from @commits")) > 1700) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await count("select count(*) from @commits")).toBeGreaterThanOrEqual(1000);
  await store.commit({ id: "c2599", writes: [{ type: "wake", key: "again", at: 1 }] });
  expect(await store.wake("again")).toBeUndefined();
});

test("while a long text is put, written again and erased, the event loop turns", async () => {
  const pool = hooked(server.pool);
  const busy = await postgres({ ...options, pool }).open();
  let [turns, between] = [0, 0];
  let turning = setImmediate(function turn() {
    turns++;
    turning = setImmediate(turn);
  });
  pool.after = () => void (turns = 0);
  pool.before = (text) => void (between = text.includes("commit_1") ? turns : between);
  const text = Array.from({ length: 100_000 }, (_, i) => `w${i}x`).join(" ");
  const writes: Write[] = [put("long", text), put("long", `${text} again`, 2), { type: "erase", ids: ["long"] }];
  for (const [i, write] of writes.entries()) {
    between = 0;
    await busy.commit({ id: `c${i}`, writes: [write] });
    expect(between).toBeGreaterThan(2);
    expect(await found("w24999x")).toEqual(i < 2 ? ["long"] : []);
  }
  clearImmediate(turning);
  await busy.close();
});
