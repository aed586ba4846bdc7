import assert from "node:assert/strict";
import type { Json } from "../../contracts/json.ts";
import type { Store, StoreOpener } from "../../contracts/store.ts";
import type { Write } from "../../contracts/write.ts";
import { append, entriesOf, failsWith, put, write, type Harness } from "./harness.ts";

const redact = (positions: readonly number[], members: readonly string[] = ["secret"], stream = "s"): Write => ({
  type: "redact",
  stream,
  positions,
  members,
});

const entry = (n: number): Json => ({ n, secret: { deep: [`secret ${n}`] }, salt: `salt ${n}` });

/** Fills a stream in appends of one and of several entries, since a store may keep those of one together. */
async function fill(store: Store, stream = "s"): Promise<void> {
  await write(store, { type: "append", stream, entries: [entry(0)], expectedPosition: 0 });
  await write(store, { type: "append", stream, entries: [entry(1), entry(2), entry(3)], expectedPosition: 1 });
  await write(store, { type: "append", stream, entries: [entry(4)] });
}

/** Values are taken out of entries; the entries stay. And whom records are about. */
export function redactionTests({ test }: Harness): void {
  test("members are taken out of the entries meant, also after reopening, and nothing else changes", async (store, opener) => {
    await fill(store);
    await fill(store, "s/beside");
    await write(store, redact([0, 2], ["secret", "salt", "never there"]), redact([4]));
    const left = [{ n: 0 }, entry(1), { n: 2 }, entry(3), { n: 4, salt: "salt 4" }];
    await check(store, left);
    await check(await reopened(store, opener), left);
  });

  test("an entry that has nothing to take out, or is not there, is a conflict, and changes nothing", async (store) => {
    await fill(store);
    await write(store, { type: "append", stream: "s", entries: [5, [6], null] }, redact([1]));
    for (const positions of [[1], [0, 1], [0, 99], [5], [6], [7]]) {
      const writes = [redact(positions), put("a"), append("other", [1])];
      await failsWith("conflict", write(store, ...writes));
    }
    await failsWith("conflict", write(store, redact([0], ["other"])));
    await failsWith("conflict", write(store, redact([0], ["secret"], "unknown")));
    await failsWith("invalid_input", write(store, redact([2, 0])));
    assert.deepEqual(await entriesOf(store, "other"), []);
    assert.deepEqual((await entriesOf(store, "s"))[0], entry(0));
    await write(store, { type: "trim", stream: "s", before: 3 });
    await failsWith("conflict", write(store, redact([2])));
    await write(store, redact([3]));
    assert.deepEqual((await store.read("s", { limit: 2 }))[0], { position: 3, entry: { n: 3, salt: "salt 3" } });
  });

  test("a commit that redacts is one commit: with others, once, and before what comes later in it", async (store) => {
    await fill(store);
    const commit = { id: "once", writes: [redact([0]), append("s", [9], 5)] };
    await store.commit(commit);
    await store.commit(commit);
    assert.equal(await store.position("s"), 6);
    await failsWith("conflict", write(store, redact([1]), redact([1])));
    await failsWith("conflict", write(store, redact([1]), append("s", [9], 3)));
    assert.deepEqual((await entriesOf(store, "s"))[1], entry(1));
    await failsWith("conflict", write(store, redact([0]), append("s", [9], 6)));
    await write(store, append("s", [9], 6));
  });

  test("records about a person are found in every scope, and no others", async (store) => {
    await write(
      store,
      put("b", { subjects: ["ann", "bob"], scope: "other/deep" }),
      put("a", { subjects: ["bob"] }),
      put("c", { subjects: ["bobby"] }),
      put("d", { text: "bob is only mentioned", tags: ["bob"] }),
    );
    const about = async (subject: string): Promise<string[]> =>
      (await store.about(subject)).map((found) => found.record.id);
    assert.deepEqual(await about("bob"), ["a", "b"]);
    assert.deepEqual(await about("nobody"), []);
    await write(store, put("a", { subjects: ["ann"], version: 2 }));
    assert.deepEqual([await about("bob"), await about("ann")], [["b"], ["a", "b"]]);
    await write(store, { type: "erase", subject: "bob" });
    assert.deepEqual([await about("bob"), await about("ann")], [[], ["a"]]);
  });

  async function check(store: Store, left: readonly unknown[]): Promise<void> {
    assert.deepEqual(await entriesOf(store, "s"), left);
    assert.deepEqual(await store.read("s", { from: 2, limit: 1 }), [{ position: 2, entry: left[2] }]);
    assert.equal((await entriesOf(store, "s/beside")).length, 5);
    assert.deepEqual((await entriesOf(store, "s/beside"))[2], entry(2));
    assert.equal(await store.position("s"), 5);
  }
}

async function reopened(store: Store, opener: StoreOpener): Promise<Store> {
  await store.close();
  return opener.open();
}
