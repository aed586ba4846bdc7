import { expect, test } from "vitest";
import type { MemoryRecord, RecallQuery } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { memoryStore } from "../testing/index.ts";
import { recall, type RecallOptions } from "./index.ts";

const now = Date.UTC(2026, 5, 1);
const clock = { now: () => now };

function put(id: string, text: string, given: Partial<MemoryRecord> = {}): Write {
  return {
    type: "record",
    record: {
      id,
      kind: "experience",
      scope: "acme",
      text,
      data: {},
      tags: [],
      importance: 0.5,
      confidence: 1,
      trust: "model",
      subjects: [],
      provenance: {},
      createdAt: now,
      version: 1,
      ...given,
    },
  };
}

async function storeWith(...writes: Write[]): Promise<Store> {
  const store = await memoryStore().open();
  await store.commit({ id: "c", writes });
  return store;
}

async function ids(store: Store, query: RecallQuery, options: RecallOptions = {}): Promise<string[]> {
  return (await recall(store, "acme", query, { clock, ...options })).map(({ record }) => record.id);
}

test("the record that holds more of the rarer words comes first, and says why", async () => {
  const store = await storeWith(
    put("a", "the deployment was slow"),
    put("b", "the deployment timed out because the cache was cold"),
    put("c", "cold coffee"),
    put("d", "deployment went well"),
  );
  const hits = await recall(store, "acme", { text: "Why did the deployments time out? cache" }, { clock });
  expect(hits[0]?.record.id).toBe("b");
  expect(hits[0]?.why).toBe("words: deploy, time, cach");
  expect(hits.map(({ record }) => record.id)).not.toContain("c");
});

test("an answer is found by the question that stands before it", async () => {
  const store = await storeWith(
    put("1", "Where did you spend the holidays?", { thread: "t", sequence: 1, actor: "Ann" }),
    put("2", "In a hut by the lake.", { thread: "t", sequence: 2, actor: "Bob" }),
    put("3", "Lovely!", { thread: "t", sequence: 3, actor: "Ann" }),
    put("4", "Unrelated words about cars", { thread: "u", sequence: 2 }),
  );
  // What is asked tells less than what is answered.
  expect((await ids(store, { text: "holidays" })).slice(0, 2)).toEqual(["2", "1"]);
  const hits = await recall(store, "acme", { text: "Where did Bob spend the holidays" }, { clock });
  const answer = hits.find(({ record }) => record.id === "2");
  expect(answer?.why).toBe("before it: spend, holidai; by Bob");
});

test("what stands beside a candidate must fit the filter and be accepted", async () => {
  const store = await storeWith(
    put("1", "holidays", { thread: "t", sequence: 1 }),
    put("2", "hut", { thread: "t", sequence: 2, kind: "error" }),
    put("3", "lake", { thread: "t", sequence: 3 }),
  );
  expect(await ids(store, { text: "holidays", kinds: ["experience"] })).toEqual(["1", "3"]);
  expect(await ids(store, { text: "holidays" }, { accept: ({ id }) => id !== "3" })).toEqual(["1", "2"]);
});

test("a query without words gives the newest that fit; one of stop words only, nothing", async () => {
  const store = await storeWith(
    ...Array.from({ length: 150 }, (_, i) => put(`r${i}`, "same", { createdAt: i, validTo: i % 2 })),
  );
  expect(await ids(store, { text: " ", limit: 3 })).toEqual(["r149", "r148", "r147"]);
  expect(await ids(store, { text: "", limit: 2 }, { accept: ({ createdAt }) => createdAt < 40 })).toEqual([
    "r39",
    "r38",
  ]);
  expect(await ids(store, { text: "what did they do" })).toEqual([]);
  expect(await ids(store, { text: "same", limit: 0 })).toEqual([]);
});

test("a proven solution beats a lucky one, and one that failed", async () => {
  const store = await storeWith(
    ...["lucky", "proven", "failing"].map((id) => put(id, "restart the worker", { kind: "solution" })),
    { type: "count", id: "lucky", counter: "tries", by: 1 },
    { type: "count", id: "lucky", counter: "successes", by: 1 },
    { type: "count", id: "proven", counter: "tries", by: 10 },
    { type: "count", id: "proven", counter: "successes", by: 9 },
    { type: "count", id: "failing", counter: "tries", by: 10 },
  );
  const hits = await recall(store, "acme", { text: "worker restart" }, { clock });
  expect(hits.map(({ record }) => record.id)).toEqual(["proven", "lucky", "failing"]);
  expect(hits[0]?.why).toContain("9 of 10 tries worked");
});

test("importance, age and validity tip the scales between equals", async () => {
  const day = 86_400_000;
  const store = await storeWith(
    put("a-old", "deploy at night", { createdAt: now - 300 * day }),
    put("b-new", "deploy at night"),
    put("c-important", "deploy at night", { importance: 1, createdAt: now - 300 * day }),
    put("d-expired", "deploy at night", { validTo: now - 1 }),
  );
  expect(await ids(store, { text: "deploy night" })).toEqual(["c-important", "b-new", "a-old", "d-expired"]);
  expect(await ids(store, { text: "deploy night", validAt: now })).not.toContain("d-expired");
});

test("equals come in the order of their ids, however they were written", async () => {
  const store = await storeWith(...["z", "m", "a", "k"].map((id) => put(id, "same words")));
  expect(await ids(store, { text: "same words" })).toEqual(["a", "k", "m", "z"]);
});

test("a scope is required, and a huge query is only text", async () => {
  const store = await storeWith(put("a", "needle"));
  await expect(recall(store, "", { text: "needle" })).rejects.toMatchObject({ code: "invalid_input" });
  expect(await ids(store, { text: `needle ${"hay ".repeat(50_000)}` })).toEqual(["a"]);
});

test("the name of somebody who speaks weighs little as a word, and much as the speaker", async () => {
  const store = await storeWith(
    put("1", "Hey Ann! Ann, how are you?", { thread: "t", sequence: 1, actor: "Bob" }),
    put("2", "I adopted a puppy.", { thread: "t", sequence: 9, actor: "Ann" }),
    put("3", "Nobody spoke about dogs.", { thread: "t", sequence: 20, actor: "Bob" }),
  );
  expect((await ids(store, { text: "Which pet did Ann adopt?" }))[0]).toBe("2");
});

test("what another record has taken the place of is left out, and the next one moves up; as of a time it is there", async () => {
  const store = await storeWith(
    put("old", "deploys take one hour"),
    put("new", "deploys take two hours"),
    put("other", "deploys are fun"),
    { type: "link", link: { from: "new", to: "old", type: "supersedes" } },
  );
  expect((await ids(store, { text: "how long do deploys take" })).toSorted()).toEqual(["new", "other"]);
  expect(await ids(store, { text: "deploys take", limit: 2 })).toEqual(["new", "other"]);
  expect((await ids(store, { text: "", limit: 2 })).toSorted()).toEqual(["new", "other"]);
  expect(await ids(store, { text: "deploys take", validAt: now })).toContain("old");
  await store.commit({ id: "gone", writes: [{ type: "erase", ids: ["new"] }] });
  expect(await ids(store, { text: "deploys take" })).toContain("old");
});
