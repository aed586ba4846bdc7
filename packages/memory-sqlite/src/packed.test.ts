import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Store, Write } from "@brainops/core";
import { analyse } from "@brainops/core/recall";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sqlite, type SqliteOptions } from "./index.ts";

let folder: string;
let options: SqliteOptions;
let raw: DatabaseSync;
let store: Store;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "brainops-packed-"));
  options = { file: join(folder, "brain.db"), key: "a".repeat(64), synchronous: "normal" };
  store = await sqlite(options).open();
  raw = new DatabaseSync(join(folder, "brain.db"));
  raw.exec("pragma busy_timeout = 1000");
});

afterEach(async () => {
  raw.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function count(sql: string): number {
  return Number(Object.values(raw.prepare(sql).get() ?? {})[0]);
}

function put(id: string, text: string, scope = "acme"): Write {
  return {
    type: "record",
    record: {
      id,
      kind: "experience",
      scope,
      text,
      data: {},
      tags: [],
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

let commits = 0;

async function putMany(from: number, to: number, text: (i: number) => string): Promise<void> {
  for (let at = from; at < to; at += 50)
    await store.commit({
      id: `many-${commits++}`,
      writes: Array.from({ length: Math.min(50, to - at) }, (_, i) => put(`r${at + i}`, text(at + i))),
    });
}

/** Lets the store do what it does when it is left alone, until nothing is being packed and few records are left. */
async function packed(): Promise<void> {
  while (count("select count(*) from recent") >= 256 || count("select scope from packing") > 0)
    await new Promise((resolve) => setImmediate(resolve));
}

async function found(text: string): Promise<string[]> {
  return (await store.candidates(analyse(text), { scope: "acme" }, 5)).candidates.map(({ record }) => record.id);
}

test("an erased record's words are gone from what is packed", async () => {
  await putMany(0, 600, (i) => `common word number${i}x ${i === 7 ? "zebra" : ""}`);
  await packed();
  expect(await found("zebra")).toEqual(["r7"]);
  const terms = count("select count(distinct term) from postings");
  const entries = count("select sum(count) from postings");
  await store.commit({ id: "erase", writes: [{ type: "erase", ids: ["r7"] }] });
  expect(await found("zebra")).toEqual([]);
  // Two words stood there alone, and two with others.
  expect(count("select count(distinct term) from postings")).toBe(terms - 2);
  expect(count("select sum(count) from postings")).toBe(entries - 4);
  await store.commit({ id: "erase-all", writes: [{ type: "erase", scope: "acme" }] });
  expect(count("select count(*) from postings")).toBe(0);
  expect(count("select count(*) from recent")).toBe(0);
});

test("packing that was broken off goes on, also in another process, and never counts a word twice", async () => {
  const text = (i: number): string => `common ${Array.from({ length: 12 }, (_, j) => `w${i * 12 + j}x`).join(" ")}`;
  await store.commit({ id: "much", writes: Array.from({ length: 2000 }, (_, i) => put(`r${i}`, text(i))) });
  // Every commit gives it a moment; it is stopped as soon as a part is packed, if it is not faster than that.
  for (let i = 0; count("select count(*) from postings") === 0 && i < 5000; i++)
    await store.commit({ id: `moment-${i}`, writes: [{ type: "wake", key: "w", at: i }] });
  await store.close();
  store = await sqlite(options).open();
  const check = async (): Promise<void> => {
    const figures = await store.candidates(["common"], { scope: "acme" }, 3);
    expect(figures.documentFrequencies).toEqual([2000]);
    for (const i of [0, 999, 1999]) expect((await found(`common w${i * 12 + 5}x`))[0]).toBe(`r${i}`);
  };
  await check();
  await packed();
  expect(count("select sum(count) from postings")).toBe(26_000);
  await check();
});

test("a word that stands in a text more often than is counted is counted anew", async () => {
  await store.commit({ id: "long", writes: [put("a", "echo ".repeat(1000)), put("b", "echo")] });
  const { candidates } = await store.candidates(["echo"], { scope: "acme" }, 2);
  expect(candidates.map(({ frequencies }) => frequencies)).toEqual([[1000], [1]]);
});

test("a store that was indexed by other rules is indexed anew when it is opened", async () => {
  await putMany(0, 300, (i) => `common w${i}x`);
  await packed();
  await store.close();
  raw.exec("update meta set value = '1' where key = 'analyser'; update postings set term = term + 1");
  raw.exec("update recent set terms = zeroblob(7); update records set length = 9; update scopes set terms = 1");
  store = await sqlite(options).open();
  expect(await found("common w299x")).toEqual(["r299", "r0", "r1", "r10", "r100"]);
  const { total, totalLength, documentFrequencies } = await store.candidates(["common"], { scope: "acme" }, 1);
  expect([total, totalLength, documentFrequencies]).toEqual([300, 600, [300]]);
  expect(count("select count(*) from meta where key = 'reindex'")).toBe(0);
});

test("ids of commits are remembered up to the horizon, and not for ever", async () => {
  await store.close();
  store = await sqlite({ ...options, retryHorizon: 1000 }).open();
  for (let i = 0; i < 2000; i++) await store.commit({ id: `c${i}`, writes: [{ type: "wake", key: "w", at: i }] });
  expect(count("select count(*) from commits")).toBeLessThan(1600);
  await store.commit({ id: "c1200", writes: [{ type: "wake", key: "w", at: 1200 }] });
  expect(await store.due(5000)).toEqual([{ key: "w", at: 1999 }]);
});
