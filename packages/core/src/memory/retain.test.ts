import { expect, test } from "vitest";
import type { Store } from "../index.ts";
import { clock, day, now, put, storeWith } from "./fixture.ts";
import { feedback, retain, retentionStream, type RetentionRule } from "./index.ts";

const old = { createdAt: now - 100 * day };
const filled = (): Promise<Store> =>
  storeWith(
    put("plain", "plain", old),
    put("young", "young"),
    put("used", "used", old),
    put("tried", "tried", { ...old, kind: "solution" }),
    put("important", "important", { ...old, importance: 1 }),
    put("faded", "faded", { ...old, importance: 0.85 }),
    put("source", "source", old),
    put("named", "named", old),
    put("learnt", "learnt", { ...old, kind: "learning", provenance: { evidence: ["named"] } }),
    put("elsewhere", "elsewhere", { ...old, scope: "beta" }),
    put("inner", "inner", { ...old, scope: "acme/inner" }),
    { type: "link", link: { from: "learnt", to: "source", type: "derived-from" } },
    { type: "count", id: "used", counter: "uses", by: 1 },
    { type: "count", id: "tried", counter: "tries", by: 1 },
  );
const left = async (store: Store): Promise<string[]> => {
  const found = await Promise.all(["acme", "beta"].map((scope) => store.find({ scope }, { limit: 1000 })));
  return found
    .flat()
    .map(({ record }) => record.id)
    .toSorted();
};
const all = [
  "elsewhere",
  "faded",
  "important",
  "inner",
  "learnt",
  "named",
  "plain",
  "source",
  "tried",
  "used",
  "young",
];
const without = (...ids: string[]): string[] => all.filter((id) => !ids.includes(id));

test.each<[string, RetentionRule[], string[]]>([
  [
    "by age, but what is used, important or evidence",
    [{ olderThanMs: 30 * day }],
    ["faded", "inner", "learnt", "plain"],
  ],
  ["by kind", [{ olderThanMs: 30 * day, kinds: ["learning"] }], ["learnt"]],
  ["by scope", [{ olderThanMs: 30 * day, scope: "acme/inner" }], ["inner"]],
  ["only what fades below a limit", [{ olderThanMs: 30 * day, unless: { importance: 0.1 } }], []],
  ["even what is used", [{ olderThanMs: 30 * day, kinds: ["solution"], unless: { used: false } }], ["tried"]],
  [
    "even evidence",
    [{ olderThanMs: 30 * day, kinds: ["experience"], scope: "acme", unless: { evidence: false } }],
    ["faded", "inner", "named", "plain", "source"],
  ],
  ["all but the newest", [{ keepNewest: 9, unless: { evidence: false } }], ["faded"]],
  ["what is old and not among the newest", [{ keepNewest: 1, olderThanMs: 200 * day }], []],
  [
    "by any of several rules",
    [
      { olderThanMs: 30 * day, scope: "acme/inner" },
      { olderThanMs: 30 * day, kinds: ["learning"] },
    ],
    ["inner", "learnt"],
  ],
  ["nothing without rules", [], []],
])("lets go %s", async (_, rules, gone) => {
  const store = await filled();
  const dry = await retain(store, "acme", { rules, clock, dryRun: true });
  expect(await left(store)).toEqual(all);
  const done = await retain(store, "acme", { rules, clock });
  expect(done).toEqual(dry);
  expect(done.ids.toSorted()).toEqual(gone);
  expect(await left(store)).toEqual(without(...gone));
});

test("evidence stays for as long as there is what it bears out", async () => {
  const store = await filled();
  const rules = [{ olderThanMs: 30 * day }];
  await retain(store, "acme", { rules, clock });
  expect((await retain(store, "acme", { rules, clock })).ids.toSorted()).toEqual(["named", "source"]);
  expect((await retain(store, "acme", { rules, clock })).ids).toEqual([]);
});

test("each commit notes how many went; stopped half way it goes on", async () => {
  const writes = Array.from({ length: 450 }, (_, i) => put(`e${String(i).padStart(3, "0")}`, `e${i}`, old));
  const store = await storeWith(...writes);
  const stop = new AbortController();
  const rules = [{ olderThanMs: day }];
  const stopped = retain(store, "acme", {
    rules,
    clock,
    signal: stop.signal,
    progress: ({ step }) => void (step === "erasing" && stop.abort()),
  });
  await expect(stopped).rejects.toMatchObject({ code: "aborted" });
  expect((await left(store)).length).toBe(250);
  const rest = await retain(store, "acme", { rules, clock });
  expect(rest.gone).toEqual({ experience: 250 });
  expect((await store.read(retentionStream)).map(({ entry }) => entry)).toEqual([
    { at: now, scope: "acme", gone: { experience: 200 } },
    { at: now, scope: "acme", gone: { experience: 200 } },
    { at: now, scope: "acme", gone: { experience: 50 } },
  ]);
});

test("a verdict stays, for it still counts", async () => {
  const store = await storeWith(put("a", "a", { kind: "learning" }));
  const { id } = await feedback(
    store,
    "acme",
    { on: { record: "a" }, verdict: "good", by: "ci", trust: "test" },
    { clock },
  );
  const rules = [{ keepNewest: 0, unless: { used: false, importance: 2, evidence: false } }];
  expect((await retain(store, "acme", { rules, clock })).ids).toEqual(["a"]);
  expect((await store.records([id])).length).toBe(1);
});

test.each<[string, RetentionRule]>([
  ["without a limit", { kinds: ["experience"] }],
  ["with an age below nothing", { olderThanMs: -1 }],
  ["with half a record", { keepNewest: 0.5 }],
  ["for a kind that there is not", { olderThanMs: 1, kinds: ["idea" as "insight"] }],
  ["for another scope", { olderThanMs: 1, scope: "beta" }],
  ["for no scope", { olderThanMs: 1, scope: "" }],
  ["with an importance that is no number", { olderThanMs: 1, unless: { importance: Number.NaN } }],
])("a rule %s is refused, and nothing goes", async (_, rule) => {
  const store = await filled();
  const rules = [{ olderThanMs: 0 }, rule];
  await expect(retain(store, "acme", { rules, clock })).rejects.toMatchObject({ code: "invalid_input" });
  expect(await left(store)).toEqual(all);
});
