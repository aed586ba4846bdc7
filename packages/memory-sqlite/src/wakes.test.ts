import type { Store, Wake, Write } from "@brainops/core";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { check } from "./check.ts";
import { sqlite } from "./sqlite.ts";

const key = Buffer.alloc(32, 3);
let folder: string;
let file: string;
const opened: Store[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainops-wakes-"));
  file = join(folder, "brain.db");
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await rm(folder, { recursive: true });
});

/** As another process would: with a connection and a memory of its own. */
async function open(): Promise<Store> {
  const store = await sqlite({ file, key, synchronous: "normal" }).open();
  opened.push(store);
  return store;
}

let commits = 0;
const commit = (store: Store, ...writes: Write[]): Promise<unknown> => store.commit({ id: `c${commits++}`, writes });
const wake = (key: string, at: number | null, data?: Wake["data"]): Write => ({
  type: "wake",
  key,
  at,
  ...(data === undefined ? {} : { data }),
});
const entry = (stream: string, position: number): Write => ({
  type: "append",
  stream,
  entries: [{ position }],
  expectedPosition: position,
});

/** More rows than may be without index. */
async function pass(store: Store, stream: string): Promise<void> {
  for (let position = 0; position < 300; position++) await commit(store, entry(stream, position));
}

test("a wake beside an append, alone, and beside other writes is seen by others, before and after the journal is indexed", async () => {
  const [writer, reader] = [await open(), await open()];
  await commit(writer, entry("log/a", 0), wake("run/a", 5, { graph: "g" }));
  await commit(writer, wake("run/b", 7));
  await commit(
    writer,
    { type: "document", key: "d", value: 1 },
    wake("run/c", 9),
    wake("run/d", 1),
    wake("run/d", null),
  );
  const expected = [
    { key: "run/a", at: 5, data: { graph: "g" } },
    { key: "run/b", at: 7 },
    { key: "run/c", at: 9 },
  ];
  for (const store of [writer, reader, await open()]) {
    expect(await store.due(10)).toEqual(expected);
    expect(await store.due(10, 2)).toEqual(expected.slice(0, 2));
    expect(await store.due(6)).toEqual(expected.slice(0, 1));
    expect(await store.wake("run/b")).toEqual(expected[1]);
    expect(await store.wake("run/d")).toBeUndefined();
  }
  await pass(writer, "log/long");
  for (const store of [writer, reader, await open()]) expect(await store.due(10)).toEqual(expected);
  expect(await check({ file, key })).toMatchObject({ ok: true, problems: [] });
});

test("the last word counts, whoever has it, and whatever of it is indexed", async () => {
  const [one, other] = [await open(), await open()];
  await commit(one, entry("log/a", 0), wake("run/a", 5));
  await commit(other, wake("run/a", 6));
  expect((await one.wake("run/a"))?.at).toBe(6);
  await commit(one, entry("log/a", 1), wake("run/a", 7));
  await pass(other, "log/long");
  await commit(other, wake("run/a", 8));
  expect((await one.wake("run/a"))?.at).toBe(8);
  await commit(one, wake("run/a", null));
  for (const store of [one, other, await open()]) {
    expect(await store.wake("run/a")).toBeUndefined();
    expect(await store.due(100)).toEqual([]);
  }
  await pass(one, "log/longer");
  for (const store of [one, other, await open()]) expect(await store.due(100)).toEqual([]);
});

test("a commit that fails says nothing of wakes, and one that is tried again says it once", async () => {
  const store = await open();
  await commit(store, entry("log/a", 0), wake("run/a", 5));
  await expect(commit(store, entry("log/a", 0), wake("run/a", 6))).rejects.toMatchObject({ code: "conflict" });
  const late: Write = { type: "document", key: "d", value: 1, expectedVersion: 3 };
  await expect(commit(store, wake("run/a", 6), late)).rejects.toMatchObject({ code: "conflict" });
  const both = [entry("log/a", 1), wake("run/a", 7)];
  await store.commit({ id: "again", writes: both });
  await commit(store, wake("run/a", 8));
  await store.commit({ id: "again", writes: both });
  await (await open()).commit({ id: "again", writes: both });
  expect(await store.due(100)).toEqual([{ key: "run/a", at: 8 }]);
});

test("what is kept with a wake stays as it was handed in", async () => {
  const store = await open();
  const data = { graph: "g" };
  await commit(store, entry("log/a", 0), wake("run/a", 5, data));
  data.graph = "h";
  expect((await store.due(5))[0]?.data).toEqual({ graph: "g" });
});

test("an erased entry leaves the wake that came with it", async () => {
  const store = await open();
  await commit(store, entry("log/a", 0), wake("run/a", 5));
  await commit(store, { type: "redact", stream: "log/a", positions: [0], members: ["position"] });
  expect(await (await open()).due(5)).toEqual([{ key: "run/a", at: 5 }]);
});

test("queues and lanes are the same whatever of them is indexed", async () => {
  const [writer, reader] = [await open(), await open()];
  const waits = (key: string, at: number, name: string, lane: string): Write => ({
    ...(wake(key, at) as Extract<Write, { type: "wake" }>),
    queue: { name, lane },
  });
  // Each is put where another was: one of them is in the table, and the other in the rows since.
  await commit(writer, waits("run/a", 1, "old", "x"), waits("run/b", 2, "q", "x"), waits("run/c", 3, "q", "y"));
  await pass(writer, "log/long");
  await commit(writer, waits("run/a", 4, "q", "x"), waits("run/b", 5, "q", "z"), waits("run/d", 6, "q", "y"));
  await commit(writer, waits("run/e", 7, "new", "x"), waits("run/f", 8, "q", "x"));
  await commit(writer, wake("run/f", null));
  const look = async (store: Store): Promise<unknown[]> => [
    (await store.queues()).map(({ queue }) => queue?.name ?? "").toSorted(),
    (await store.dueIn("q", 9, { lanes: 9, each: 9 })).map(({ key }) => key).toSorted(),
    (await store.dueIn("q", 9, { lanes: 9, each: 1 })).map(({ key }) => key).toSorted(),
    (await store.dueIn("q", 3, { lanes: 9, each: 9 })).map(({ key }) => key),
    await eachLane(store),
    await store.dueIn("old", 9, { lanes: 9, each: 9 }),
  ];
  const expected = [["new", "q"], ["run/a", "run/b", "run/c", "run/d"], ["run/a", "run/b", "run/c"], ["run/c"], 3, []];
  for (const store of [writer, reader, await open()]) expect(await look(store)).toEqual(expected);
  const order = (await writer.dueIn("q", 9, { lanes: 9, each: 9 })).map(({ key }) => key);
  await pass(reader, "log/longer");
  for (const store of [writer, reader, await open()]) {
    expect(await look(store)).toEqual(expected);
    expect((await store.dueIn("q", 9, { lanes: 9, each: 9 })).map(({ key }) => key)).toEqual(order);
  }
});

/** From lane to lane, as one who reads a long queue in turns: how many there are. */
async function eachLane(store: Store): Promise<number> {
  for (let [seen, after] = [0, undefined as string | undefined]; ; seen++) {
    const [next] = await store.dueIn("q", 9, { lanes: 1, each: 1, ...(after === undefined ? {} : { after }) });
    if (next?.queue === undefined) return seen;
    after = next.queue.lane;
  }
}
