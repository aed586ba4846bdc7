import assert from "node:assert/strict";
import { candidateIds, noBytes, put, sameBytes, write, type Harness } from "./harness.ts";

/** Erasure, and that scopes are walls. */
export function erasureTests({ test }: Harness): void {
  test("erased by id: gone from every read, with its links, and again is harmless", async (store) => {
    await write(store, put("a", { text: "secret", tags: ["t"], thread: "th" }), put("b", { text: "secret" }));
    await write(store, { type: "link", link: { from: "b", to: "a", type: "about" } });
    for (let i = 0; i < 2; i++) {
      await write(store, { type: "erase", ids: ["a", "never"] });
      assert.deepEqual(await store.records(["a"]), []);
      assert.deepEqual(await candidateIds(store, "secret"), ["b"]);
      assert.deepEqual(await store.find({ scope: "acme", tags: ["t"] }), []);
      assert.deepEqual(await store.find({ scope: "acme", thread: "th" }), []);
      assert.deepEqual(await store.links("b"), []);
      assert.deepEqual(await store.links("a", { direction: "to" }), []);
      const { total, totalLength } = await store.candidates(["secret"], { scope: "acme" }, 1);
      assert.deepEqual([total, totalLength], [1, 1]);
    }
    await write(store, put("a", { text: "new life" }));
    assert.equal((await store.records(["a"]))[0]?.record.version, 1);
    assert.deepEqual((await store.records(["a"]))[0]?.counters, { uses: 0, tries: 0, successes: 0 });
  });

  test("erased by scope: with all below it, and no other", async (store) => {
    const scopes = ["acme", "acme/shop", "acme/shop/eu", "acmecorp", "beta/acme"];
    await write(store, ...scopes.map((scope, i) => put(`r${i}`, { scope, text: "secret" })));
    await write(
      store,
      ...scopes.map((scope) => ({ type: "blob" as const, scope, id: "h", bytes: new Uint8Array([7]) })),
      { type: "append", stream: "acme", entries: [1] },
      { type: "document", key: "acme", value: 1 },
    );
    await write(store, { type: "erase", scope: "acme/shop" });
    assert.deepEqual(await candidateIds(store, "secret"), ["r0"]);
    await write(store, { type: "erase", scope: "acme" });
    await write(store, { type: "erase", scope: "acme" });
    assert.deepEqual(await candidateIds(store, "secret"), []);
    assert.deepEqual(
      (await store.records(["r0", "r1", "r2", "r3", "r4"])).map((found) => found.record.id),
      ["r3", "r4"],
    );
    noBytes(await store.blob("acme/shop", "h"));
    noBytes(await store.blob("acme", "h"));
    sameBytes(await store.blob("acmecorp", "h"), new Uint8Array([7]));
    assert.equal(await store.position("acme"), 1);
    assert.equal((await store.document("acme"))?.version, 1);
    await write(store, put("again", { scope: "acme/shop", text: "secret" }));
    assert.deepEqual(await candidateIds(store, "secret"), ["again"]);
  });

  test("erased by subject: in every scope, and nobody else", async (store) => {
    await write(
      store,
      put("a", { subjects: ["ann", "bob"] }),
      put("b", { subjects: ["bob"], scope: "other" }),
      put("c", { subjects: ["bobby"] }),
      put("d", { text: "bob is only mentioned" }),
    );
    await write(store, { type: "erase", subject: "bob" });
    assert.deepEqual(
      (await store.records(["a", "b", "c", "d"])).map((found) => found.record.id),
      ["c", "d"],
    );
  });

  test("one erasure may be told ids, a scope and a subject", async (store) => {
    await write(
      store,
      put("id"),
      put("in", { scope: "acme/shop" }),
      put("about", { subjects: ["bob"], scope: "other" }),
      put("left"),
    );
    await write(store, { type: "erase", ids: ["id", "in"], scope: "acme/shop", subject: "bob" });
    const left = await store.records(["id", "in", "about", "left"]);
    assert.deepEqual(
      left.map(({ record }) => record.id),
      ["left"],
    );
  });

  test("a subject that a newer version no longer names is not erased with it", async (store) => {
    await write(store, put("a", { subjects: ["bob"], tags: ["old"] }));
    await write(store, put("a", { subjects: ["ann"], version: 2 }));
    await write(store, { type: "erase", subject: "bob" });
    assert.equal((await store.find({ scope: "acme" })).length, 1);
    assert.deepEqual(await store.find({ scope: "acme", tags: ["old"] }), []);
    await write(store, { type: "erase", subject: "ann" });
    assert.deepEqual(await store.find({ scope: "acme" }), []);
  });

  test("a query never leaves its scope", async (store) => {
    const scopes = ["acme", "acmecorp", "acme/a", "acme/ab", "Acme", "acme%", "acm_"];
    await write(store, ...scopes.map((scope, i) => put(`r${i}`, { scope, text: "shared word", tags: ["t"] })));
    const seen = async (scope: string): Promise<string[]> =>
      (await store.find({ scope, tags: ["t"] })).map((found) => found.record.scope).sort();
    assert.deepEqual(await seen("acme"), ["acme", "acme/a", "acme/ab"]);
    assert.deepEqual(await seen("acme/a"), ["acme/a"]);
    assert.deepEqual(await seen("acme%"), ["acme%"]);
    assert.deepEqual(await seen("acm_"), ["acm_"]);
    assert.deepEqual(await candidateIds(store, "shared", "acme/a"), ["r2"]);
    assert.deepEqual(await candidateIds(store, "shared", "acm"), []);
    assert.deepEqual(await candidateIds(store, "shared", "ac"), []);
  });
}
