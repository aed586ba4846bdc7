import assert from "node:assert/strict";
import type { RecordFilter, Store } from "../../contracts/store.ts";
import { cosineSimilarity } from "../../recall/cosine.ts";
import { put, vector, write, type Harness } from "./harness.ts";
import { randomFrom } from "./random.ts";

const space = "x/2";
const east = Float32Array.of(1, 0);

async function nearIds(store: Store, filter: Partial<RecordFilter> = {}, k = 10): Promise<string[]> {
  const { nearest } = await store.near(east, space, { scope: "acme", ...filter }, k);
  return nearest.map(({ record }) => record.id);
}

async function lacking(store: Store, filter: Partial<RecordFilter> = {}, limit = 10): Promise<string[]> {
  return (await store.unembedded(space, { scope: "acme", ...filter }, limit)).map(({ record }) => record.id);
}

/** What embedders made of records' texts: kept with them, found by nearness, gone with them. */
export function vectorTests({ test }: Harness): void {
  test("the nearest come first, each with its exact similarity, ties by id", async (store) => {
    await write(store, ...["e", "b", "d", "a", "c", "none"].map((id) => put(id)));
    await write(
      store,
      vector("a", [-1, 0]),
      vector("b", [3, 4]),
      vector("c", [0, 1]),
      vector("d", [0.3, 0]),
      vector("e", [6, 8]),
    );
    const { nearest, lacking: without } = await store.near(east, space, { scope: "acme" }, 10);
    assert.deepEqual(
      nearest.map(({ record, similarity }) => [record.id, similarity]),
      [
        ["d", 1],
        ["b", cosineSimilarity(east, Float32Array.of(3, 4))],
        ["e", cosineSimilarity(east, Float32Array.of(6, 8))],
        ["c", 0],
        ["a", -1],
      ],
    );
    assert.equal(without, 1);
    assert.deepEqual(await nearIds(store, {}, 2), ["d", "b"]);
    assert.deepEqual(await nearIds(store, {}, 0), []);
    assert.deepEqual({ record: nearest[0]?.record, counters: nearest[0]?.counters }, (await store.records(["d"]))[0]);
  });

  test("a space holds what one embedder made; the last vector of a record in it counts", async (store) => {
    await write(store, put("a"), put("b"));
    await write(store, vector("a", [1, 0]), vector("a", [0, 1], { space: "y/2" }), vector("a", [1, 0, 0]));
    await write(store, vector("b", [1, 1]), vector("b", [0, 1]));
    const found = async (of: string): Promise<unknown[]> =>
      (await store.near(east, of, { scope: "acme" }, 5)).nearest.map((near) => [near.record.id, near.similarity]);
    assert.deepEqual(await found("x/2"), [
      ["a", 1],
      ["b", 0],
    ]);
    assert.deepEqual(await found("y/2"), [["a", 0]]);
    assert.deepEqual(await found("z/2"), []);
    assert.equal((await store.near(Float32Array.of(1, 0, 0), "x/3", { scope: "acme" }, 5)).lacking, 1);
    assert.equal((await store.near(east, "z/2", { scope: "acme" }, 5)).lacking, 2);
  });

  test("records that lack a vector are listed, oldest first, within a filter", async (store) => {
    await write(
      store,
      put("b", { createdAt: 5 }),
      put("a", { createdAt: 5, kind: "error" }),
      put("c", { createdAt: 1, scope: "acme/shop" }),
      put("d", { createdAt: 0, scope: "acmecorp" }),
    );
    assert.deepEqual(await lacking(store), ["c", "a", "b"]);
    assert.deepEqual(await lacking(store, {}, 1), ["c"]);
    assert.deepEqual(await lacking(store, { kinds: ["error"] }), ["a"]);
    assert.deepEqual(await lacking(store, { scope: "acme/shop" }), ["c"]);
    await write(store, vector("c", [1, 0]), vector("a", [0, 0]));
    assert.deepEqual(await lacking(store), ["b"]);
    assert.equal((await store.near(east, space, { scope: "acme" }, 1)).lacking, 1);
    assert.equal((await store.near(east, space, { scope: "acme/shop", kinds: ["error"] }, 1)).lacking, 0);
    const { nearest } = await store.near(east, space, { scope: "acme", kinds: ["error"] }, 1);
    assert.deepEqual(
      nearest.map(({ similarity }) => similarity),
      [0],
    );
  });

  test("nearness keeps to its scope and filter, and fills up from further away", async (store) => {
    const records = Array.from({ length: 30 }, (_, i) => `r${String(i).padStart(2, "0")}`);
    await write(
      store,
      ...records.map((id, i) =>
        put(id, {
          scope: i % 3 === 0 ? "acmecorp" : i % 3 === 1 ? "acme" : "acme/shop",
          tags: i >= 20 ? ["late"] : [],
          createdAt: 1000 + i,
        }),
      ),
      ...records.map((id, i) => vector(id, [Math.cos(i / 20), Math.sin(i / 20)])),
    );
    assert.deepEqual(await nearIds(store, {}, 3), ["r01", "r02", "r04"]);
    assert.deepEqual(await nearIds(store, { scope: "acme/shop" }, 2), ["r02", "r05"]);
    assert.deepEqual(await nearIds(store, { tags: ["late"] }, 2), ["r20", "r22"]);
    assert.deepEqual(await nearIds(store, { since: 1025, until: 1028 }), ["r25", "r26"]);
    assert.deepEqual(await nearIds(store, { kinds: [] }), []);
  });

  test("a vector stays with its text: a new text drops it, one of an older text is passed over", async (store) => {
    await write(store, put("a", { text: "one" }), vector("a", [1, 0]));
    await write(store, put("a", { text: "one", version: 2, importance: 1, scope: "acme/shop" }));
    assert.deepEqual(await nearIds(store, { scope: "acme/shop" }), ["a"]);
    await write(store, put("a", { text: "two", version: 3 }));
    assert.deepEqual(await nearIds(store), []);
    await write(store, vector("a", [1, 0], { version: 2 }), vector("gone", [1, 0]));
    assert.deepEqual([await nearIds(store), await lacking(store)], [[], ["a"]]);
    await write(store, vector("a", [1, 0], { version: 3 }));
    assert.deepEqual([await nearIds(store), await lacking(store)], [["a"], []]);
    await write(store, put("a", { text: "three", version: 4 }), vector("a", [-1, 0], { version: 4 }));
    assert.equal((await store.near(east, space, { scope: "acme" }, 1)).nearest[0]?.similarity, -1);
  });

  test("vectors are erased with their records, and kept when a commit fails", async (store) => {
    await write(store, ...["a", "b", "c"].map((id) => put(id, { scope: `acme/${id}`, subjects: [`of-${id}`] })));
    await write(store, ...["a", "b", "c"].map((id) => vector(id, [1, 0])));
    await assert.rejects(
      write(store, vector("a", [-1, 0]), { type: "erase", ids: ["b"] }, put("c", { version: 7 })),
      /version/,
    );
    const { nearest } = await store.near(east, space, { scope: "acme" }, 5);
    assert.deepEqual(
      nearest.map(({ similarity }) => similarity),
      [1, 1, 1],
    );
    await write(store, { type: "erase", ids: ["a"] });
    await write(store, { type: "erase", scope: "acme/b" });
    await write(store, { type: "erase", subject: "of-c" });
    assert.deepEqual(await nearIds(store), []);
    await write(store, put("a"), put("b", { scope: "acme/b" }));
    assert.deepEqual([await nearIds(store), await lacking(store)], [[], ["a", "b"]]);
  });

  test("vectors are there when the store is opened again, and seen from both", async (store, opener) => {
    await write(store, put("a"), put("b"), vector("a", [1, 0]));
    assert.deepEqual(await nearIds(store), ["a"]);
    const again = await opener.open();
    try {
      assert.deepEqual(await nearIds(again), ["a"]);
      await write(again, vector("b", [1, 0]), vector("a", [0, 1]));
      assert.deepEqual(await nearIds(store), ["b", "a"]);
      await write(store, { type: "erase", ids: ["b"] });
      assert.deepEqual([await nearIds(again), await lacking(again)], [["a"], []]);
      await write(store, put("c"), vector("c", [1, 0]));
      assert.deepEqual(await nearIds(again), ["c", "a"]);
    } finally {
      await again.close();
    }
  });

  test("vectors of records are read as they were put, ordered by id, each once", async (store) => {
    await write(store, ...["c", "a", "b", "none"].map((id) => put(id)));
    const exact = [0.1, -1 / 3];
    await write(store, vector("c", [1, 0]), vector("a", exact), vector("a", [9, 9], { space: "y/2" }));
    await write(store, vector("b", [3, 4]));
    const read = async (of: string): Promise<unknown[]> =>
      (await store.vectors(of, ["c", "none", "a", "gone", "c"])).map(({ id, vector: read }) => [id, [...read]]);
    assert.deepEqual(await read(space), [
      ["a", [...Float32Array.from(exact)]],
      ["c", [1, 0]],
    ]);
    assert.deepEqual(await read("y/2"), [["a", [9, 9]]]);
    assert.deepEqual([await read("z/2"), await store.vectors(space, [])], [[], []]);
    await write(store, put("a", { text: "another", version: 2 }), { type: "erase", ids: ["c"] });
    assert.deepEqual(await read(space), []);
  });

  test("what is given in and out is the caller's own", async (store) => {
    const given = Float32Array.of(1, 0);
    await write(store, put("a"), { type: "vector", id: "a", version: 1, space, vector: given });
    given[0] = -1;
    for (const { vector } of await store.vectors(space, ["a"])) vector[0] = -1;
    assert.equal((await store.near(east, space, { scope: "acme" }, 1)).nearest[0]?.similarity, 1);
  });

  test("many vectors, of many dimensions: what is found is almost always the nearest", async (store) => {
    const random = randomFrom(5);
    const [length, count] = [96, 600];
    const many = `many/${length}`;
    // Scattered around a few centres, as texts about a few things are.
    const centres = Array.from({ length: 12 }, () => Array.from({ length }, () => random.below(2001) - 1000));
    const centre = (): readonly number[] => centres[random.below(centres.length)] ?? [];
    const around = (middle: readonly number[]): Float32Array =>
      Float32Array.from(middle, (value) => value + 1.2 * (random.below(2001) - 1000));
    const vectors = Array.from({ length: count }, () => around(centre()));
    for (let from = 0; from < count; from += 200)
      await write(
        store,
        ...vectors.slice(from, from + 200).flatMap((each, i) => {
          const id = `r${String(from + i).padStart(3, "0")}`;
          return [put(id), { type: "vector", id, version: 1, space: many, vector: each } as const];
        }),
      );
    for (let i = 0; i < 10; i++) {
      const query = around(centre());
      const exact = vectors
        .map((each, n) => ({ id: `r${String(n).padStart(3, "0")}`, similarity: cosineSimilarity(query, each) }))
        .sort((a, b) => b.similarity - a.similarity)
        .slice(0, 10);
      const { nearest } = await store.near(query, many, { scope: "acme" }, 10);
      assert.deepEqual(
        nearest.map(({ record, similarity }) => ({ id: record.id, similarity })),
        exact,
      );
    }
  });
}
