import assert from "node:assert/strict";
import type { Change, Store } from "../../contracts/store.ts";
import type { Write } from "../../contracts/write.ts";
import { append, failsWith, put, write, type Harness } from "./harness.ts";

/** Changes as short words, such as `put a`. */
async function told(store: Store, scope: string, options?: Parameters<Store["changes"]>[1]): Promise<string[]> {
  return (await store.changes(scope, options)).map(({ type, id }) => `${type} ${id}`);
}

/** What was put and what is gone since a commit. */
export function changesTests({ test }: Harness): void {
  test("changes come in the order of their commits, each under its commit's position", async (store) => {
    const first = await write(store, put("b"), put("a"));
    const second = await write(store, append("s", [1]), put("d"), append("s", [2], 1), put("c"));
    const third = await write(store, { type: "erase", ids: ["b"] });
    assert.deepEqual(await store.changes("acme"), [
      { position: first, id: "a", type: "put" },
      { position: second, id: "c", type: "put" },
      { position: second, id: "d", type: "put" },
      { position: third, id: "b", type: "gone" },
    ] satisfies Change[]);
    await write(store, { type: "document", key: "k", value: 1 }, { type: "count", id: "a", counter: "uses", by: 1 });
    assert.deepEqual(await told(store, "acme", { after: third }), []);
  });

  test("changes are read on after a position, and one commit's are never parted", async (store, opener) => {
    const positions: number[] = [];
    for (const at of [1, 2, 3]) positions.push(await write(store, put(`a${at}`), put(`b${at}`)));
    assert.deepEqual(await told(store, "acme", { after: positions[1] ?? 0 }), ["put a3", "put b3"]);
    assert.deepEqual(await told(store, "acme", { limit: 3 }), ["put a1", "put b1", "put a2", "put b2"]);
    assert.deepEqual(await told(store, "acme", { after: positions[0] ?? 0, limit: 1 }), ["put a2", "put b2"]);
    const seen: string[] = [];
    await write(store, { type: "erase", ids: ["a1"] });
    const again = await opener.open();
    for (let after = 0; ;) {
      const page = await again.changes("acme", { after, limit: 2 });
      if (page.length === 0) break;
      for (const { type, id } of page) seen.push(`${type} ${id}`);
      after = page.at(-1)?.position ?? 0;
    }
    await again.close();
    assert.deepEqual(seen, ["put b1", "put a2", "put b2", "put a3", "put b3", "gone a1"]);
  });

  test("by default about 1,000 changes are told, and all documents and wakes", async (store) => {
    // A commit of each ten, all at once.
    const writes = Array.from({ length: 101 }, (_, i): Write[] => [
      ...Array.from({ length: 10 }, (_, j) => put(`r${i}-${j}`, { text: "" })),
      ...Array.from({ length: 11 }, (_, j): Write => ({ type: "document", key: `d/${i}-${j}`, value: 1 })),
      ...Array.from({ length: 11 }, (_, j): Write => ({ type: "wake", key: `w/${i}-${j}`, at: 1 })),
    ]);
    await Promise.all(writes.map((some) => write(store, ...some)));
    // Few among many.
    const few = (id: string): Write => put(id, { scope: "acmecorp/eu" });
    await write(store, few("f1"), few("f2"));
    const second = await write(store, few("f3"));
    await write(store, few("f4"), put("f2", { scope: "acmecorp/eu", version: 2 }));
    assert.deepEqual(await told(store, "acmecorp"), ["put f1", "put f3", "put f2", "put f4"]);
    assert.deepEqual(await told(store, "acmecorp", { limit: 3 }), ["put f1", "put f3", "put f2", "put f4"]);
    assert.deepEqual(await told(store, "acmecorp", { limit: 2 }), ["put f1", "put f3"]);
    assert.deepEqual(await told(store, "acmecorp", { after: second }), ["put f2", "put f4"]);
    const [first, all] = [await store.changes("acme"), await store.changes("acme", { limit: 2000 })];
    assert.deepEqual([first.length, all.length], [1000, 1010]);
    assert.deepEqual(first, all.slice(0, 1000));
    assert.deepEqual([(await store.documents("")).length, (await store.due(1)).length], [1111, 1111]);
  });

  test("of a record only the last change is told", async (store) => {
    const first = await write(store, put("a"), put("b"));
    await write(store, put("a", { version: 2 }));
    assert.deepEqual(await told(store, "acme"), ["put b", "put a"]);
    await write(store, { type: "erase", ids: ["a", "never"] });
    await write(store, { type: "erase", ids: ["a"] });
    assert.deepEqual(await told(store, "acme"), ["put b", "gone a"]);
    await write(store, put("a"));
    assert.deepEqual(await told(store, "acme", { after: first }), ["put a"]);
  });

  test("changes never leave their scope; what moves out of it is gone from it", async (store) => {
    await write(store, put("a"), put("b", { scope: "acme/shop" }), put("c", { scope: "acmecorp" }));
    assert.deepEqual(await told(store, "acme"), ["put a", "put b"]);
    assert.deepEqual(await told(store, "acme/shop"), ["put b"]);
    await write(store, put("b", { scope: "acme/bar", version: 2 }));
    assert.deepEqual(await told(store, "acme/shop"), ["gone b"]);
    assert.deepEqual(await told(store, "acme"), ["put a", "put b"]);
    await write(store, { type: "erase", scope: "acme" });
    assert.deepEqual(await told(store, "acme"), ["gone a", "gone b"]);
    assert.deepEqual(await told(store, "acme/bar"), ["gone b"]);
    assert.deepEqual(await told(store, "acmecorp"), ["put c"]);
    await failsWith("invalid_input", store.changes(""));
  });

  test("what a failed commit would have done is no change", async (store) => {
    await write(store, put("a"), append("s", [1]));
    await failsWith("conflict", write(store, { type: "erase", ids: ["a"] }, put("b"), append("s", [2], 0)));
    assert.deepEqual(await told(store, "acme"), ["put a"]);
  });

  test("figures of a scope count what is in it and below it", async (store) => {
    await write(store, put("a"), put("b", { scope: "acme/shop", kind: "error" }), put("c", { scope: "acmecorp" }));
    const { records } = await store.stats("acme");
    assert.deepEqual([records.experience, records.error], [1, 1]);
    await write(store, { type: "erase", ids: ["a"] }, put("b", { scope: "acme/shop", kind: "insight", version: 2 }));
    const after = (await store.stats("acme")).records;
    assert.deepEqual([after.experience, after.error, after.insight], [0, 0, 1]);
    assert.equal((await store.stats("nowhere")).records.experience, 0);
    assert.equal((await store.stats()).records.experience, 1);
  });
}
