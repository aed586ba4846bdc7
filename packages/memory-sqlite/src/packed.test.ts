import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Store, Write } from "@brainops/core";
import { analyse } from "@brainops/core/recall";
import { readBlock } from "@brainops/core/postings";
import { afterEach, beforeEach, expect, test } from "vitest";
import { check, sqlite, type SqliteOptions } from "./index.ts";
import { packRecent } from "./packing-jobs.ts";
import { readWords } from "./words.ts";

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

/** Lets the store do what it does when it is left alone, until nothing is being merged and few records are left unpacked. */
async function packed(): Promise<void> {
  while (count("select count(*) from recent") >= 512 || count("select count(*) from segments where target > 0") > 0)
    await new Promise((resolve) => setImmediate(resolve));
}

/** How many postings are packed, and under how many different terms. */
function packedPostings(): { readonly entries: number; readonly terms: number } {
  const chunks = raw
    .prepare("select data from postings")
    .all()
    .flatMap((row) => readBlock(row["data"] as Uint8Array));
  return {
    entries: chunks.reduce((sum, chunk) => sum + chunk.count, 0),
    terms: new Set(chunks.map(({ term }) => term)).size,
  };
}

async function found(text: string): Promise<string[]> {
  return (await store.candidates(analyse(text), { scope: "acme" }, 5)).candidates.map(({ record }) => record.id);
}

test("an erased record's words are gone from what is packed", async () => {
  await putMany(0, 600, (i) => `common word number${i}x ${i === 7 ? "zebra" : ""}`);
  await packed();
  expect(await found("zebra")).toEqual(["r7"]);
  const { entries, terms } = packedPostings();
  await store.commit({ id: "erase", writes: [{ type: "erase", ids: ["r7"] }] });
  expect(await found("zebra")).toEqual([]);
  // Two words stood there alone, and two with others.
  expect(packedPostings()).toEqual({ entries: entries - 4, terms: terms - 2 });
  await store.commit({ id: "erase-all", writes: [{ type: "erase", scope: "acme" }] });
  expect(count("select count(*) from postings")).toBe(0);
  expect(count("select count(*) from segments")).toBe(0);
  expect(count("select count(*) from recent")).toBe(0);
});

test("merging that was broken off goes on, also in another process, and never counts a word twice", async () => {
  const text = (i: number): string => `common ${Array.from({ length: 4 }, (_, j) => `w${i * 4 + j}x`).join(" ")}`;
  await putMany(0, 4300, text);
  // Every commit gives it a moment; it is stopped as soon as a part is merged, if it is not faster than that.
  for (let i = 0; count("select count(*) from segments where level > 0") === 0; i++)
    await store.commit({ id: `moment-${i}`, writes: [{ type: "wake", key: "w", at: i }] });
  await store.close();
  expect((await check({ file: join(folder, "brain.db"), key: "a".repeat(64) })).problems).toEqual([]);
  store = await sqlite(options).open();
  const checkWords = async (records: number): Promise<void> => {
    const figures = await store.candidates(["common"], { scope: "acme" }, 3);
    expect(figures.documentFrequencies).toEqual([records]);
    for (const i of [0, 999, records - 1]) expect((await found(`common w${i * 4 + 2}x`))[0]).toBe(`r${i}`);
  };
  await checkWords(4300);
  await putMany(4300, 4900, text);
  await packed();
  expect(count("select max(level) from segments")).toBe(1);
  expect(packedPostings().entries + 5 * count("select count(*) from recent")).toBe(4900 * 5);
  await checkWords(4900);
});

test("records written again, or erased, among those that are packed are found as they are now", async () => {
  await putMany(0, 600, (i) => `common n${i}x`);
  await packed();
  const again = (id: string, text: string): Write => {
    const write = put(id, text);
    return write.type === "record" ? { ...write, record: { ...write.record, version: 2 } } : write;
  };
  await store.commit({
    id: "again",
    writes: [3, 500, 590].map((i) => again(`r${i}`, `changed n${i}x`)),
  });
  await store.commit({ id: "erased", writes: [{ type: "erase", ids: ["r4", "r501"] }] });
  await putMany(600, 4300, (i) => `common n${i}x`);
  await packed();
  expect(await found("changed")).toEqual(["r3", "r500", "r590"]);
  expect(await found("n500x")).toEqual(["r500"]);
  expect(await found("n501x")).toEqual([]);
  const { documentFrequencies } = await store.candidates(["common", "chang"], { scope: "acme" }, 1);
  expect(documentFrequencies).toEqual([4295, 3]);
});

test("scopes are packed together, and each is asked, changed and erased for itself", async () => {
  const scopes = 60;
  const words = async (scope: string): Promise<readonly number[]> =>
    (await store.candidates(["common", "of7x"], { scope }, 1)).documentFrequencies;
  for (let at = 0; at < 11 * scopes; at += scopes)
    await store.commit({
      id: `scopes-${at}`,
      writes: Array.from({ length: scopes }, (_, i) => put(`s${at + i}`, `common of${i}x`, `many/s${i}`)),
    });
  await packed();
  expect(count("select count(*) from segments")).toBe(1);
  expect([await words("many/s7"), await words("many/s8"), await words("many")]).toEqual([
    [11, 11],
    [11, 0],
    [11 * scopes, 11],
  ]);
  // One that is packed, then one that is recent, then all of a scope.
  for (const ids of [["s7"], ["s607"]]) await store.commit({ id: `gone-${ids[0]}`, writes: [{ type: "erase", ids }] });
  await store.commit({ id: "gone-8", writes: [{ type: "erase", scope: "many/s8" }] });
  expect([await words("many/s7"), await words("many/s8"), await words("many/s9")]).toEqual([
    [9, 9],
    [0, 0],
    [11, 0],
  ]);
  expect(await words("many")).toEqual([11 * scopes - 13, 9]);
  expect((await check({ file: join(folder, "brain.db"), key: "a".repeat(64) })).problems).toEqual([]);
});

test("what another process changes while recent records are read makes what comes of them stale", async () => {
  await store.commit({ id: "one", writes: [put("a", "common")] });
  const reader = {
    get: (sql: string) => raw.prepare(sql).get() as Record<string, number>,
    all: (sql: string, most: number) => {
      const rows = raw.prepare(sql).all(most) as Record<string, number>[];
      raw.exec("update words set changed = changed + 1");
      return rows;
    },
  };
  const { state, records } = packRecent(reader, { type: "pack", most: 10 });
  expect(records).toBe(1);
  expect(readWords(reader).recentState).not.toBe(state);
});

test("while a long text is put, packed, written again and erased, the event loop turns", async () => {
  const text = Array.from({ length: 25_000 }, (_, i) => `w${i}x`).join(" ");
  let turns = 0;
  const turning = async (write: Write): Promise<number> => {
    turns = 0;
    const turn = (): void => void (turns++, (ticking = setImmediate(turn)));
    let ticking = setImmediate(turn);
    await store.commit({ id: `long-${commits++}`, writes: [write] });
    clearImmediate(ticking);
    return turns;
  };
  expect(await turning(put("long", text))).toBeGreaterThan(3);
  await putMany(0, 600, () => "common");
  await packed();
  expect(await found("w24999x")).toEqual(["long"]);
  const again = put("long", `${text} again`) as Extract<Write, { type: "record" }>;
  expect(await turning({ ...again, record: { ...again.record, version: 2 } })).toBeGreaterThan(3);
  expect(await found("again w24999x")).toEqual(["long"]);
  await putMany(600, 1200, () => "common");
  await packed();
  expect(await turning({ type: "erase", ids: ["long"] })).toBeGreaterThan(3);
  expect(await found("w24999x")).toEqual([]);
  expect((await check({ file: join(folder, "brain.db"), key: "a".repeat(64) })).problems).toEqual([]);
});

test("a handle that was given is packed without a thread", async () => {
  const database = new DatabaseSync(join(folder, "given.db"));
  const given = await sqlite({ database, key: "a".repeat(64), synchronous: "normal" }).open();
  for (let at = 0; at < 600; at += 100)
    await given.commit({ id: `g${at}`, writes: Array.from({ length: 100 }, (_, i) => put(`r${at + i}`, "common")) });
  while (database.prepare("select 1 from segments").get() === undefined)
    await new Promise((resolve) => setImmediate(resolve));
  expect((await given.candidates(["common"], { scope: "acme" }, 1)).documentFrequencies).toEqual([600]);
  await given.close();
});

test("a scope in which something is always being changed is packed, too", async () => {
  await store.commit({ id: "first", writes: [put("changing", "common")] });
  let version = 1;
  for (let at = 0; count("select count(*) from segments") === 0; at++) {
    expect(at).toBeLessThan(100);
    const write = put("changing", `common v${version}x`) as Extract<Write, { type: "record" }>;
    const again = { ...write, record: { ...write.record, version: ++version } };
    const others = Array.from({ length: 100 }, (_, i) => put(`r${at}-${i}`, "common"));
    await store.commit({ id: `change-${at}`, writes: [again, ...others] });
  }
  const total = count("select count(*) from records");
  expect((await store.candidates(["common"], { scope: "acme" }, 1)).documentFrequencies).toEqual([total]);
});

test("a word that stands in a text more often than is counted is counted anew", async () => {
  await store.commit({ id: "long", writes: [put("a", "echo ".repeat(1000)), put("b", "echo")] });
  const { candidates } = await store.candidates(["echo"], { scope: "acme" }, 2);
  expect(candidates.map(({ frequencies }) => frequencies)).toEqual([[1000], [1]]);
});

test("a store that was indexed by other rules is indexed anew when it is opened", async () => {
  await putMany(0, 600, (i) => `common w${i}x`);
  await packed();
  await store.close();
  raw.exec("update meta set value = '1' where key = 'analyser'; update postings set term = term + 1");
  raw.exec("update recent set terms = zeroblob(7); update records set length = 9; update kinds set terms = 1");
  store = await sqlite(options).open();
  expect(await found("common w299x")).toEqual(["r299", "r0", "r1", "r10", "r100"]);
  const { total, totalLength, documentFrequencies } = await store.candidates(["common"], { scope: "acme" }, 1);
  expect([total, totalLength, documentFrequencies]).toEqual([600, 1200, [600]]);
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
