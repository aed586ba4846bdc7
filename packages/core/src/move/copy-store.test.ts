import { expect, test } from "vitest";
import { createBrain, END, graph, START, type Graph, type Store } from "../index.ts";
import { memoryStore } from "../testing/index.ts";
import { common } from "../run/fixture.ts";
import { copyStore } from "./index.ts";

const big = "A long document. ".repeat(2000);
const learns: Graph = graph({ name: "learns", ...common })
  .node("learn", async (_, ctx) => {
    const cause = ctx.remember({ kind: "error", text: "It broke.", fingerprint: "f" });
    ctx.remember({ kind: "solution", text: "Mend it.", links: [{ to: cause, type: "solved-by" }] });
    await ctx.effect({ name: "read", class: "idempotent", run: () => Promise.resolve(big) });
    return { log: ["learnt"] };
  })
  .node("wait", async (_, ctx) => ({ log: [String(await ctx.signalled("go"))] }))
  .edge(START, "learn")
  .edge("learn", "wait")
  .edge("wait", END)
  .build();

/** A store with an ended run and one that waits, memory, a trimmed stream, a document that was changed, and a wake. */
async function filled(): Promise<ReturnType<typeof memoryStore>> {
  const opener = memoryStore();
  const brain = await createBrain({ store: opener, graphs: [learns], scope: "acme/shop" });
  await brain.run(learns, {}, { id: "waits" });
  const ended = brain.run(learns, {}, { id: "ends" });
  await brain.signal("ends", "go").catch(() => {});
  await ended;
  await brain.signal("ends", "go", "went").catch(() => {});
  await brain.resume("ends", learns as never);
  for (let i = 0; i < 250; i++)
    await brain.remember({ kind: "learning", text: `Learning ${i}` }, { scope: `s${i % 3}` });
  const [found] = await brain.store.find({ scope: "s0" }, { limit: 1 });
  if (found === undefined) throw new Error("nothing was remembered");
  await brain.store.commit({
    id: "more",
    writes: [
      { type: "record", record: { ...found.record, text: "Changed", version: 2 } },
      { type: "count", id: found.record.id, counter: "uses", by: 3 },
      { type: "append", stream: "audit/a", entries: [1, 2, 3, 4] },
      { type: "trim", stream: "audit/a", before: 2 },
      { type: "append", stream: "audit/gone", entries: [1, 2] },
      { type: "trim", stream: "audit/gone", before: 2 },
      { type: "document", key: "loop/daily", value: { last: 1 } },
      { type: "document", key: "loop/daily", value: { last: 2 } },
      { type: "wake", key: "plugin/x", at: 5, data: { a: 1 } },
    ],
  });
  await brain.close();
  return opener;
}

test("a copy holds everything, and its runs replay and go on", async () => {
  const from = await (await filled()).open();
  const opener = memoryStore();
  const to = await opener.open();
  const { counts, journals, already } = await copyStore(from, to, { name: "a" });
  expect([counts, journals, already]).toEqual([
    {
      records: 254,
      links: 2,
      vectors: 0,
      entries: expect.any(Number) as number,
      documents: expect.any(Number) as number,
      wakes: expect.any(Number) as number,
    },
    2,
    false,
  ]);
  expect(await to.position("audit/gone")).toBe(2);
  expect(await to.read("audit/a")).toEqual(await from.read("audit/a"));
  expect(await copyStore(from, to, { name: "a" })).toMatchObject({ counts, already: true });
  const brain = await createBrain({ store: opener, graphs: [learns] });
  expect((await brain.replay({ run: "ends" })).equal).toBe(true);
  await brain.signal("waits", "go", "there");
  expect(await brain.resume("waits")).toMatchObject({ status: "completed", state: { log: ["learnt", "there"] } });
  await brain.close();
});

test("vectors are copied of the spaces that are named, also later, and compared", async () => {
  const from = await (await filled()).open();
  const ids = (await from.find({ scope: "s0" }, { limit: 3 })).map(({ record }) => record.id).toSorted();
  // The newest of them has been changed: its vector is of the second version.
  const versions = new Map((await from.records(ids)).map(({ record }) => [record.id, record.version]));
  const put = (id: string, space: string, ...values: number[]) =>
    ({ type: "vector", id, version: versions.get(id) ?? 0, space, vector: Float32Array.from(values) }) as const;
  await from.commit({
    id: "vectors",
    writes: [...ids.map((id, i) => put(id, "x/2", i, -0)), put(ids[0] ?? "", "y/1", 0.1)],
  });
  const to = await memoryStore().open();
  expect((await copyStore(from, to, { name: "a", spaces: ["x/2"] })).counts.vectors).toBe(3);
  expect(await to.vectors("x/2", ids)).toEqual(await from.vectors("x/2", ids));
  expect(await to.vectors("y/1", ids)).toEqual([]);
  expect(await copyStore(from, to, { name: "a", spaces: ["x/2", "y/1"] })).toMatchObject({
    counts: { vectors: 4 },
    already: true,
  });
  expect(await to.vectors("y/1", ids)).toEqual(await from.vectors("y/1", ids));
  await to.commit({ id: "other", writes: [put(ids[1] ?? "", "x/2", 9, 9)] });
  await expect(copyStore(from, to, { name: "a", spaces: ["x/2"] })).rejects.toThrow(/differs in vectors \(3 there, 3/);
});

test("what is copied once only lives on in one target, however often it is tried", async () => {
  const from = await (await filled()).open();
  const [to, other] = [await memoryStore().open(), await memoryStore().open()];
  const once = { name: "a", once: true };
  await copyStore(from, to, once);
  expect((await copyStore(from, to, once)).already).toBe(true);
  await expect(copyStore(from, other, once)).rejects.toMatchObject({ code: "conflict" });
  // Nothing of it is there but whose copy it was to be.
  expect([await other.scopes(), await other.streams(""), await other.due(Number.MAX_SAFE_INTEGER)]).toEqual([
    [],
    [],
    [],
  ]);
  expect((await copyStore(from, other, { name: "a" })).already).toBe(false);
});

test("one that is broken off after any number of commits goes on, and ends as one that was not", async () => {
  const from = await (await filled()).open();
  const whole = await copyStore(from, await memoryStore().open(), { name: "a" });
  const to = await memoryStore().open();
  let tries = 0;
  for (let commits = 1; ; commits++) {
    // As many commits as the store takes before it is gone, and the last one's acknowledgement is lost.
    let left = commits;
    const dying: Store = {
      ...to,
      async commit(commit) {
        if (left-- <= 0) throw new Error("gone");
        const committed = await to.commit(commit);
        if (left === 0) throw new Error("gone");
        return committed;
      },
    };
    tries++;
    const done = await copyStore(from, dying, { name: "a" }).catch((error: unknown) => {
      if (!(error instanceof Error && error.message === "gone")) throw error;
    });
    if (done === undefined) continue;
    expect(done.digests).toEqual(whole.digests);
    break;
  }
  expect(tries).toBeGreaterThan(3);
});

test("what is in use, or has data of its own, is refused, and so is a copy that came to differ", async () => {
  const from = await (await filled()).open();
  const other = await (await filled()).open();
  await expect(copyStore(from, other, { name: "a" })).rejects.toMatchObject({ code: "conflict" });
  const to = await memoryStore().open();
  await copyStore(from, to, { name: "a" });
  await expect(copyStore(from, to, { name: "b" })).rejects.toMatchObject({ code: "conflict" });
  await to.commit({ id: "own", writes: [{ type: "append", stream: "audit/a", entries: [9] }] });
  await expect(copyStore(from, to, { name: "a" })).rejects.toThrow(/entries \(\d+ there, \d+ here\)/);
  const data = { graph: "g", scope: "s", holder: "somebody" };
  await from.commit({ id: "held", writes: [{ type: "wake", key: "run/r", at: Date.now() + 60_000, data }] });
  await expect(copyStore(from, await memoryStore().open(), { name: "a" })).rejects.toMatchObject({
    code: "store_busy",
  });
});
