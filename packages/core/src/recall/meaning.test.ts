import { expect, test } from "vitest";
import { z } from "zod";
import { createBrain, END, graph, START, type Brain, type Embedder, type Recalled } from "../index.ts";
import { fillVectors } from "../memory/index.ts";
import { memoryStore } from "../testing/index.ts";

/** Knows three subjects, by words that it has learnt. */
const subjects = [/car|vehicle|automobile/i, /dog|puppy|hound/i, /money|price|cost/i];

function embedder(over: Partial<Embedder> = {}): Embedder & { readonly asked: string[][] } {
  const asked: string[][] = [];
  return {
    name: "subjects",
    dimensions: 3,
    asked,
    embed(texts) {
      asked.push([...texts]);
      return Promise.resolve(texts.map((text) => Float32Array.from(subjects, (one) => (one.test(text) ? 1 : 0.1))));
    },
    ...over,
  };
}

async function brainWith(own: Embedder | undefined, ...texts: string[]): Promise<Brain> {
  const brain = await createBrain({ store: memoryStore(), ...(own === undefined ? {} : { embedder: own }) });
  for (const text of texts) await brain.remember({ kind: "learning", text });
  return brain;
}

const texts = (hits: Recalled): string[] => hits.map(({ record }) => record.text);

test("what means the same is found without a common word, and says so", async () => {
  const own = embedder();
  const brain = await brainWith(own, "The automobile is red", "The puppy sleeps", "Prices rise");
  expect(await fillVectors(brain.store, own, "main")).toEqual({ filled: 3, batches: 1 });
  const hits = await brain.recall("which vehicle");
  expect(hits[0]?.record.text).toBe("The automobile is red");
  expect(hits[0]?.why).toMatch(/^meaning: 0\.\d\d alike$|^meaning: 1\.00 alike$/);
  expect(hits.notes).toEqual([]);
  const both = await brain.recall("red vehicle");
  expect(both[0]?.why).toMatch(/words: red.*; meaning: 1\.00 alike/);
});

test("words still count beside meanings: a rare word that is there beats what is merely alike", async () => {
  const own = embedder();
  const brain = await brainWith(own, "An automobile", "Another car", "The car Rex");
  await fillVectors(brain.store, own, "main");
  expect(texts(await brain.recall("the vehicle Rex"))[0]).toBe("The car Rex");
});

test("records without a vector are found by words, and counted", async () => {
  const own = embedder();
  const brain = await brainWith(own, "The automobile is red");
  await fillVectors(brain.store, own, "main");
  await brain.remember({ kind: "learning", text: "The car is new" });
  const hits = await brain.recall("new car");
  expect(texts(hits)[0]).toBe("The car is new");
  expect(hits.notes).toEqual(["1 record has no vector yet: found by words only."]);
});

test.each([
  ["fails", { embed: () => Promise.reject(new Error("it is down")) }, "failed (it is down)"],
  ["gives nothing", { embed: () => Promise.resolve([]) }, "gave no vector of 3 finite numbers"],
  ["gives a vector of another length", { embed: () => Promise.resolve([Float32Array.of(1)]) }, "gave no vector of 3"],
  ["gives no numbers", { embed: () => Promise.resolve([Float32Array.of(1, Number.NaN, 1)]) }, "gave no vector of 3"],
] as const)("an embedder that %s is no silence: words are searched, and a note says so", async (_, over, note) => {
  const brain = await brainWith(embedder(over), "The automobile is red");
  for (const query of ["red", "no such word"]) {
    const hits = await brain.recall(query);
    expect(texts(hits)).toEqual(query === "red" ? ["The automobile is red"] : []);
    expect(hits.notes).toHaveLength(1);
    expect(hits.notes[0]).toContain(note);
    expect(hits.notes[0]).toContain("only words were searched");
  }
});

test("without an embedder nothing is asked or noted", async () => {
  const brain = await brainWith(undefined, "The automobile is red");
  const hits = await brain.recall("vehicle");
  expect([texts(hits), hits.notes]).toEqual([[], []]);
});

test("in a run a recall is one effect with its notes, and replay needs no embedder", async () => {
  const seen: (readonly [readonly string[], readonly string[]])[] = [];
  const asking = graph({ name: "asking", state: z.object({}) })
    .node("look", async (_, ctx) => {
      const hits = await ctx.recall("which vehicle");
      seen.push([texts(hits), hits.notes]);
      return {};
    })
    .edge(START, "look")
    .edge("look", END)
    .build();
  const own = embedder();
  const brain = await brainWith(own, "The automobile is red");
  await fillVectors(brain.store, own, "main");
  await brain.remember({ kind: "learning", text: "Something else" });
  await brain.run(asking, {}, { id: "r" });
  const entries = await brain.journal("r");
  expect(entries.filter((entry) => entry.type === "effect-completed")).toHaveLength(1);
  const calls = own.asked.length;
  const journal = await brain.export("r");
  const offline = await createBrain({ store: memoryStore() });
  expect(await offline.replay({ journal }, asking)).toMatchObject({ equal: true });
  expect(own.asked).toHaveLength(calls);
  expect(seen[0]?.[1]).toEqual(["1 record has no vector yet: found by words only."]);
  expect(seen[1]).toEqual(seen[0]);
});

test("filling in goes on where it was broken off, says how far it is, and takes what changed meanwhile again", async () => {
  const brain = await brainWith(undefined, ...Array.from({ length: 10 }, (_, i) => `car ${i}`), "   x   ");
  let calls = 0;
  const before: string[] = [];
  const breaking = embedder({
    embed(given, options) {
      if (++calls === 3) return Promise.reject(new Error("cut"));
      before.push(...given);
      return embedder().embed(given, options);
    },
  });
  await expect(fillVectors(brain.store, breaking, "main", { batch: 3 })).rejects.toThrow("cut");
  const progress: number[] = [];
  const own = embedder();
  const summary = await fillVectors(brain.store, own, "main", {
    batch: 2,
    onProgress: ({ lacking }) => progress.push(lacking),
  });
  expect(summary).toEqual({ filled: 5, batches: 3 });
  expect(progress).toEqual([3, 1, 0]);
  // Of records of one millisecond any may come first.
  expect([...before, ...own.asked.flat()]).toContain("x");
  const [first] = await brain.store.find({ scope: "main" });
  if (first === undefined) throw new Error("there is a record");
  const changing = embedder({
    async embed(given) {
      if (given.includes("dog one"))
        await brain.store.commit({
          id: "meanwhile",
          writes: [{ type: "record", record: { ...first.record, text: "dog two", version: 3 } }],
        });
      return embedder().embed(given);
    },
  });
  await brain.store.commit({
    id: "change",
    writes: [{ type: "record", record: { ...first.record, text: "dog one", version: 2 } }],
  });
  expect((await fillVectors(brain.store, changing, "main")).batches).toBe(2);
  expect(await brain.store.unembedded("subjects/3", { scope: "main" }, 10)).toEqual([]);
});

test("filling in can be stopped, and refuses what makes no sense", async () => {
  const brain = await brainWith(undefined, "car");
  const bad = embedder({ embed: () => Promise.resolve([Float32Array.of(1)]) });
  await expect(fillVectors(brain.store, bad, "main")).rejects.toMatchObject({ code: "invalid_response" });
  await expect(fillVectors(brain.store, embedder(), "")).rejects.toMatchObject({ code: "invalid_input" });
  await expect(fillVectors(brain.store, embedder(), "main", { batch: 0 })).rejects.toMatchObject({
    code: "invalid_input",
  });
  const stopped = fillVectors(brain.store, embedder(), "main", { signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: "aborted" });
  expect((await brain.store.unembedded("subjects/3", { scope: "main" }, 10)).length).toBe(1);
});

test("vectors of two models are never compared", async () => {
  const brain = await brainWith(undefined, "The automobile is red");
  await fillVectors(brain.store, embedder({ id: "small" }), "main");
  await fillVectors(brain.store, embedder({ id: "large" }), "main");
  const other = embedder({ id: "other" });
  expect(await brain.store.unembedded("subjects/other/3", { scope: "main" }, 10)).toHaveLength(1);
  expect((await fillVectors(brain.store, other, "main")).filled).toBe(1);
});
