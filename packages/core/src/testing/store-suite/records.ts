import assert from "node:assert/strict";
import { linkTypes, recordKinds, type MemoryRecord } from "../../contracts/record.ts";
import type { RecordFilter } from "../../contracts/store.ts";
import type { Write } from "../../contracts/write.ts";
import { fitsFilter } from "../../recall/fits-filter.ts";
import { failsWith, put, record, write, type Harness } from "./harness.ts";
import { randomFrom } from "./random.ts";

const full: MemoryRecord = {
  id: "0197a1b2-0000-7000-8000-000000000001",
  kind: "solution",
  scope: "acme/shop/eu",
  text: "Ünïcode \u{1F600} 東京 \u0000 \ud800 \r\n 'quotes' \"and\" ; -- OR NEAR(",
  data: { nested: { list: [1, null, "x"] } },
  tags: ["deploy", "Ops/eu"],
  thread: "talk/1",
  sequence: 7,
  actor: "Ada",
  importance: 0,
  confidence: 0.25,
  trust: "person",
  validFrom: 1,
  validTo: 2,
  subjects: ["bob@example.com"],
  provenance: { run: "r", path: "p", node: "n", position: 3, evidence: ["e"] },
  fingerprint: "f1",
  createdAt: 1_700_000_000_123,
  version: 1,
};

/** Records: put, find, links, counters. */
export function recordTests({ test }: Harness): void {
  test("a record comes back exactly, and a plain one without more than it had", async (store) => {
    await write(store, { type: "record", record: full }, put("r2"));
    assert.deepEqual(await store.records([full.id, "missing", "r2"]), [
      { record: full, counters: { uses: 0, tries: 0, successes: 0 } },
      { record: record("r2"), counters: { uses: 0, tries: 0, successes: 0 } },
    ]);
    assert.deepEqual(
      (await store.records(["r2", full.id, "r2"])).map((found) => found.record.id),
      ["r2", full.id, "r2"],
    );
  });

  test("scopes are those that hold a record themselves, also after one has moved or was erased", async (store) => {
    assert.deepEqual(await store.scopes(), []);
    await write(store, put("a", { scope: "b/inner" }), put("c", { scope: "a" }), put("d", { scope: "ab" }));
    assert.deepEqual(await store.scopes(), ["a", "ab", "b/inner"]);
    await write(store, put("d", { scope: "Ab", version: 2 }), { type: "erase", ids: ["c"] });
    assert.deepEqual(await store.scopes(), ["Ab", "b/inner"]);
    await write(store, { type: "erase", scope: "b" });
    assert.deepEqual(await store.scopes(), ["Ab"]);
  });

  test("every kind and size is kept", async (store) => {
    await write(store, ...recordKinds.map((kind) => put(kind, { kind })));
    await write(store, put("empty", { text: "" }), put("long", { text: "word ".repeat(100_000) }));
    assert.deepEqual((await store.stats()).records, {
      experience: 3,
      decision: 1,
      learning: 1,
      error: 1,
      solution: 1,
      insight: 1,
    });
    assert.equal((await store.records(["long"]))[0]?.record.text.length, 500_000);
  });

  test("each put is the next version, and keeps the counters", async (store) => {
    await failsWith("conflict", write(store, put("r", { version: 2 })));
    await write(store, put("r"), { type: "count", id: "r", counter: "tries", by: 3 });
    await failsWith("conflict", write(store, put("r", { version: 1 })));
    await failsWith("conflict", write(store, put("r", { version: 3 })));
    await write(store, put("r", { version: 2, text: "other", scope: "beta", kind: "error" }));
    const [found] = await store.records(["r"]);
    assert.deepEqual(found?.record, record("r", { version: 2, text: "other", scope: "beta", kind: "error" }));
    assert.equal(found?.counters.tries, 3);
    assert.deepEqual(await store.find({ scope: "acme" }), []);
    assert.equal((await store.find({ scope: "beta" })).length, 1);
  });

  test("counters add up, each for itself, and pass over a record that is gone", async (store) => {
    await write(store, put("r"));
    await Promise.all(
      Array.from({ length: 20 }, () =>
        write(
          store,
          { type: "count", id: "r", counter: "uses", by: 1 },
          { type: "count", id: "r", counter: "successes", by: 2 },
        ),
      ),
    );
    await write(store, { type: "count", id: "gone", counter: "uses", by: 1 });
    assert.deepEqual((await store.records(["r"]))[0]?.counters, { uses: 20, tries: 0, successes: 40 });
    await write(store, { type: "count", id: "r", counter: "uses", by: -1_000_000_000 });
    await write(store, { type: "count", id: "r", counter: "uses", by: 1_000_000_000 });
    assert.equal((await store.records(["r"]))[0]?.counters.uses, 20);
  });

  test("a filter narrows by everything it names", async (store) => {
    const at = full.createdAt;
    await write(
      store,
      { type: "record", record: full },
      put("a", { scope: "acme/shop", tags: ["deploy"], thread: "talk/1", sequence: 3, createdAt: at + 1 }),
      put("b", { scope: "acme", kind: "error", fingerprint: "f2", createdAt: at + 2, tags: ["x", "deploy"] }),
      put("c", { scope: "acmecorp", createdAt: at + 3 }),
      put("d", { scope: "acme/shopping", createdAt: at + 4, thread: "talk/1" }),
    );
    const ids = async (filter: RecordFilter): Promise<string[]> =>
      (await store.find(filter)).map((found) => (found.record.id === full.id ? "full" : found.record.id));
    assert.deepEqual(await ids({ scope: "acme" }), ["d", "b", "a", "full"]);
    assert.deepEqual(await ids({ scope: "acme/shop" }), ["a", "full"]);
    assert.deepEqual(await ids({ scope: "acme/shop/eu" }), ["full"]);
    assert.deepEqual(await ids({ scope: "acme/s" }), []);
    assert.deepEqual(await ids({ scope: "acmecorp" }), ["c"]);
    assert.deepEqual(await ids({ scope: "acme", kinds: ["error", "solution"] }), ["b", "full"]);
    assert.deepEqual(await ids({ scope: "acme", kinds: [] }), []);
    assert.deepEqual(await ids({ scope: "acme", tags: ["deploy"] }), ["b", "a", "full"]);
    assert.deepEqual(await ids({ scope: "acme", tags: ["deploy", "x"] }), ["b"]);
    assert.deepEqual(await ids({ scope: "acme", tags: ["Deploy"] }), []);
    const many = Array.from({ length: 3000 }, (_, i) => `tag ${i}`);
    await write(
      store,
      put("many", { scope: "tagged", tags: many }),
      put("few", { scope: "tagged", tags: many.slice(1) }),
    );
    assert.deepEqual(await ids({ scope: "tagged", tags: many }), ["many"]);
    assert.deepEqual(await ids({ scope: "tagged", tags: many.slice(1).reverse() }), ["many", "few"]);
    assert.deepEqual(await ids({ scope: "tagged", tags: [...many, "other"] }), []);
    const { candidates } = await store.candidates(["text"], { scope: "tagged", tags: many }, 9);
    assert.deepEqual(
      candidates.map((found) => found.record.id),
      ["many"],
    );
    assert.deepEqual(await ids({ scope: "acme", fingerprint: "f1" }), ["full"]);
    assert.deepEqual(await ids({ scope: "acme", thread: "talk/1" }), ["d", "a", "full"]);
    assert.deepEqual(await ids({ scope: "acme", thread: "talk/1", fromSequence: 3, toSequence: 6 }), ["a"]);
    assert.deepEqual(await ids({ scope: "acme", thread: "talk/1", fromSequence: 4 }), ["full"]);
    assert.deepEqual(await ids({ scope: "acme", since: at + 1, until: at + 2 }), ["a"]);
    assert.deepEqual(await ids({ scope: "acme/shop", kinds: ["solution"], tags: ["deploy"], thread: "talk/1" }), [
      "full",
    ]);
  });

  test("records are found newest first, ties by id downwards, in pages", async (store) => {
    const ids = ["m", "a", "z", "b", "c"];
    await write(store, ...ids.map((id, i) => put(id, { createdAt: 1000 + (i < 3 ? 0 : i) })));
    const expected = ["c", "b", "z", "m", "a"];
    const seen: string[] = [];
    let after: string | undefined;
    // Bounded: a faulty store may give the same page for ever.
    for (let pages = 0; pages < 10; pages++) {
      const page = await store.find({ scope: "acme" }, { limit: 2, ...(after === undefined ? {} : { after }) });
      if (page.length === 0) break;
      seen.push(...page.map((found) => found.record.id));
      after = seen.at(-1);
    }
    assert.deepEqual(seen, expected);
    await failsWith("not_found", store.find({ scope: "acme" }, { after: "gone" }));
    await write(store, ...Array.from({ length: 120 }, (_, i) => put(`x${i}`)));
    assert.equal((await store.find({ scope: "acme" })).length, 100);
    assert.equal((await store.find({ scope: "acme" }, { limit: 1000 })).length, 125);
  });

  test("of many scopes records are found in one order, however few fit", async (store) => {
    const random = randomFrom(3);
    const all = Array.from({ length: 240 }, (_, i) =>
      record(`r${String(random.below(1000)).padStart(3, "0")}-${i}`, {
        scope: `all/${random.below(9)}${random.chance(0.2) ? "/in" : ""}`,
        text: "",
        createdAt: 1000 + random.below(40),
        kind: random.chance(0.04) ? "insight" : "learning",
        tags: [...(random.chance(0.9) ? ["common"] : []), ...(random.chance(0.02) ? ["rare"] : [])],
      }),
    );
    await write(store, ...all.map((each): Write => ({ type: "record", record: each })));
    const filters: readonly Omit<RecordFilter, "scope">[] = [
      {},
      { kinds: ["insight"] },
      { tags: ["rare", "common"] },
      { kinds: ["insight", "learning"], since: 1020, until: 1031 },
    ];
    const ids = (found: readonly { readonly record: MemoryRecord }[]): string[] => found.map((each) => each.record.id);
    for (const scope of ["all", "all/7", "al"])
      for (const filter of filters) {
        const expected = all
          .filter((each) => fitsFilter(each, { scope, ...filter }))
          .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
          .map(({ id }) => id);
        const most = expected.length > 50 ? 33 : Infinity;
        assert.deepEqual(ids(await store.find({ scope, ...filter }, { limit: most })), expected.slice(0, most));
        const last = expected[2];
        if (last === undefined) continue;
        const page = await store.find({ scope, ...filter }, { limit: 5, after: last });
        assert.deepEqual(ids(page), expected.slice(3, 8));
      }
  });

  test("neighbours stand in the same scope and thread, not too far away", async (store) => {
    const turn = (id: string, sequence: number, given: Partial<MemoryRecord> = {}): Write =>
      put(id, { thread: "talk", sequence, ...given });
    await write(
      store,
      ...[1, 2, 3, 4, 5, 6, 7].map((n) => turn(`t${n}`, n)),
      turn("other-thread", 3, { thread: "talk2" }),
      turn("other-scope", 3, { scope: "acme/shop" }),
      put("no-sequence", { thread: "talk" }),
      put("no-thread", { sequence: 3 }),
    );
    const beside = async (ids: string[], distance: number): Promise<string[]> =>
      (await store.neighbours(ids, distance)).map((found) => found.record.id);
    assert.deepEqual(await beside(["t3"], 2), ["t1", "t2", "t4", "t5"]);
    assert.deepEqual(await beside(["t3", "t4", "t1"], 1), ["t2", "t5"]);
    assert.deepEqual(await beside(["t3"], 0), []);
    assert.deepEqual(await beside(["no-sequence", "no-thread", "none"], 5), []);
    assert.deepEqual(await store.neighbours(["t1"], 1), await store.records(["t2"]));
  });

  test("superseding goes one way: what would close a circle is refused, and nothing is written", async (store) => {
    const supersede = (from: string, to: string): Write => ({ type: "link", link: { from, to, type: "supersedes" } });
    await write(store, ...["a", "b", "c", "d"].map((id) => put(id)));
    await write(store, supersede("b", "a"), supersede("c", "b"), supersede("d", "a"));
    await failsWith("invalid_input", write(store, supersede("a", "a")));
    await failsWith("invalid_input", write(store, supersede("a", "b")));
    await failsWith("invalid_input", write(store, { type: "document", key: "k", value: 1 }, supersede("a", "c")));
    await failsWith("invalid_input", write(store, put("e"), supersede("e", "c"), supersede("a", "e")));
    assert.equal(await store.document("k"), undefined);
    assert.deepEqual(await store.records(["e"]), []);
    assert.deepEqual(await store.links("a"), []);
    await write(store, supersede("d", "c"), { type: "link", link: { from: "a", to: "c", type: "about" } });
    assert.equal((await store.links("d")).length, 2);
  });

  test("a link says when it was recorded, where that was told", async (store) => {
    const told = { from: "a", to: "b", type: "about", createdAt: 1_700_000_000_123 } as const;
    await write(store, put("a"), put("b"), { type: "link", link: told });
    await write(store, { type: "link", link: { ...told, createdAt: 5 } });
    assert.deepEqual(await store.links("a"), [told]);
    assert.deepEqual(await store.links("b", { direction: "to" }), [told]);
  });

  test("links are walked both ways, oldest first, and drawn once", async (store) => {
    await write(store, put("a"), put("b"), put("c", { scope: "other" }));
    await write(store, { type: "link", link: { from: "a", to: "c", type: "derived-from", reason: "because ✓" } });
    await write(
      store,
      { type: "link", link: { from: "a", to: "b", type: "about" } },
      { type: "link", link: { from: "b", to: "c", type: "contradicts" } },
      { type: "link", link: { from: "a", to: "b", type: "solved-by" } },
      { type: "link", link: { from: "a", to: "c", type: "derived-from" } },
    );
    assert.deepEqual(await store.links("a"), [
      { from: "a", to: "c", type: "derived-from", reason: "because ✓" },
      { from: "a", to: "b", type: "about" },
      { from: "a", to: "b", type: "solved-by" },
    ]);
    assert.deepEqual(
      (await store.links("c", { direction: "to" })).map((link) => link.from),
      ["a", "b"],
    );
    assert.deepEqual(
      (await store.links("a", { types: ["about"] })).map((link) => link.to),
      ["b"],
    );
    assert.deepEqual(await store.links("c"), []);
    assert.deepEqual(await store.links("none"), []);
    for (const type of linkTypes) await write(store, { type: "link", link: { from: "b", to: "a", type } });
    assert.equal((await store.links("b", { types: linkTypes })).length, linkTypes.length + 1);
    await failsWith("not_found", write(store, { type: "link", link: { from: "a", to: "none", type: "about" } }));
    await failsWith("not_found", write(store, { type: "link", link: { from: "none", to: "a", type: "about" } }));
  });
}
