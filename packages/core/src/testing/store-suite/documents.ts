import assert from "node:assert/strict";
import type { Write } from "../../contracts/write.ts";
import { failsWith, noBytes, put, sameBytes, write, type Harness } from "./harness.ts";

function doc(key: string, value: string | number | null, expectedVersion?: number): Write {
  return { type: "document", key, value, ...(expectedVersion === undefined ? {} : { expectedVersion }) };
}

/** Documents, blobs and wakes. */
export function documentTests({ test }: Harness): void {
  test("a document has a version that grows", async (store) => {
    assert.equal(await store.document("k"), undefined);
    await write(store, doc("k", "a"));
    await write(store, doc("k", "b"));
    assert.deepEqual(await store.document("k"), { key: "k", value: "b", version: 2 });
    await write(store, doc("k", null));
    assert.equal(await store.document("k"), undefined);
    await write(store, doc("k", null));
    await write(store, doc("k", "c", 0));
    assert.deepEqual(await store.document("k"), { key: "k", value: "c", version: 1 });
  });

  test("a document is written only from the version that was expected", async (store) => {
    await failsWith("conflict", write(store, doc("k", "a", 1)));
    await write(store, doc("k", "a", 0));
    for (const wrong of [0, 2]) await failsWith("conflict", write(store, doc("k", "b", wrong)));
    await failsWith("conflict", write(store, doc("k", null, 2)));
    await write(store, doc("k", "b", 1));
    await write(store, doc("k", null, 2));
    assert.equal(await store.document("k"), undefined);
  });

  test("a document goes with the record that it was put for last, in every way of erasing", async (store) => {
    const of = (key: string, record?: string, expectedVersion?: number): Write => ({
      type: "document",
      key,
      value: key,
      ...(record === undefined ? {} : { record }),
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
    });
    const keys = async (): Promise<string> => (await store.documents("k/")).map(({ key }) => key).join(" ");
    await failsWith("not_found", write(store, of("k/0", "id")));
    await failsWith("not_found", write(store, of("k/0"), of("k/0", "id")));
    await write(store, put("id"), of("k/id", "id"), of("k/id2", "id"), of("k/none", "id"), of("k/other", "id"));
    await write(store, put("person", { subjects: ["ann"] }), put("in", { scope: "acme/shop" }), put("moved"));
    await write(store, of("k/person", "person"), of("k/in", "in"), of("k/moved", "moved"));
    // Another version, another scope: it stays with the record.
    await write(store, put("moved", { scope: "acme/shop/eu", version: 2 }), of("k/none"), of("k/other", "person"));
    assert.deepEqual(await store.document("k/id"), { key: "k/id", value: "k/id", version: 1, record: "id" });
    assert.deepEqual(await store.document("k/none"), { key: "k/none", value: "k/none", version: 2 });
    assert.deepEqual((await store.documents("k/o"))[0]?.record, "person");
    // An erasure that is taken back takes nothing.
    await failsWith("conflict", write(store, { type: "erase", ids: ["id"] }, of("k/id", undefined, 1)));
    assert.equal(await keys(), "k/id k/id2 k/in k/moved k/none k/other k/person");
    await write(store, { type: "erase", ids: ["id"] });
    assert.equal(await keys(), "k/in k/moved k/none k/other k/person");
    assert.equal(await store.document("k/id"), undefined);
    await write(store, put("id"), of("k/id", undefined, 0));
    await write(store, { type: "erase", subject: "ann" });
    assert.equal(await keys(), "k/id k/in k/moved k/none");
    await write(store, { type: "erase", scope: "acme/shop" });
    assert.equal(await keys(), "k/id k/none");
    await write(store, { type: "erase", ids: ["id"] });
    assert.deepEqual([await keys(), (await store.stats()).documents], ["k/id k/none", 2]);
  });

  test("documents are listed by prefix, sorted by code unit, in pages", async (store) => {
    const keys = ["run/b", "run/a", "run/\uFFFD", "run/\u{1F600}", "runs", "other/a", "run/c/d"];
    await write(store, ...keys.map((key, i) => doc(key, i)));
    const list = async (prefix: string, options?: { limit?: number; after?: string }): Promise<string[]> =>
      (await store.documents(prefix, options)).map(({ key }) => key);
    assert.deepEqual(await list("run/"), ["run/a", "run/b", "run/c/d", "run/\u{1F600}", "run/\uFFFD"]);
    assert.deepEqual(await list("run/", { limit: 2 }), ["run/a", "run/b"]);
    assert.deepEqual(await list("run/", { after: "run/b", limit: 2 }), ["run/c/d", "run/\u{1F600}"]);
    assert.deepEqual(await list("run/", { after: "run/bb" }), ["run/c/d", "run/\u{1F600}", "run/\uFFFD"]);
    assert.deepEqual(await list("run/b"), ["run/b"]);
    assert.equal((await list("")).length, keys.length);
    assert.deepEqual(await list("none"), []);
  });

  test("a blob stays until its last reference is given back, in each scope for itself", async (store) => {
    const bytes = new Uint8Array(700_001).map((_, i) => i % 251);
    const blob = (scope: string): Write => ({ type: "blob", scope, id: "h1", bytes });
    const unblob = (scope: string): Write => ({ type: "unblob", scope, id: "h1" });
    noBytes(await store.blob("acme", "h1"));
    await write(store, blob("acme"), blob("acme"), blob("other"));
    sameBytes(await store.blob("acme", "h1"), bytes);
    await write(store, unblob("acme"));
    sameBytes(await store.blob("acme", "h1"), bytes);
    await write(store, unblob("acme"), unblob("acme"), unblob("acme"), unblob("never"));
    noBytes(await store.blob("acme", "h1"));
    sameBytes(await store.blob("other", "h1"), bytes);
    await write(store, { type: "blob", scope: "acme", id: "empty", bytes: new Uint8Array(0) });
    sameBytes(await store.blob("acme", "empty"), new Uint8Array(0));
  });

  test("wakes come due in order, and a later one of the same key replaces the first", async (store) => {
    const wake = (key: string, at: number | null): Write => ({ type: "wake", key, at });
    await write(store, wake("b", 20), wake("c", 10), wake("a", 20), wake("d", 40));
    await write(store, wake("d", 5), wake("c", null), wake("none", null));
    assert.deepEqual(await store.due(19), [{ key: "d", at: 5 }]);
    assert.deepEqual(await store.due(20), [
      { key: "d", at: 5 },
      { key: "a", at: 20 },
      { key: "b", at: 20 },
    ]);
    assert.deepEqual(await store.due(20, 2), [
      { key: "d", at: 5 },
      { key: "a", at: 20 },
    ]);
    assert.deepEqual(await store.due(4), []);
    const data = { graph: "é", n: [1, null] };
    await write(store, { type: "wake", key: "with", at: 3, data });
    assert.deepEqual(await store.due(3), [{ key: "with", at: 3, data }]);
    assert.deepEqual(await store.wake("with"), { key: "with", at: 3, data });
    assert.deepEqual(await store.wake("a"), { key: "a", at: 20 });
    await write(store, wake("with", 4));
    assert.deepEqual(await store.wake("with"), { key: "with", at: 4 });
    await write(store, wake("with", null));
    assert.equal(await store.wake("with"), undefined);
  });

  test("wakes of a queue are read lane by lane, earliest first, each lane once", async (store) => {
    const wake = (key: string, at: number | null, name?: string, lane = "a"): Write => ({
      type: "wake",
      key,
      at,
      ...(name === undefined ? {} : { queue: { name, lane } }),
    });
    const dueIn = async (at: number, lanes = 9, each = 9, after?: string): Promise<string[]> =>
      (await store.dueIn("q", at, { lanes, each, ...(after === undefined ? {} : { after }) })).map(({ key }) => key);
    const queues = async (): Promise<string[]> => (await store.queues()).map(({ queue }) => queue?.name ?? "").sort();
    assert.deepEqual([await queues(), await dueIn(9)], [[], []]);
    await write(store, wake("x", 1), wake("a3", 3, "q"), wake("a1", 1, "q"), wake("a9", 9, "q"), wake("o", 1, "other"));
    await write(store, wake("b2", 2, "q", "b"), wake("c8", 8, "q", "c"), wake("q", 1, "q2"), wake("gone", 1, "q3"));
    await write(store, wake("q", 1), wake("gone", null));
    assert.deepEqual(await queues(), ["other", "q"]);
    assert.deepEqual(await store.wake("b2"), { key: "b2", at: 2, queue: { name: "q", lane: "b" } });
    assert.deepEqual((await store.due(2)).at(-1), { key: "b2", at: 2, queue: { name: "q", lane: "b" } });
    const aFirst = (await dueIn(2))[0] === "a1";
    assert.deepEqual(await dueIn(2), aFirst ? ["a1", "b2"] : ["b2", "a1"]);
    assert.deepEqual(
      await dueIn(9, 9, 2, "b"),
      (await dueIn(9, 9, 2)).join().split("b2")[1]?.split(",").filter(Boolean),
    );
    assert.deepEqual(
      (await dueIn(9, 9, 2)).filter((key) => key.startsWith("a")),
      ["a1", "a3"],
    );
    assert.deepEqual([await dueIn(9, 0), await dueIn(9, 9, 0), await dueIn(0)], [[], [], []]);
    // The lane to go on after need not be there.
    const each = await dueIn(9, 9, 1);
    const rest = await dueIn(9, 9, 1, "never there");
    assert.deepEqual(rest, each.slice(each.length - rest.length));
    const walked: string[] = [];
    for (let last: string | undefined; walked.length < 9;) {
      const [key] = await dueIn(9, 1, 1, last);
      if (key === undefined) break;
      walked.push(key);
      last = key.slice(0, 1);
    }
    assert.deepEqual(walked.toSorted(), ["a1", "b2", "c8"]);
    // Moved to another lane, and to none, it is no longer where it was.
    await write(store, wake("a1", 1, "q", "b"), wake("a3", 3));
    assert.deepEqual((await dueIn(9, 9, 1)).toSorted(), ["a1", "a9", "c8"]);
    assert.deepEqual((await dueIn(9)).length, 4);
  });

  test("the store's clock goes on", async (store) => {
    const first = await store.now();
    assert.ok(Number.isFinite(first) && (await store.now()) >= first);
  });

  test("names are listed by any beginning, however many parts they have", async (store) => {
    const deep = "a/b:c/d/e/f/g/h/i/j/k";
    const names = [deep, "a/b:c", "a/b:d", "a/bc", "a//b", "a", "b/a/b:c", "A/b:c", "ä/ö:ü"];
    for (const name of names)
      await write(store, { type: "document", key: name, value: 1 }, { type: "append", stream: name, entries: [1] });
    await write(store, { type: "document", key: "a/b:d", value: null });
    for (const prefix of ["", "a", "a/", "a/b", "a/b:", "a/b:c", "a//", "a/b:c/d/e/f/g/h/i/", deep, "ä/ö", "c"]) {
      const expected = names.filter((name) => name.startsWith(prefix)).sort();
      assert.deepEqual(await store.streams(prefix), expected);
      assert.deepEqual(
        (await store.documents(prefix)).map(({ key }) => key),
        expected.filter((name) => name !== "a/b:d"),
      );
    }
  });
}
