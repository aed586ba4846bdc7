import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../contracts/json.ts";
import type { MemoryRecord } from "../../contracts/record.ts";
import type { RecordFilter } from "../../contracts/store.ts";
import type { Commit, Write } from "../../contracts/write.ts";
import {
  append,
  candidateIds,
  entriesOf,
  failsWith,
  put,
  record,
  sameBytes,
  vector,
  write,
  type Harness,
} from "./harness.ts";

/** Opening again, closing, and what is refused. */
export function lifecycleTests({ test, options }: Harness): void {
  test("everything is there when the store is opened again", async (store, opener) => {
    await write(
      store,
      append("run/1", [1, 2], 0),
      put("a", { text: "zebra", tags: ["t"], thread: "th", sequence: 1 }),
      put("b", { text: "zebra" }),
      { type: "link", link: { from: "a", to: "b", type: "about", reason: "why" } },
      { type: "count", id: "a", counter: "uses", by: 4 },
      { type: "document", key: "d/1", value: [1] },
      { type: "blob", scope: "acme", id: "h", bytes: new Uint8Array([9]) },
      { type: "wake", key: "w", at: 3 },
    );
    await store.close();
    const again = await opener.open();
    try {
      assert.deepEqual(await entriesOf(again, "run/1"), [1, 2]);
      assert.deepEqual(await candidateIds(again, "zebra"), ["a", "b"]);
      const [found] = await again.records(["a"]);
      assert.deepEqual(found?.record, record("a", { text: "zebra", tags: ["t"], thread: "th", sequence: 1 }));
      assert.equal(found?.counters.uses, 4);
      assert.equal((await again.links("a"))[0]?.reason, "why");
      assert.deepEqual(await again.documents("d/"), [{ key: "d/1", value: [1], version: 1 }]);
      sameBytes(await again.blob("acme", "h"), new Uint8Array([9]));
      assert.deepEqual(await again.due(3), [{ key: "w", at: 3 }]);
      await failsWith("conflict", write(again, append("run/1", [9], 0)));
      await write(again, append("run/1", [3], 2), put("a", { version: 2 }));
    } finally {
      await again.close();
    }
  });

  options.test("many may open a new store at the same time", async () => {
    const opener = await options.fresh();
    const stores = await Promise.all(Array.from({ length: 6 }, () => opener.open()));
    try {
      await Promise.all(stores.map((store, i) => write(store, append("s", [i]), put(`r${i}`, { text: "zebra" }))));
      for (const store of stores) {
        assert.equal((await candidateIds(store, "zebra")).length, stores.length);
        assert.equal((await store.read("s")).length, stores.length);
      }
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  });

  test("a closed store refuses, and closing twice is harmless", async (store) => {
    const last = write(store, append("s", [1]));
    const closing = store.close();
    await last;
    await closing;
    await store.close();
    await failsWith("store_closed", write(store, append("s", [1])));
    await failsWith("store_closed", store.read("s"));
    await failsWith("store_closed", store.find({ scope: "acme" }));
  });

  test("what makes no sense is invalid_input, and nothing is written", async (store) => {
    const bad: unknown[] = [
      append("", [1]),
      append("a\u0000b", [1]),
      append("\ud800", [1]),
      append("x".repeat(10_000), [1]),
      append("s", [1], -1),
      append("s", [1], 0.5),
      { type: "append", stream: "s", entries: "text" },
      { type: "append", stream: "s", entries: [Number.NaN] },
      { type: "append", stream: "s", entries: [undefined] },
      { type: "append", stream: "s", entries: [1, { when: new Date(0) }] },
      { type: "append", stream: "s", entries: [endless()] },
      null,
      put("r", { tags: "tag" as unknown as string[] }),
      put("r", { tags: undefined as unknown as string[] }),
      put("r", { subjects: [1] as unknown as string[] }),
      put("r", { provenance: "r1" as unknown as MemoryRecord["provenance"] }),
      put("r", { text: 5 as unknown as string }),
      { type: "link", link: { from: "a", to: "b", type: "about", reason: "x".repeat(1_000_001) } },
      // Else sums could not be read any more.
      { type: "count", id: "r", counter: "uses", by: 1_000_000_001 },
      { type: "count", id: "r", counter: "uses", by: -1_000_000_001 },
      { type: "wake", key: "w", at: 1, data: { n: Number.NaN } },
      { type: "erase", ids: "r" },
      { type: "trim", stream: "s", before: -1 },
      put("", {}),
      put("with space"),
      put("ü"),
      put("r", { scope: "" }),
      put("r", { scope: "/acme" }),
      put("r", { scope: "acme/" }),
      put("r", { scope: "a//b" }),
      put("r", { scope: "acme/../beta" }),
      put("r", { scope: "./acme" }),
      put("r", { kind: "rumour" as "insight" }),
      put("r", { trust: "nobody" as "model" }),
      put("r", { importance: 1.5 }),
      put("r", { importance: Number.NaN }),
      put("r", { confidence: -0.1 }),
      put("r", { createdAt: Number.NaN }),
      put("r", { createdAt: -1 }),
      put("r", { createdAt: 8.65e15 }),
      put("r", { validTo: Number.POSITIVE_INFINITY }),
      put("r", { data: { when: new Date(0) } as unknown as JsonObject }),
      put("r", { data: { deep: [Number.NaN] } }),
      put("r", { data: { big: 1n } as unknown as JsonObject }),
      put("r", { data: endless() }),
      put("r", { version: 0 }),
      put("r", { sequence: 1.5 }),
      put("r", { validFrom: 2, validTo: 1 }),
      put("r", { text: "x".repeat(1_000_001) }),
      put("r", { tags: [""] }),
      put("r", { subjects: ["\n"] }),
      { type: "link", link: { from: "a", to: "b", type: "likes" } },
      { type: "count", id: "r", counter: "likes", by: 1 },
      { type: "count", id: "r", counter: "uses", by: 0.5 },
      { type: "link", link: { from: "a", to: "b", type: "about", createdAt: -1 } },
      ...["", "plain", "x/0", "x/03", "x/two", "\u0000/2"].map((space) => ({ ...vector("r", [1, 0]), space })),
      vector("r", [1, 0], { space: "x/3" }),
      vector("r", [1, Number.NaN]),
      vector("r", [1, Number.POSITIVE_INFINITY]),
      vector("r", [1, 0], { version: 0 }),
      { ...vector("r", [1, 0]), vector: [1, 0] },
      { type: "document", key: "", value: 1 },
      { type: "document", key: "k" },
      { type: "document", key: "k", value: { n: Number.POSITIVE_INFINITY } },
      { type: "document", key: "k", value: endless() },
      { type: "wake", key: "w", at: Number.NaN },
      { type: "blob", scope: "acme", id: "h", bytes: "text" },
      { type: "erase" },
      { type: "erase", scope: "" },
      { type: "explode" },
    ];
    for (const one of bad) await failsWith("invalid_input", write(store, append("ok", [1]), one as Write));
    await failsWith("invalid_input", store.commit({ id: "", writes: [append("ok", [1])] }));
    await failsWith("invalid_input", store.find({} as RecordFilter));
    await failsWith("invalid_input", store.find({ scope: "" }));
    await failsWith("invalid_input", store.find({ scope: "acme", since: Number.NaN }));
    await failsWith("invalid_input", store.find({ scope: "acme", kinds: ["rumour" as "insight"] }));
    await failsWith("invalid_input", store.candidates(["a"], {} as RecordFilter, 3));
    const two = Float32Array.of(1, 0);
    await failsWith("invalid_input", store.near(two, "x/2", {} as RecordFilter, 3));
    await failsWith("invalid_input", store.near(two, "x/3", { scope: "acme" }, 3));
    await failsWith("invalid_input", store.unembedded("x/2", { scope: "" }, 3));
    await failsWith("invalid_input", store.unembedded("plain", { scope: "acme" }, 3));
    await failsWith("invalid_input", store.vectors("plain", ["a"]));
    await failsWith("invalid_input", store.commit({ id: "c" } as Commit));
    assert.deepEqual(await store.streams(""), []);
    assert.equal((await store.stats()).entries, 0);
  });

  test("a limit that is no whole number from 0 on is invalid_input, and Infinity is none", async (store) => {
    const filter = { scope: "acme" };
    const two = Float32Array.of(1, 0);
    await write(
      store,
      append("s", [1]),
      put("a", { thread: "t", sequence: 1 }),
      put("b", { thread: "t", sequence: 9 }),
    );
    const reads: readonly ((limit: number) => Promise<{ readonly length: number }>)[] = [
      (limit) => store.find(filter, { limit }),
      (limit) => store.read("s", { limit }),
      (limit) => store.documents("", { limit }),
      (limit) => store.due(5, limit),
      (limit) => store.dueIn("q", 5, { lanes: limit, each: 1 }),
      (limit) => store.dueIn("q", 5, { lanes: 1, each: limit }),
      (limit) => store.changes("acme", { limit }),
      (limit) => store.unembedded("x/2", filter, limit),
      (limit) => store.neighbours(["a"], limit),
      async (limit) => (await store.candidates(["text"], filter, limit)).candidates,
      async (limit) => (await store.near(two, "x/2", filter, limit)).nearest,
      (from) => store.read("s", { from }),
      (after) => store.changes("acme", { after }),
    ];
    for (const read of reads) {
      for (const limit of [-1, 1.5, Number.NaN, "2" as unknown as number])
        await failsWith("invalid_input", read(limit));
      await read(0);
    }
    const unlimited = await Promise.all(reads.map(async (read) => (await read(Infinity)).length));
    assert.deepEqual(unlimited, [2, 1, 0, 0, 0, 0, 2, 2, 1, 2, 0, 0, 0]);
    assert.deepEqual(await Promise.all([store.due(Infinity), store.due(-Infinity), store.due(1.5)]), [[], [], []]);
    const found = async (more: Partial<RecordFilter>): Promise<number> =>
      (await store.find({ ...filter, ...more })).length;
    const at = 1_700_000_000_000;
    assert.deepEqual(
      await Promise.all([
        ...[{ since: at - 0.5 }, { since: at + 0.5 }, { until: at + 0.5 }, { until: at - 0.5 }].map(found),
        ...[{ since: -Infinity, until: Infinity }, { since: Infinity }].map(found),
        ...[{ fromSequence: 1.5 }, { toSequence: 8.5 }, { fromSequence: -Infinity, toSequence: Infinity }].map(found),
      ]),
      [2, 0, 2, 0, 2, 0, 1, 1, 2],
    );
    await failsWith("invalid_input", store.due(Number.NaN));
    for (const odd of [{ tags: "x" }, { kinds: "error" }, { thread: 3 }, { fingerprint: 3 }])
      await failsWith("invalid_input", store.find({ ...filter, ...odd } as unknown as RecordFilter));
    await failsWith("invalid_input", store.records("a" as unknown as string[]));
    await failsWith("invalid_input", store.stats("a//b"));
  });

  test("a query of 100 kB, or of what is no word, is looked for like any other", async (store) => {
    await write(store, put("a", { text: "needle in the hay" }));
    const words = Array.from({ length: 15_000 }, (_, i) => `w${i}x`);
    assert.deepEqual(await candidateIds(store, `${words.join(" ")} needle`), ["a"]);
    assert.deepEqual(await candidateIds(store, "x".repeat(100_000)), []);
    assert.deepEqual(await candidateIds(store, 'needle* OR "hay NEAR( -the \u0000 \ud800'), ["a"]);
  });

  test("figures count what is there", async (store) => {
    await write(store, append("a", [1, 2, 3]), append("b", [1]), put("r", { kind: "insight" }), {
      type: "document",
      key: "d",
      value: 1,
    });
    await write(store, { type: "trim", stream: "a", before: 2 });
    const stats = await store.stats();
    assert.deepEqual([stats.streams, stats.entries, stats.documents, stats.records.insight], [2, 2, 1, 1]);
    assert.ok(stats.bytes >= 0);
  });
}

/** An object that holds itself. */
function endless(): JsonObject {
  const value: { [key: string]: Json } = {};
  value["self"] = value;
  return value;
}
