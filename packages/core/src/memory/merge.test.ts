import { expect, test } from "vitest";
import type { MemoryRecord, Store } from "../index.ts";
import { memoryStore } from "../testing/index.ts";
import { clock, day, now, put, recordOf, storeWith } from "./fixture.ts";
import { likeness, mergeDuplicates } from "./index.ts";

const text = "Deploys to production time out when the cache is cold.";
const learning = (given: string, more: Partial<MemoryRecord> = {}): MemoryRecord => {
  const write = put("x", given, { kind: "learning", ...more });
  if (write.type !== "record") throw new Error("not a record");
  return write.record;
};

test.each([
  ["white space and the last stop", " Deploys to production\n time out when the  cache is cold", "exact"],
  ["another order of clauses", "When the cache is cold, deploys to production time out.", "near"],
  ["words without content", "The deploys to production really do time out when the cache is cold.", "near"],
  ["endings", "Deploys to production timed out when the cache was cold.", "near"],
  ["a letter doubled in a word of eleven", "Deploys to prodduction time out when the cache is cold.", "near"],
  ["a comma between words", "Deploys to production, time out, when the cache is cold.", "near"],
  ["two letters swapped in a long word", "Deploys to prodcution time out when the cache is cold.", "near"],
] as const)("%s make no difference", (_, other, how) => {
  expect(likeness(learning(text), learning(other))).toBe(how);
  expect(likeness(learning(other), learning(text))).toBe(how);
});

test.each([
  ["a negation", text, "Deploys to production do not time out when the cache is cold."],
  ["a contraction of one", text, "Deploys to production don't time out when the cache is cold."],
  ["one word", text, "Deploys to production time out when the cache is hot."],
  ["one word more", text, "Deploys to production time out only when the cache is cold."],
  ["a number", "The limit is 512 MB.", "The limit is 513 MB."],
  ["the sign of a number", "The offset is -5.", "The offset is 5."],
  ["a decimal", "The ratio is 1.5.", "The ratio is 15."],
  ["a name", "We asked Will about it.", "We asked Bill about it."],
  ["a name that is also a word", "Please ask Will.", "Please ask will."],
  ["a name that is also a common word", "We told Mark about it.", "We told mark about it."],
  ["an identifier", "Call readFile first.", "Call readfile first."],
  ["a path", "See src/a.ts for it.", "See src/b.ts for it."],
  ["who does what to whom", "The API depends on the worker.", "The worker depends on the API."],
  ["the order of steps", "Stop, drain, start.", "Start, drain, stop."],
  ["before and after", "Restart it before the migration.", "Restart it after the migration."],
  ["cause and effect", "It is slow because it swaps.", "It swaps because it is slow."],
  ["a comparison", "Latency is < 10.", "Latency is > 10."],
  ["a question", "The cache is cold.", "The cache is cold?"],
  ["a short word", "It was a trial run.", "It was a trail run."],
  ["a letter more in a short word", "It is scared.", "It is scarred."],
  ["letters swapped from afar", "A conversation.", "A conservation."],
  ["an ending that negates", "The token is valid.", "The token is invalid."],
  ["nothing but stops", "...", "!"],
  ["an operator", "Use a && b.", "Use a || b."],
  ["an accent", "Das ging schon.", "Das ging schön."],
  ["the case of a unit", "30 Mb", "30 mb"],
  ["a comma that says what is negated", "It failed, no retry.", "It failed no, retry."],
  ["the same in Russian", "Казнить, нельзя помиловать.", "Казнить нельзя, помиловать."],
  ["a comma before what limits", "Retry it, only if it is safe.", "Retry it only, if it is safe."],
  ["what a contraction reaches", "It didn't, retry.", "It didn't retry."],
  ["another script", "缓存是冷的", "缓存是热的"],
] as const)("%s makes two of them", (_, one, other) => {
  expect(likeness(learning(one), learning(other))).toBeUndefined();
});

test.each<[string, Partial<MemoryRecord>]>([
  ["kind", { kind: "insight" }],
  ["scope", { scope: "acme/shop" }],
  ["data", { data: { outcome: "good" } }],
  ["tags", { tags: ["deploy"] }],
  ["persons", { subjects: ["ann"] }],
  ["actor", { actor: "Ann" }],
  ["thread", { thread: "t" }],
  ["a place in a conversation", { thread: "t", sequence: 1 }],
  ["fingerprint", { fingerprint: "f" }],
  ["validity", { validTo: 1 }],
])("another %s makes two of them", (_, given) => {
  expect(likeness(learning(text), learning(text, given))).toBeUndefined();
});

const filled = (): Promise<Store> =>
  storeWith(
    put("old", text, { kind: "learning", createdAt: now - 3 * day, importance: 0.4 }),
    put("trusted", `${text} `, { kind: "learning", createdAt: now - 2 * day, trust: "person" }),
    put("near", "When the cache is cold, deploys to production time out.", { kind: "learning", importance: 0.9 }),
    put("other", "Deploys to production never time out when the cache is cold.", { kind: "learning" }),
    put("turn", "Yes!", { thread: "t", sequence: 1 }),
    put("turn2", "Yes!", { thread: "t", sequence: 2 }),
    { type: "count", id: "old", counter: "uses", by: 2 },
    { type: "count", id: "near", counter: "tries", by: 3 },
    { type: "count", id: "near", counter: "successes", by: 1 },
  );

test("the most trusted stays, with count, times and the sum of the counters; the others stay readable", async () => {
  const store = await filled();
  const summary = await mergeDuplicates(store, "acme", { clock });
  expect(summary).toMatchObject({ records: 6, merged: 2, groups: [{ survivor: "trusted" }] });
  expect(summary.groups[0]?.merged).toEqual([
    { id: "old", likeness: "exact" },
    { id: "near", likeness: "near" },
  ]);
  const [stored] = await store.records(["trusted"]);
  expect(stored?.record).toMatchObject({
    version: 2,
    importance: 0.9,
    data: { merged: { count: 3, firstSeen: now - 3 * day, lastSeen: now } },
  });
  expect(stored?.counters).toEqual({ uses: 2, tries: 3, successes: 1 });
  expect((await recordOf(store, "old")).text).toBe(text);
  expect(await store.links("trusted", { types: ["supersedes"] })).toEqual([
    { from: "trusted", to: "old", type: "supersedes", reason: "says the same (exact)", createdAt: now },
    { from: "trusted", to: "near", type: "supersedes", reason: "says the same (near)", createdAt: now },
  ]);

  // Again it changes nothing, and what is remembered once more is counted.
  expect((await mergeDuplicates(store, "acme", { clock })).merged).toBe(0);
  await store.commit({ id: "more", writes: [put("again", text, { kind: "learning", createdAt: now + day })] });
  await mergeDuplicates(store, "acme", { clock });
  expect((await recordOf(store, "trusted")).data["merged"]).toEqual({
    count: 4,
    firstSeen: now - 3 * day,
    lastSeen: now + day,
  });
});

test("a dry run says the same and writes nothing; without near ones, only exact ones are merged", async () => {
  const store = await filled();
  const dry = await mergeDuplicates(store, "acme", { dryRun: true });
  expect((await recordOf(store, "trusted")).version).toBe(1);
  expect(await store.links("trusted")).toEqual([]);
  expect((await mergeDuplicates(store, "acme", { near: false })).merged).toBe(1);
  expect((await mergeDuplicates(store, "acme", {})).merged).toBe(dry.merged - 1);
});

test("stopped half way it goes on; two at once count nothing twice; another scope is not touched", async () => {
  const same = (scope: string, group: number): ReturnType<typeof put>[] =>
    Array.from({ length: 4 }, (_, i) => put(`${scope}-${group}-${i}`, `Rule ${group} holds.`, { scope }));
  const opener = memoryStore();
  const store = await opener.open();
  await store.commit({
    id: "fill",
    writes: ["acme", "beta"].flatMap((scope) => Array.from({ length: 20 }, (_, group) => same(scope, group)).flat()),
  });
  const stop = new AbortController();
  const stopped = mergeDuplicates(store, "acme", {
    signal: stop.signal,
    progress: ({ step, done }) => void (step === "merging" && done >= 30 && stop.abort()),
  });
  await expect(stopped).rejects.toMatchObject({ code: "aborted" });
  const [one, two] = await Promise.all([mergeDuplicates(store, "acme"), mergeDuplicates(store, "acme")]);
  expect(one.merged + two.merged).toBe(30);
  for (let group = 0; group < 20; group++)
    expect((await recordOf(store, `acme-${group}-0`)).data["merged"]).toMatchObject({ count: 4 });
  expect((await recordOf(store, "beta-0-0")).version).toBe(1);
});

test("bad input is refused", async () => {
  const store = await filled();
  await expect(mergeDuplicates(store, "")).rejects.toMatchObject({ code: "invalid_input" });
  await expect(mergeDuplicates(store, "acme", { kinds: ["idea" as "insight"] })).rejects.toMatchObject({
    code: "invalid_input",
  });
});

test("errors of one fingerprint become one, which says how often and when it was seen", async () => {
  const error = (id: string, text: string, more: Partial<MemoryRecord> = {}) =>
    put(id, text, { kind: "error", fingerprint: "f1", ...more });
  const store = await storeWith(
    error("a", "Timeout after 300 ms at shop.ts:17", { createdAt: now - 3 * day }),
    error("b", "Timeout after 412 ms at shop.ts:19", {
      createdAt: now - day,
      data: { count: 5, firstSeen: now - 9 * day, lastSeen: now },
    }),
    error("c", "Timeout after 300 ms at shop.ts:17", { fingerprint: "f2" }),
    put("d", "Timeout after 300 ms at shop.ts:17", { kind: "error" }),
    put("e", "Timeout after 412 ms at shop.ts:19", { kind: "error" }),
  );
  expect(await mergeDuplicates(store, "acme", { clock, near: false })).toMatchObject({ merged: 0 });
  expect(await mergeDuplicates(store, "acme", { clock })).toMatchObject({ merged: 1, groups: [{ survivor: "a" }] });
  expect((await recordOf(store, "a")).data).toEqual({ count: 6, firstSeen: now - 9 * day, lastSeen: now });
  expect(await mergeDuplicates(store, "acme", { clock })).toMatchObject({ merged: 0 });
});
