import assert from "node:assert/strict";
import type { Write } from "../../contracts/write.ts";
import {
  append,
  candidateIds,
  commitOf,
  entriesOf,
  failsWith,
  noBytes,
  put,
  record,
  sameBytes,
  write,
  type Harness,
} from "./harness.ts";

const everything: readonly Write[] = [
  append("journal", [1], 0),
  append("inbox", [1]),
  put("r1", { text: "zebra" }),
  put("r2", { text: "zebra" }),
  { type: "link", link: { from: "r1", to: "r2", type: "about" } },
  { type: "count", id: "r1", counter: "uses", by: 2 },
  { type: "document", key: "d", value: { a: 1 } },
  { type: "wake", key: "w", at: 5 },
  { type: "blob", scope: "acme", id: "b", bytes: new Uint8Array([1, 2, 3]) },
];

/** Commits: atomic, once, in order, side by side. */
export function commitTests({ test }: Harness): void {
  test("a commit writes everything", async (store) => {
    await write(store, ...everything);
    assert.deepEqual(await entriesOf(store, "journal"), [1]);
    assert.deepEqual(await entriesOf(store, "inbox"), [1]);
    assert.deepEqual(await candidateIds(store, "zebra"), ["r1", "r2"]);
    assert.equal((await store.links("r1")).length, 1);
    assert.equal((await store.records(["r1"]))[0]?.counters.uses, 2);
    assert.deepEqual((await store.document("d"))?.value, { a: 1 });
    assert.deepEqual(await store.due(5), [{ key: "w", at: 5 }]);
    sameBytes(await store.blob("acme", "b"), new Uint8Array([1, 2, 3]));
  });

  test("several appends of one commit to one stream follow each other, and done again are done once", async (store) => {
    const commit = commitOf(
      append("journal", [1, 2], 0),
      append("inbox", [1]),
      append("journal", [3], 2),
      append("inbox", [2]),
    );
    for (const _time of [1, 2]) await store.commit(commit);
    assert.deepEqual(await entriesOf(store, "journal"), [1, 2, 3]);
    assert.deepEqual(await entriesOf(store, "inbox"), [1, 2]);
    await failsWith("conflict", write(store, append("journal", [4], 3), append("journal", [6], 5)));
    await write(store, append("journal", [4], 3), append("journal", [5], 4));
    assert.deepEqual(await entriesOf(store, "journal"), [1, 2, 3, 4, 5]);
  });

  const failures: readonly { readonly name: string; readonly code: "conflict" | "not_found"; readonly last: Write }[] =
    [
      { name: "an append out of place", code: "conflict", last: append("journal", [2], 7) },
      {
        name: "a document of another version",
        code: "conflict",
        last: { type: "document", key: "e", value: 1, expectedVersion: 3 },
      },
      { name: "a record of the wrong version", code: "conflict", last: put("r3", { version: 4 }) },
      {
        name: "a link to nowhere",
        code: "not_found",
        last: { type: "link", link: { from: "r1", to: "no", type: "about" } },
      },
    ];
  for (const { name, code, last } of failures) {
    test(`a commit with ${name} writes nothing at all`, async (store) => {
      const before = await write(store, put("old", { text: "zebra", subjects: ["bob"] }), append("journal", [0]));
      const erase: Write = { type: "erase", ids: ["old"] };
      const trim: Write = { type: "trim", stream: "journal", before: 1 };
      await failsWith(code, write(store, ...everything.slice(1), erase, trim, last));
      assert.deepEqual(await entriesOf(store, "journal"), [0]);
      assert.deepEqual(await entriesOf(store, "inbox"), []);
      assert.deepEqual(await candidateIds(store, "zebra"), ["old"]);
      assert.deepEqual(await store.records(["r1", "r2"]), []);
      assert.equal(await store.document("d"), undefined);
      assert.deepEqual(await store.due(10), []);
      noBytes(await store.blob("acme", "b"));
      assert.equal((await store.stats()).streams, 1);
      const found = await store.candidates(["zebra"], { scope: "acme" }, 5);
      assert.deepEqual([found.total, found.totalLength, found.documentFrequencies], [1, 1, [1]]);
      assert.ok((await write(store, ...everything.slice(1))) > before);
      assert.deepEqual(await candidateIds(store, "zebra"), ["old", "r1", "r2"]);
    });
  }

  test("a commit sees its own earlier writes", async (store) => {
    await write(
      store,
      append("s", [1], 0),
      append("s", [2], 1),
      put("r1"),
      put("r1", { version: 2, text: "newer" }),
      { type: "document", key: "d", value: 1, expectedVersion: 0 },
      { type: "document", key: "d", value: 2, expectedVersion: 1 },
    );
    assert.deepEqual(await entriesOf(store, "s"), [1, 2]);
    assert.equal((await store.records(["r1"]))[0]?.record.text, "newer");
    assert.equal((await store.document("d"))?.version, 2);
  });

  test("a commit of nothing is a commit", async (store) => {
    const first = await write(store, put("r"));
    const empty = commitOf();
    const { position } = await store.commit(empty);
    assert.ok(position > first);
    assert.ok((await write(store, put("r2"))) > position);
    assert.equal((await store.commit(empty)).position, position);
  });

  test("committing again is success, and writes nothing", async (store) => {
    const shared = commitOf(append("inbox", [1]), { type: "document", key: "d", value: 1 });
    const owned = commitOf(append("run", [1], 0), put("r1"), { type: "count", id: "r1", counter: "tries", by: 1 });
    const first = await store.commit(shared);
    const second = await store.commit(owned);
    assert.deepEqual(await store.commit(shared), first);
    assert.deepEqual(await store.commit(owned), second);
    await write(store, append("run", [2], 1));
    assert.deepEqual(await store.commit(owned), second);
    assert.deepEqual(await entriesOf(store, "inbox"), [1]);
    assert.deepEqual(await entriesOf(store, "run"), [1, 2]);
    assert.equal((await store.document("d"))?.version, 1);
    assert.equal((await store.records(["r1"]))[0]?.counters.tries, 1);
  });

  test("committing again is success after the store was opened again", async (store, opener) => {
    const commits = [
      commitOf(append("inbox", [1])),
      commitOf(append("run", [1, 2], 0), { type: "document", key: "d", value: 1, expectedVersion: 0 }),
      commitOf({ type: "count", id: "none", counter: "uses", by: 1 }, put("r1")),
    ];
    const positions = [];
    for (const commit of commits) positions.push((await store.commit(commit)).position);
    for (let i = 0; i < 600; i++) await write(store, append("run", [i], i + 2));
    await store.close();
    const again = await opener.open();
    try {
      for (const [i, commit] of commits.entries()) assert.equal((await again.commit(commit)).position, positions[i]);
      assert.equal(await again.position("run"), 602);
      assert.equal(await again.position("inbox"), 1);
    } finally {
      await again.close();
    }
  });

  test("a commit that failed may be tried again under its id", async (store) => {
    const commit = commitOf(append("run", [2], 1));
    await failsWith("conflict", store.commit(commit));
    await write(store, append("run", [1], 0));
    await store.commit(commit);
    assert.deepEqual(await entriesOf(store, "run"), [1, 2]);
  });

  test("positions grow with every commit", async (store) => {
    let last = -1;
    for (const one of [append("s", [1]), put("r1"), { type: "wake", key: "w", at: 1 } as const, append("t", [1], 0)]) {
      const position = await write(store, one);
      assert.ok(position > last);
      last = position;
    }
    const positions = await Promise.all(Array.from({ length: 20 }, (_, i) => write(store, append(`p/${i}`, [1], 0))));
    assert.equal(new Set(positions).size, 20);
    assert.ok(Math.min(...positions) > last);
  });

  test("of many commits for the same place one wins, and the others hurt nobody", async (store) => {
    const owned = Array.from({ length: 20 }, (_, i) => write(store, append("run", [i], 0)));
    const bystanders = Array.from({ length: 20 }, (_, i) => write(store, append(`run/${i}`, [i], 0)));
    const settled = await Promise.allSettled(owned);
    assert.equal(settled.filter(({ status }) => status === "fulfilled").length, 1);
    for (const one of settled)
      if (one.status === "rejected") assert.equal((one.reason as { code: string }).code, "conflict");
    await Promise.all(bystanders);
    assert.equal(await store.position("run"), 1);
    const winner = settled.findIndex(({ status }) => status === "fulfilled");
    assert.deepEqual(await entriesOf(store, "run"), [winner]);
  });

  test("the same commit sent twice at once happens once", async (store) => {
    const commit = commitOf(append("inbox", [1]), put("r1"));
    const results = await Promise.all([store.commit(commit), store.commit(commit), store.commit(commit)]);
    assert.equal(new Set(results.map(({ position }) => position)).size, 1);
    assert.equal(await store.position("inbox"), 1);
  });

  test("many runs go side by side", async (store) => {
    await Promise.all(
      Array.from({ length: 60 }, async (_, run) => {
        for (let i = 0; i < 20; i++)
          await write(store, append(`run/${run}`, [i], i), ...(i % 5 === 0 ? [put(`r-${run}-${i}`)] : []));
      }),
    );
    for (let run = 0; run < 60; run += 7)
      assert.deepEqual(
        await entriesOf(store, `run/${run}`),
        Array.from({ length: 20 }, (_, i) => i),
      );
    assert.equal((await store.stats()).records.experience, 240);
  });

  test("two that have the same store open see each other, and cannot write the same place", async (store, opener) => {
    const other = await opener.open();
    try {
      await write(store, append("run", [1], 0), put("r1", { text: "one" }));
      assert.deepEqual(await entriesOf(other, "run"), [1]);
      await write(other, append("run", [2], 1));
      await failsWith("conflict", write(store, append("run", [9], 1)));
      await write(store, append("run", [3], 2));
      await write(other, append("run", [4], 3), put("r1", { text: "two", version: 2 }));
      assert.deepEqual(await entriesOf(store, "run"), [1, 2, 3, 4]);
      assert.deepEqual(await candidateIds(store, "two"), ["r1"]);
      await write(other, { type: "erase", scope: "acme" });
      await write(store, put("r2", { text: "three" }));
      assert.deepEqual(
        (await other.records(["r1", "r2"])).map((found) => found.record),
        [record("r2", { text: "three" })],
      );
      await Promise.all(Array.from({ length: 30 }, (_, i) => write(i % 2 === 0 ? store : other, append("inbox", [i]))));
      assert.equal(await store.position("inbox"), 30);
    } finally {
      await other.close();
    }
  });
}
