import { expect, test } from "vitest";
import { z } from "zod";
import { createBrain, END, graph, START, type Store } from "../index.ts";
import { recall } from "../recall/index.ts";
import { memoryStore } from "../testing/index.ts";
import { clock, put, recordOf, storeWith } from "./fixture.ts";
import { feedback, forget, type Feedback } from "./index.ts";

const twins = () =>
  storeWith(
    put("a", "Deploys time out when the cache is cold.", { kind: "learning" }),
    put("b", "Deploys time out when the cache is cold.", { kind: "learning" }),
  );
const judge = (record: string, verdict: "good" | "bad", trust: Feedback["trust"] = "person"): Feedback => ({
  on: { record },
  verdict,
  by: "Ann",
  trust,
});
const found = async (store: Store) => {
  const hits = await recall(store, "acme", { text: "why do deploys time out", kinds: ["learning"] }, { clock });
  return hits.map(({ record, why }) => [record.id, why.includes("judged")] as const);
};

test("a verdict is remembered about its record, changes the order of recall, and says so", async () => {
  const store = await twins();
  expect(await found(store)).toEqual([
    ["a", false],
    ["b", false],
  ]);
  const { id, about } = await feedback(store, "acme", { ...judge("b", "good"), reason: "It helped." }, { clock });
  expect(about).toEqual(["b"]);
  expect(await found(store)).toEqual([
    ["b", true],
    ["a", false],
  ]);
  const verdict = await recordOf(store, id);
  expect(verdict).toMatchObject({
    kind: "experience",
    trust: "person",
    actor: "Ann",
    tags: ["verdict"],
    scope: "acme",
  });
  expect(verdict.text).toContain("Judged good by Ann");
  expect(verdict.text).toContain("It helped.");
  expect(await store.links(id)).toEqual([{ from: id, to: "b", type: "about", reason: "judged" }]);
});

test("erasing a verdict takes it back, once, however many do it at the same time", async () => {
  const store = await twins();
  const { id } = await feedback(store, "acme", judge("a", "bad"), { clock });
  await feedback(store, "acme", judge("a", "good", "model"), { clock });
  expect((await found(store))[0]?.[0]).toBe("b");
  const [first, second] = await Promise.allSettled([forget(store, "acme", [id]), forget(store, "acme", [id])]);
  expect([first, second].filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
  const [stored] = await store.records(["a"]);
  expect(stored?.counters).toEqual({ uses: 0, tries: 2, successes: 2 });
  expect((await found(store))[0]?.[0]).toBe("a");
});

test("erasing a person takes back what that person judged, and leaves the others' verdicts", async () => {
  const brain = await createBrain({ store: memoryStore(), scope: "acme" });
  const id = await brain.remember({ kind: "decision", text: "Warm the cache." });
  await feedback(brain.store, "acme", judge(id, "bad"));
  await feedback(brain.store, "acme", { ...judge(id, "good"), by: "Bob" });
  expect(await brain.erase({ subject: "Ann" })).toMatchObject({ records: 1 });
  expect(await brain.erase({ subject: "Ann" })).toMatchObject({ records: 0 });
  const [stored] = await brain.store.records([id]);
  expect(stored?.counters).toEqual({ uses: 0, tries: 8, successes: 8 });
  await brain.erase({ scope: "acme" });
  expect(await brain.store.find({ scope: "acme" })).toEqual([]);
  await brain.close();
});

test("verdicts given at once all count; a person weighs more than a test, a test more than a model, outside text nothing", async () => {
  const store = await storeWith(...["p", "t", "m", "o"].map((id) => put(id, id, { kind: "decision" })));
  await Promise.all([
    feedback(store, "acme", judge("p", "good")),
    feedback(store, "acme", judge("t", "good", "test")),
    feedback(store, "acme", judge("m", "good", "model")),
    feedback(store, "acme", judge("m", "bad", "model")),
    feedback(store, "acme", judge("o", "good", "outside")),
  ]);
  const counts = (await store.records(["p", "t", "m", "o"])).map(({ counters }) => [
    counters.tries,
    counters.successes,
  ]);
  expect(counts).toEqual([
    [8, 8],
    [4, 4],
    [4, 2],
    [0, 0],
  ]);
});

const work = graph({ name: "work", state: z.object({ done: z.boolean().default(false) }) })
  .node("decide", async (_, ctx) => {
    await ctx.recall("cold cache");
    ctx.remember({ kind: "decision", text: "Warm the cache first." });
    ctx.remember({ kind: "error", text: "It timed out." });
    return { done: true };
  })
  .edge(START, "decide")
  .edge("decide", END)
  .build();

test("a verdict on a run flows to what it recalled and to what it decided, a share each", async () => {
  const brain = await createBrain({ store: memoryStore(), scope: "acme" });
  const used = await brain.remember({ kind: "learning", text: "A cold cache is slow." });
  const other = await brain.remember({ kind: "learning", text: "Unrelated words." });
  await brain.run(work, {}, { id: "r1" });
  const { about } = await feedback(brain.store, "acme", { on: { run: "r1" }, verdict: "bad", by: "ci", trust: "test" });
  const decided = (await brain.store.find({ scope: "acme", kinds: ["decision"] }))[0]?.record.id ?? "";
  expect(about).toEqual([used, decided]);
  const triesOf = async (id: string) => (await brain.store.records([id]))[0]?.counters.tries;
  expect(await Promise.all([used, decided, other].map(triesOf))).toEqual([1, 1, 0]);
  expect((await brain.recall("cold cache"))[0]?.why).toContain("judged: 0 of 1");
  await brain.close();
});

test.each<[string, Feedback, string]>([
  ["an unknown record", judge("nobody", "good"), "not_found"],
  ["an unknown run", { ...judge("", "good"), on: { run: "nobody" } }, "not_found"],
  ["a record of another scope", judge("elsewhere", "good"), "not_found"],
  ["an error", judge("error", "good"), "invalid_input"],
  ["a verdict that is none", { ...judge("a", "good"), verdict: "fine" as "good" }, "invalid_input"],
  ["a trust that is none", judge("a", "good", "friend" as "person"), "invalid_input"],
  ["nobody's", { ...judge("a", "good"), by: "" }, "invalid_input"],
  ["a reason of 10,001 letters", { ...judge("a", "good"), reason: "x".repeat(10_001) }, "invalid_input"],
  ["an empty id", judge("", "good"), "invalid_input"],
  ["half a letter", { ...judge("a", "good"), reason: "\ud800" }, "invalid_input"],
])("%s is refused, and nothing is written", async (_, given, code) => {
  const store = await storeWith(
    put("a", "x"),
    put("error", "boom", { kind: "error" }),
    put("elsewhere", "x", { scope: "beta" }),
  );
  await expect(feedback(store, "acme", given)).rejects.toMatchObject({ code });
  expect((await store.find({ scope: "acme" })).length).toBe(2);
  expect((await store.records(["a"]))[0]?.counters.tries).toBe(0);
});

test("a scope is needed", async () => {
  const store = await twins();
  await expect(feedback(store, "", judge("a", "good"))).rejects.toMatchObject({ code: "invalid_input" });
});
