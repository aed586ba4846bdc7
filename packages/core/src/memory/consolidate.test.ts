import { expect, test } from "vitest";
import { createBrain, stateOf, type Store, type Write } from "../index.ts";
import { seededRandom } from "../journal/random.ts";
import { memoryStore, scriptedModel } from "../testing/index.ts";
import { clock, now, put, storeWith } from "./fixture.ts";
import { consolidate, consolidation, feedback, forget, mergeDuplicates, why } from "./index.ts";

/** Deploys, some on a Friday: those go wrong so often, the others so often. */
function deploys(from: number, count: number, badOnFriday: number, badElse: number): Write[] {
  return Array.from({ length: count }, (_, i) => {
    const friday = i % 3 === 0;
    const within = Math.floor(i / 3) / Math.ceil(count / 3);
    const bad = friday ? within < badOnFriday : (i % 10) / 10 < badElse;
    return put(`e${from + i}`, `Deploy ${from + i}`, {
      tags: ["deploy", ...(friday ? ["friday"] : []), `team-${i % 2}`],
      data: { outcome: bad ? "bad" : "good" },
      createdAt: now + from + i,
    });
  });
}

const learnings = (store: Store) => store.find({ scope: "acme", kinds: ["learning", "insight"] });

test("learns what was planted, with its figures and evidence, and nothing else", async () => {
  const store = await storeWith(...deploys(0, 60, 0.8, 0.2));
  const kept = await consolidate(store, "acme", { clock });
  // That it goes wrong on Fridays, and well on none: one claim, for the other has no feature to hang on.
  expect(kept.map(({ data }) => data["claim"])).toEqual([
    expect.stringMatching(/^With 'friday' the outcome is mostly 'bad': 16 of 20, otherwise 8 of 40; by chance alone/),
  ]);
  const [learning] = kept;
  expect(learning).toMatchObject({ kind: "learning", scope: "acme", trust: "model", tags: ["consolidated", "friday"] });
  expect(learning?.confidence).toBeGreaterThan(0.6);
  expect(learning?.confidence).toBeLessThan(0.8);

  const tree = await why(store, "acme", learning?.id ?? "", { breadth: 100 });
  const relations = Map.groupBy(tree.reasons, ({ relation }) => relation);
  expect(relations.get("because")?.length).toBe(16);
  expect(relations.get("against")?.length).toBe(4);
  for (const { record, relation } of tree.reasons) {
    expect(record.tags).toContain("friday");
    expect(record.data["outcome"]).toBe(relation === "because" ? "bad" : "good");
  }
});

test("a dry run writes nothing; doing it again without new evidence changes nothing", async () => {
  const store = await storeWith(...deploys(0, 60, 0.8, 0.2));
  expect((await consolidate(store, "acme", { clock, dryRun: true })).length).toBe(1);
  expect((await learnings(store)).length).toBe(0);
  await consolidate(store, "acme", { clock });
  expect(await consolidate(store, "acme", { clock })).toEqual([]);
  expect((await learnings(store)).length).toBe(1);
});

test("new evidence supersedes what was learnt; once it no longer shows, that is said", async () => {
  const store = await storeWith(...deploys(0, 60, 0.8, 0.2));
  const [first] = await consolidate(store, "acme", { clock });
  await store.commit({ id: "more", writes: deploys(100, 60, 0.95, 0.1) });
  const [second] = await consolidate(store, "acme", { clock });
  expect(second?.confidence).toBeGreaterThan(first?.confidence ?? 1);
  expect(await store.links(second?.id ?? "", { types: ["supersedes"] })).toEqual([
    { from: second?.id, to: first?.id, type: "supersedes", reason: "there is more evidence now" },
  ]);
  await store.commit({ id: "turn", writes: deploys(200, 600, 0.05, 0.3) });
  const kept = await consolidate(store, "acme", { clock });
  const third = kept.find(({ data }) => data["holds"] === false);
  expect(third?.text).toMatch(/^That with 'friday' the outcome is mostly 'bad' no longer shows/);
  expect(third?.confidence).toBeLessThan(second?.confidence ?? 0);
  expect((await store.links(third?.id ?? "", { types: ["supersedes"] }))[0]?.to).toBe(second?.id);
  expect((await store.links(third?.id ?? "", { types: ["contradicts"] })).length).toBe(100);
});

test("verdicts and what was learnt are no experiences; the least trusted says how far it is to be trusted", async () => {
  const writes = deploys(0, 60, 0.8, 0.2);
  const [, , , fourth] = writes;
  if (fourth?.type === "record") Object.assign(fourth.record, { trust: "outside", subjects: ["ann"] });
  const store = await storeWith(...writes);
  await feedback(store, "acme", { on: { record: "e3" }, verdict: "good", by: "Ann", trust: "person" }, { clock });
  const [learning] = await consolidate(store, "acme", { clock });
  expect(learning).toMatchObject({ trust: "outside", subjects: ["ann"], data: { pattern: { with: { total: 20 } } } });
  // What is erased is no evidence any more.
  await forget(store, "acme", ["e3", "e0", "e6", "e9", "e12"]);
  const [again] = await consolidate(store, "acme", { clock });
  expect(again).toMatchObject({ trust: "model", subjects: [], data: { pattern: { with: { total: 15 } } } });
});

test("however the outcome is read, a verdict is none; merging changes no figure", async () => {
  const same = (i: number, tag: string, outcome: string): Write =>
    put(`${tag}${i}`, "It was done.", { tags: [tag], data: { outcome } });
  const store = await storeWith(
    ...Array.from({ length: 12 }, (_, i) => [same(i, "old", "bad"), same(i, "new", "good")]).flat(),
  );
  await feedback(store, "acme", { on: { record: "old0" }, verdict: "good", by: "ci", trust: "test" }, { clock });
  const figures = async () =>
    (await consolidate(store, "acme", { clock, dryRun: true, outcome: ({ data }) => String(data["outcome"]) })).map(
      ({ data }) => data["pattern"],
    );
  const before = await figures();
  expect(before).toContainEqual(
    expect.objectContaining({
      features: ["old"],
      with: { total: 12, outcome: 12 },
      without: { total: 12, outcome: 0 },
    }),
  );
  expect((await mergeDuplicates(store, "acme", { clock })).merged).toBe(22);
  expect(await figures()).toEqual(before);
});

test("in noise next to nothing is learnt", async () => {
  const random = seededRandom("noise");
  const store = await storeWith(
    ...Array.from({ length: 300 }, (_, i) =>
      put(`e${i}`, "x", {
        tags: Array.from({ length: 20 }, (_, t) => `t${t}`).filter(() => random.next() < 0.3),
        data: { success: random.next() < 0.5 },
        createdAt: now + i,
      }),
    ),
  );
  expect(await consolidate(store, "acme", { clock })).toEqual([]);
});

test("two at once remember nothing twice: one of them is told to begin again", async () => {
  const store = await storeWith(...deploys(0, 60, 0.8, 0.2));
  const both = await Promise.allSettled([consolidate(store, "acme", { clock }), consolidate(store, "acme", { clock })]);
  expect((await learnings(store)).length).toBe(1);
  for (const result of both)
    if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "conflict" });
  await expect(consolidate(store, "")).rejects.toMatchObject({ code: "invalid_input" });
});

async function withModel(answer: string) {
  const model = scriptedModel([{ when: /'friday'/, answer }]);
  const store = memoryStore();
  const learn = consolidation({ store: () => brain.store, words: true });
  const brain: Awaited<ReturnType<typeof createBrain>> = await createBrain({
    store,
    model,
    scope: "acme",
    graphs: [learn],
    clock: { now: () => now, sleep: () => Promise.resolve() },
  });
  await brain.store.commit({ id: "given", writes: deploys(0, 60, 0.8, 0.2) });
  const result = await brain.run(learn, {}, { id: "r1" });
  return { brain, learn, model, state: stateOf(result) };
}

test("as a graph it is journaled, says which entry made each learning, and replays without model or store", async () => {
  const { brain, learn, model, state } = await withModel("Do not deploy on a Friday.");
  const [id = ""] = state?.remembered ?? [];
  const tree = await why(brain.store, "acme", id);
  expect(tree.record.text).toMatch(/^Do not deploy on a Friday\.\nWith 'friday' the outcome is mostly 'bad': 16 of 20/);
  expect(tree.provenance).toMatchObject({ run: "r1", node: "remember" });
  expect(tree.provenance.position).toBeGreaterThan(0);
  const journal = await brain.export("r1");
  const calls = model.calls.length;
  expect(calls).toBe(1);
  await brain.run(learn, {}, { id: "r2" });
  expect(await learnings(brain.store)).toHaveLength(1);
  await brain.close();
  const elsewhere = await createBrain({ store: memoryStore() });
  expect(await elsewhere.replay({ journal }, learn)).toMatchObject({ equal: true });
  expect(model.calls.length).toBe(calls);
  await elsewhere.close();
});

test.each([
  ["a figure of its own", "In 97 % of all cases it fails."],
  ["nothing", " "],
])("a model that says %s is not believed", async (_, answer) => {
  const { brain, state } = await withModel(answer);
  const [stored] = await brain.store.records(state?.remembered ?? []);
  expect(stored?.record.text).toMatch(/^With 'friday'/);
  expect((await brain.journal("r1")).some(({ type }) => type === "noted")).toBe(true);
  await brain.close();
});
