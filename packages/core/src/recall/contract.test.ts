import { afterEach, beforeEach, expect, test } from "vitest";
import { createBrain, type Brain, type RecordInput } from "../index.ts";
import { share } from "../memory/index.ts";
import { memoryStore, virtualClock, type VirtualClock } from "../testing/index.ts";

// Sentences of the guide and of the doc comments that no other test holds them to.
let brain: Brain;
let clock: VirtualClock;

beforeEach(async () => {
  clock = virtualClock(10_000);
  brain = await createBrain({ store: memoryStore(), clock });
});

afterEach(() => brain.close());

const textsOf = async (...asked: Parameters<Brain["recall"]>): Promise<string[]> =>
  (await brain.recall(...asked)).map(({ record }) => record.text);

test("ten hits are given unless another limit is, and none where none is wanted", async () => {
  for (let i = 0; i < 14; i++) await brain.remember({ kind: "learning", text: `queue number${i}x is full` });
  expect(await brain.recall("queue")).toHaveLength(10);
  expect(await brain.recall({ text: "" })).toHaveLength(10);
  expect(await brain.recall({ text: "queue", limit: 13 })).toHaveLength(13);
  expect(await brain.recall({ text: "queue", limit: 0 })).toEqual([]);
});

test("of a query 64 different words are searched, however often each is said", async () => {
  await brain.remember({ kind: "learning", text: "the needle" });
  const hay = Array.from({ length: 64 }, (_, i) => `hay${i}x`);
  const before = (words: readonly string[]): string => [...words, ...words, "needle"].join(" ");
  expect(await textsOf(before(hay.slice(1)))).toEqual(["the needle"]);
  expect(await textsOf(before(hay))).toEqual([]);
});

test("a query in which no word can be searched says so", async () => {
  const note = "The query has no word that can be searched: it is punctuation, or words that stand in every text.";
  expect((await brain.recall("?!")).notes).toEqual([note]);
  expect((await brain.recall("of the")).notes).toEqual([note]);
  expect((await brain.recall("")).notes).toEqual([]);
});

test("since counts what was recorded at that time, until does not", async () => {
  for (const text of ["first queue", "second queue", "third queue"]) {
    await brain.remember({ kind: "learning", text });
    await clock.advance(1000);
  }
  expect(await textsOf({ text: "queue", since: 11_000, until: 12_000 })).toEqual(["second queue"]);
  expect(await textsOf({ text: "", since: 11_000 })).toEqual(["third queue", "second queue"]);
  expect(await textsOf({ text: "", until: 11_000 })).toEqual(["first queue"]);
});

test("what is opened to a scope is not handed on by it", async () => {
  const why = { by: "Ann", reason: "a test" };
  await brain.remember({ kind: "learning", text: "the queue of the shop" }, { scope: "shop" });
  await brain.remember({ kind: "learning", text: "the queue of the bank" }, { scope: "bank" });
  await share(brain.store, { from: "shop", to: "bank", ...why });
  await share(brain.store, { from: "bank", to: "post", ...why });
  expect(await textsOf("queue", { scope: "post" })).toEqual(["the queue of the bank"]);
  expect((await textsOf("queue", { scope: "bank" })).toSorted()).toEqual([
    "the queue of the bank",
    "the queue of the shop",
  ]);
});

test("a hit that was cut to fit says so, and only it", async () => {
  await brain.remember({ kind: "learning", text: `queue ${"and so on ".repeat(100)}` });
  const [hit] = await brain.recall({ text: "queue", maxTokens: 40 });
  expect(hit?.cut).toBe(true);
  expect(hit?.record.text.length).toBe(160);
  expect((await brain.recall("queue"))[0]?.cut).toBeUndefined();
});

const bad: readonly (readonly [string, object])[] = [
  ["an unknown kind", { kind: "rumour" }],
  ["no text", { text: "" }],
  ["a text of more than 100,000 characters", { text: "x".repeat(100_001) }],
  ["more than 50 tags", { tags: Array.from({ length: 51 }, (_, i) => `t${i}`) }],
  ["more than 50 persons", { subjects: Array.from({ length: 51 }, (_, i) => `p${i}`) }],
  ["more than 1,000 pieces of evidence", { evidence: Array.from({ length: 1001 }, (_, i) => `e${i}`) }],
  ["an importance above 1", { importance: 1.1 }],
  ["a time that is none", { validFrom: Number.NaN }],
  ["an end before its beginning", { validFrom: 2, validTo: 1 }],
  ["a place that is no whole number", { thread: "t", sequence: 0.5 }],
  ["a field that is none", { txt: "x" }],
  ["a link of an unknown type", { links: [{ to: "x", type: "likes" }] }],
  ["data that is no JSON", { data: { when: new Date(0) } }],
  ["a lone surrogate", { text: "queue \ud800" }],
];

test.each(bad)("%s is refused, and nothing is remembered", async (_, given) => {
  const input = { kind: "learning", text: "the queue", ...given } as unknown as RecordInput;
  await expect(brain.remember(input)).rejects.toMatchObject({ code: "invalid_input" });
  expect((await brain.store.stats()).records.learning).toBe(0);
});

test("a text of 100,000 characters is remembered", async () => {
  await brain.remember({ kind: "learning", text: `queue ${"x".repeat(99_994)}` });
  expect((await brain.recall("queue"))[0]?.record.text).toHaveLength(100_000);
});
