import assert from "node:assert/strict";
import { packEntry } from "../../journal/packed.ts";
import { append, entriesOf, failsWith, write, type Harness } from "./harness.ts";

/** Streams: append, read, positions, trim. */
export function streamTests({ test }: Harness): void {
  test("a stream that nobody wrote to is empty", async (store) => {
    assert.deepEqual(await store.read("run/1"), []);
    assert.equal(await store.position("run/1"), 0);
    assert.deepEqual(await store.streams(""), []);
  });

  test("entries come back in order, with their positions", async (store) => {
    await write(store, append("run/1", [10, 11, 12], 0));
    await write(store, append("run/1", [13], 3), append("run/2", [20], 0));
    assert.deepEqual(await store.read("run/1"), [
      { position: 0, entry: 10 },
      { position: 1, entry: 11 },
      { position: 2, entry: 12 },
      { position: 3, entry: 13 },
    ]);
    assert.equal(await store.position("run/1"), 4);
    assert.deepEqual(await entriesOf(store, "run/2"), [20]);
  });

  test("a read may begin anywhere and end early, within an append too", async (store) => {
    await write(store, append("s", [0, 1, 2, 3, 4]));
    await write(store, append("s", [5, 6, 7]));
    const positions = async (from: number, limit?: number): Promise<number[]> =>
      (await store.read("s", { from, ...(limit === undefined ? {} : { limit }) })).map(({ position }) => position);
    assert.deepEqual(await positions(3), [3, 4, 5, 6, 7]);
    assert.deepEqual(await positions(3, 3), [3, 4, 5]);
    assert.deepEqual(await positions(5, 1), [5]);
    assert.deepEqual(await positions(8), []);
    assert.deepEqual(await positions(0, 0), []);
    assert.deepEqual(await positions(100), []);
  });

  test("entries are the same whether their texts are given with them or not", async (store) => {
    const entries = [{ a: [1, "\u2028 ü"] }, "text", null, [1, "a"], { hash: "h", nested: { "": -0.5 } }];
    const texts = entries.map((entry) => packEntry(entry));
    await write(store, { type: "append", stream: "s", entries, texts, expectedPosition: 0 });
    await write(store, { type: "append", stream: "s", entries });
    await write(store, { type: "append", stream: "s", entries: [entries[0] ?? null], texts: texts.slice(0, 1) });
    assert.deepEqual(await entriesOf(store, "s"), [...entries, ...entries, entries[0]]);
  });

  test("an owned append fits only the very end of its stream", async (store) => {
    await failsWith("conflict", write(store, append("run/1", [1], 1)));
    await write(store, append("run/1", [1, 2], 0));
    for (const wrong of [0, 1, 3]) await failsWith("conflict", write(store, append("run/1", [9], wrong)));
    await write(store, append("run/1", [3], 2));
    assert.deepEqual(await entriesOf(store, "run/1"), [1, 2, 3]);
  });

  test("an owned append of nothing only checks the length", async (store) => {
    await write(store, append("run/1", [], 0));
    assert.deepEqual(await store.streams(""), []);
    await write(store, append("run/1", [1], 0));
    await write(store, append("run/1", [], 1));
    await failsWith("conflict", write(store, append("run/1", [], 0)));
    assert.equal(await store.position("run/1"), 1);
  });

  test("a shared append never conflicts", async (store) => {
    await Promise.all(Array.from({ length: 50 }, (_, i) => write(store, append("inbox", [i]))));
    const entries = await entriesOf(store, "inbox");
    assert.deepEqual(new Set(entries), new Set(Array.from({ length: 50 }, (_, i) => i)));
    assert.equal(entries.length, 50);
  });

  test("a long stream of many small appends stays in order", async (store) => {
    for (let i = 0; i < 700; i++)
      await write(store, append("long", [i], i), ...(i % 3 === 0 ? [append("other", [i])] : []));
    const all = await store.read("long");
    assert.deepEqual(
      all.map(({ position, entry }) => [position, entry]),
      Array.from({ length: 700 }, (_, i) => [i, i]),
    );
    for (const from of [0, 1, 255, 256, 257, 511, 512, 690]) {
      const part = await store.read("long", { from, limit: 5 });
      assert.deepEqual(
        part.map(({ entry }) => entry),
        [from, from + 1, from + 2, from + 3, from + 4],
      );
    }
    assert.equal((await store.read("other")).length, 234);
  });

  test("trimming drops what is before, and moves nothing", async (store) => {
    await write(store, append("s", [0, 1, 2]));
    await write(store, append("s", [3, 4, 5]));
    await write(store, { type: "trim", stream: "s", before: 4 });
    assert.deepEqual(await store.read("s"), [
      { position: 4, entry: 4 },
      { position: 5, entry: 5 },
    ]);
    await write(store, append("s", [6], 6));
    await write(store, { type: "trim", stream: "s", before: 2 });
    assert.equal((await store.read("s", { from: 1 })).length, 3);
    await write(store, { type: "trim", stream: "s", before: 100 });
    assert.deepEqual(await store.read("s"), []);
    assert.equal(await store.position("s"), 7);
    await failsWith("conflict", write(store, append("s", [9], 0)));
    await write(store, append("s", [7], 7));
    assert.deepEqual(await store.read("s"), [{ position: 7, entry: 7 }]);
    await write(store, { type: "trim", stream: "unknown", before: 3 });
    assert.equal(await store.position("unknown"), 0);
  });

  test("streams are listed by prefix, sorted by code unit", async (store) => {
    for (const name of ["run/b", "run/a", "run:c", "runs", "inbox/a", "run/\u{1F600}", "run/\uFFFD"])
      await write(store, append(name, [1]));
    assert.deepEqual(await store.streams("run/"), ["run/a", "run/b", "run/\u{1F600}", "run/\uFFFD"]);
    assert.deepEqual(await store.streams("run"), ["run/a", "run/b", "run/\u{1F600}", "run/\uFFFD", "run:c", "runs"]);
    assert.deepEqual(await store.streams("run/a"), ["run/a"]);
    assert.equal((await store.streams("")).length, 7);
    assert.deepEqual(await store.streams("x"), []);
  });

  test("any JSON comes back as it was", async (store) => {
    const values = [null, true, 0, -1.5e-7, 2 ** 53, "", '\u0000\ud800 \u{1F600} "\\\n', [], {}, [[{ a: [null] }]]];
    await write(store, { type: "append", stream: "s", entries: values });
    await write(store, { type: "append", stream: "s", entries: [{ text: "é".repeat(300_000) }] });
    assert.deepEqual((await entriesOf(store, "s")).slice(0, -1), values);
    assert.deepEqual((await entriesOf(store, "s")).at(-1), { text: "é".repeat(300_000) });
  });

  test("what was handed in or given out may be changed by its owner", async (store) => {
    const entry = { list: [1] };
    await write(store, { type: "append", stream: "s", entries: [entry] });
    entry.list.push(2);
    const [given] = (await entriesOf(store, "s")) as { list: number[] }[];
    given?.list.push(3);
    assert.deepEqual(await entriesOf(store, "s"), [{ list: [1] }]);
  });
}
