import { expect, test } from "vitest";
import { z } from "zod";
import { createBrain, END, graph, START, type Recalled } from "../index.ts";
import { share, shares, shareStream, unshare } from "../memory/index.ts";
import { memoryStore } from "../testing/index.ts";

let answer: Recalled;
const look = graph({ name: "look", state: z.object({}) })
  .node("look", async (_, ctx) => {
    answer = await ctx.recall("restart");
    return {};
  })
  .edge(START, "look")
  .edge("look", END)
  .build();

const why = { by: "Ann", reason: "the same servers" };

test("another scope is read only where it was opened, for the kinds that were named, until it is taken back", async () => {
  const brain = await createBrain({ store: memoryStore(), scope: "acme/bank" });
  const seen = async (scope?: string): Promise<string[]> =>
    (await brain.recall("restart", scope === undefined ? {} : { scope })).map(({ record }) => record.text).toSorted();
  await brain.remember({ kind: "solution", text: "restart the shop's queue" }, { scope: "acme/shop/eu" });
  await brain.remember({ kind: "experience", text: "restart made Bob sad" }, { scope: "acme/shop" });
  await brain.remember({ kind: "learning", text: "restart at night" });
  expect(await seen()).toEqual(["restart at night"]);

  const given = await share(brain.store, { from: "acme/shop", to: "acme/bank", kinds: ["solution"], ...why });
  expect(await seen()).toEqual(["restart at night", "restart the shop's queue"]);
  expect(await seen("acme/bank/teller")).toEqual(["restart the shop's queue"]);
  expect(await seen("acme/banker")).toEqual([]);
  expect(await seen("acme/shop")).not.toContain("restart at night");
  const [own, other] = (await brain.recall("restart")).toSorted((a, b) => (a.record.text < b.record.text ? -1 : 1));
  expect(own?.shared).toBeUndefined();
  expect(other).toMatchObject({ record: { scope: "acme/shop/eu" }, shared: why });
  expect(other?.why).toContain("shared from acme/shop/eu");
  expect(await brain.recall({ text: "restart", kinds: ["experience"] })).toEqual([]);
  expect((await brain.recall({ text: "" })).map(({ record }) => record.text).toSorted()).toEqual(await seen());

  await brain.run(look, {});
  expect(answer.find(({ shared }) => shared !== undefined)?.record.scope).toBe("acme/shop/eu");

  expect(await shares(brain.store, { to: "acme/bank/teller" })).toEqual([given]);
  expect(await shares(brain.store, { from: "acme" })).toEqual([given]);
  expect(await shares(brain.store, { from: "acme/bank" })).toEqual([]);
  await unshare(brain.store, given.id, { by: "Bob", reason: "no longer" });
  expect(await seen()).toEqual(["restart at night"]);
  await expect(unshare(brain.store, given.id, why)).rejects.toMatchObject({ code: "not_found" });
  expect((await brain.store.read(shareStream)).map(({ entry }) => entry)).toMatchObject([
    { type: "shared", id: given.id, from: "acme/shop", to: "acme/bank", ...why },
    { type: "unshared", id: given.id, by: "Bob" },
  ]);
});

test("a contradiction in a scope that is not opened is not told; in one that is, it is", async () => {
  const brain = await createBrain({ store: memoryStore(), scope: "bank" });
  const away = await brain.remember({ kind: "learning", text: "the vault is open" }, { scope: "shop" });
  await brain.remember({ kind: "learning", text: "the vault is shut", links: [{ to: away, type: "contradicts" }] });
  expect((await brain.recall("vault"))[0]?.contradictedBy).toBeUndefined();
  await share(brain.store, { from: "shop", to: "bank", ...why });
  const hits = await brain.recall("vault");
  expect(hits).toHaveLength(2);
  for (const hit of hits) expect(hit.contradictedBy).toHaveLength(1);
});

test.each([
  { from: "", to: "b" },
  { from: "a", to: "" },
  { from: "a//b", to: "b" },
  { from: "a", to: "a" },
  { from: "a/b", to: "a" },
  { from: "a", to: "b", kinds: [] },
  { from: "a", to: "b", kinds: ["rumour"] },
  { from: "a", to: "b", by: " " },
  { from: "a", to: "b", reason: "" },
])("%j cannot be shared", async (given) => {
  const store = await memoryStore().open();
  await expect(share(store, { ...why, ...given } as Parameters<typeof share>[1])).rejects.toMatchObject({
    code: "invalid_input",
  });
  expect(await store.documents("")).toEqual([]);
});

test("a scope is needed everywhere", async () => {
  const brain = await createBrain({ store: memoryStore() });
  const bad = { code: "invalid_input" };
  await expect(brain.recall("x", { scope: "" })).rejects.toMatchObject(bad);
  await expect(brain.recall("", { scope: "a//b" })).rejects.toMatchObject(bad);
  await expect(brain.remember({ kind: "learning", text: "x" }, { scope: "" })).rejects.toMatchObject(bad);
  await expect(brain.store.find({ scope: "" })).rejects.toMatchObject(bad);
  await expect(shares(brain.store, { to: "" })).rejects.toMatchObject(bad);
});
