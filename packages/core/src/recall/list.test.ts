import { expect, test } from "vitest";
import type { RecallQuery } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import { clock, now, put, storeWith } from "../memory/fixture.ts";
import { tokensOf } from "./budget.ts";
import { recall } from "./index.ts";

async function ids(store: Store, query: RecallQuery): Promise<string[]> {
  return (await recall(store, "acme", query, { clock })).map(({ record }) => record.id);
}

test("nearly equal texts do not fill the list", async () => {
  const store = await storeWith(
    ...Array.from({ length: 120 }, (_, i) =>
      put(`same${i}`, "the deploy of the shop failed with a timeout again and again"),
    ),
    put("other", "another deploy of the bank failed as well, because its disk was full"),
    put("third", "deploy notes: a failed migration can be rolled back"),
  );
  const hits = await recall(store, "acme", { text: "deploy failed shop timeout", limit: 6 }, { clock });
  expect(hits.map(({ record }) => record.id)).toEqual(expect.arrayContaining(["same0", "other", "third"]));
  expect(hits[1]?.why).toContain("nearly the same as same0");
  expect(await ids(store, { text: "deploy failed", limit: 122 })).toHaveLength(122);
});

test("hits are cut to a budget of tokens, and the rest is said", async () => {
  const long = "deploy ".repeat(100).trim();
  const store = await storeWith(put("a", `alpha ${long}`), put("b", `beta ${long}`), put("c", "deploy"));
  const sized = async (maxTokens: number): Promise<unknown[]> => {
    const hits = await recall(store, "acme", { text: "deploy alpha beta", maxTokens }, { clock });
    expect(hits.reduce((sum, { record }) => sum + tokensOf(record.text), 0)).toBeLessThanOrEqual(maxTokens);
    return [hits.map(({ record, cut }) => (cut ? `${record.id} cut` : record.id)).join(" "), hits.notes.length];
  };
  expect(await sized(10_000)).toEqual(["a b c", 0]);
  expect(await sized(250)).toEqual(["a b cut", 1]);
  expect(await sized(10)).toEqual(["a cut", 1]);
  const [cut] = await recall(store, "acme", { text: "alpha", maxTokens: 20 }, { clock });
  expect(`alpha ${long}`.startsWith(cut?.record.text ?? "x")).toBe(true);
  expect(cut?.why).toContain("cut to 20 tokens");
});

test("tokens are counted by letters, and no letter is cut in two", async () => {
  expect(["", "abcd", "abcde", "東京", "😀a"].map(tokensOf)).toEqual([0, 1, 2, 2, 2]);
  const store = await storeWith(put("a", `needle ${"😀".repeat(50)}`));
  const [hit] = await recall(store, "acme", { text: "needle", maxTokens: 20 }, { clock });
  expect(hit?.record.text.isWellFormed()).toBe(true);
  expect(hit?.record.text.length).toBeGreaterThan(20);
});

test("with context, a hit brings what stands around it, in order, and of its own thread and scope alone", async () => {
  const store = await storeWith(
    ...[1, 2, 3, 4, 5].map((n) => put(`t${n}`, n === 3 ? "needle" : `turn ${n}`, { thread: "talk", sequence: n })),
    put("far", "turn", { thread: "talk", sequence: 3, scope: "acme2" }),
    put("alone", "needle alone"),
  );
  const hits = await recall(store, "acme", { text: "needle", kinds: ["experience"], context: 1, limit: 2 }, { clock });
  const around = hits.map(({ record, context }) => [record.id, context?.map(({ id }) => id)]);
  expect(around).toContainEqual(["t3", ["t2", "t4"]]);
  const wide = await recall(store, "acme", { text: "needle", context: 5 }, { clock });
  expect(wide.find(({ record }) => record.id === "t3")?.context?.map(({ id }) => id)).toEqual(["t1", "t2", "t4", "t5"]);
  expect(wide.find(({ record }) => record.id === "alone")?.context).toBeUndefined();
  const [early] = await recall(
    store,
    "acme",
    { text: "needle", context: 5, thread: "talk" },
    { clock, accept: ({ id }) => id !== "t4" },
  );
  expect(early?.context?.map(({ id }) => id)).not.toContain("t4");
});

test("context is left out before the hit is, where it does not fit the budget", async () => {
  const store = await storeWith(
    put("a", "needle", { thread: "t", sequence: 1 }),
    put("b", "straw ".repeat(100), { thread: "t", sequence: 2 }),
  );
  const [hit] = await recall(store, "acme", { text: "needle", context: 1, maxTokens: 30, limit: 1 }, { clock });
  expect(hit?.record.text).toBe("needle");
  expect(hit?.context).toBeUndefined();
  expect(hit?.why).toContain("without its context");
});

test("solutions that worked, and decisions that went well", async () => {
  const store = await storeWith(
    put("worked", "restart it", { kind: "solution" }),
    put("failed", "restart it twice", { kind: "solution" }),
    put("even", "restart it now", { kind: "solution" }),
    put("said", "restart it slowly", { kind: "solution", data: { lastOutcome: "worked" } }),
    put("new", "restart it never", { kind: "solution" }),
    put("well", "we restart it", { kind: "decision", data: { wentWell: true } }),
    put("ill", "we restart it all", { kind: "decision", data: { wentWell: false } }),
    put("seen", "restart error", { kind: "error" }),
    ...[
      ["worked", 3, 2],
      ["failed", 3, 1],
      ["even", 2, 1],
      ["seen", 9, 0],
    ].flatMap(([id, tries, successes]) => [
      { type: "count", id: String(id), counter: "tries", by: Number(tries) } as const,
      { type: "count", id: String(id), counter: "successes", by: Number(successes) } as const,
    ]),
  );
  for (const text of ["restart", ""]) {
    expect((await ids(store, { text, outcome: "good" })).toSorted()).toEqual(["said", "well", "worked"]);
    expect((await ids(store, { text, outcome: "bad" })).toSorted()).toEqual(["failed", "ill"]);
    expect(await ids(store, { text, outcome: "good", kinds: ["decision"] })).toEqual(["well"]);
  }
});

test("what a filter of recall leaves is looked for further down, however much it drops", async () => {
  const store = await storeWith(
    ...Array.from({ length: 300 }, (_, i) =>
      put(`bad${i}`, "deploy deploy", { kind: "decision", data: { wentWell: false } }),
    ),
    put("good", "a deploy among very many other words", { kind: "decision", data: { wentWell: true } }),
    ...Array.from({ length: 300 }, (_, i) => put(`pear${i}`, "pear")),
  );
  expect(await ids(store, { text: "deploy pear", outcome: "good" })).toEqual(["good"]);
  expect(await ids(store, { text: "", outcome: "good" })).toEqual(["good"]);
});

test("what is linked to a record is preferred, or nothing else is searched", async () => {
  const store = await storeWith(
    put("error", "the queue is full", { kind: "error" }),
    put("solution", "purge and go on", { kind: "solution" }),
    put("behind", "go on with care"),
    put("other", "purge of the old queue"),
    put("away", "purge", { scope: "beta" }),
    { type: "link", link: { from: "error", to: "solution", type: "solved-by" } },
    { type: "link", link: { from: "behind", to: "solution", type: "derived-from" } },
    { type: "link", link: { from: "error", to: "away", type: "about" } },
  );
  expect((await ids(store, { text: "purge queue" }))[0]).toBe("other");
  const hits = await recall(store, "acme", { text: "purge queue", linked: { to: "error" } }, { clock });
  expect(hits[0]?.record.id).toBe("solution");
  expect(hits[0]?.why).toContain("linked to error (solved-by)");
  expect(await ids(store, { text: "purge", linked: { to: "error", only: true } })).toEqual(["solution"]);
  expect(await ids(store, { text: "", linked: { to: "error", only: true } })).toEqual(["solution"]);
  expect(await ids(store, { text: "", linked: { to: "error", only: true, types: ["about"] } })).toEqual([]);
  const deep = await ids(store, { text: "nothing of it", linked: { to: "error", depth: 2, only: true } });
  expect(deep).toEqual(["solution", "behind"]);
  expect(await ids(store, { text: "purge", linked: { to: "away", only: true } })).toEqual([]);
  for (const to of ["away", "nobody"]) {
    const preferring = await recall(store, "acme", { text: "purge", linked: { to } }, { clock });
    expect(preferring.map(({ record }) => record.id)).toEqual(await ids(store, { text: "purge" }));
    expect(preferring.notes).toEqual([`There is no record ${to} where was searched, so nothing is linked to it.`]);
    expect(await ids(store, { text: "purge", linked: { to, only: true } })).toEqual([]);
  }
  expect(hits.notes).toEqual([]);
});

test.each([
  [{ text: 7 }, "text"],
  [{ limit: -1 }, "limit"],
  [{ limit: 1.5 }, "limit"],
  [{ limit: Number.NaN }, "limit"],
  [{ asOf: Number.NaN }, "asOf"],
  [{ validAt: "today" }, "validAt"],
  [{ maxTokens: 0 }, "maxTokens"],
  [{ context: -1 }, "context"],
  [{ superseded: "hide" }, "superseded"],
  [{ outcome: "fine" }, "outcome"],
  [{ kinds: ["rumour"] }, "kind"],
  [{ linked: { to: "" } }, "linked.to"],
  [{ linked: { to: "a", depth: 0 } }, "linked.depth"],
  [{ linked: { to: "a", types: ["likes"] } }, "linked.types"],
])("%j is refused, naming the field", async (bad, field) => {
  const store = await storeWith();
  const query = { text: "x", ...bad } as unknown as RecallQuery;
  await expect(recall(store, "acme", query)).rejects.toMatchObject({ code: "invalid_input" });
  await expect(recall(store, "acme", query)).rejects.toThrow(field);
});

test("a query of 100 kB, index syntax and broken letters are text", async () => {
  const store = await storeWith(put("a", "needle NEAR(x) AND * \" ' ; --"), put("b", "other"));
  const long = await recall(store, "acme", { text: `needle ${"hay ".repeat(25_000)}` }, { clock });
  expect(long.map(({ record }) => record.id)).toEqual(["a"]);
  expect(long.notes).toEqual(["Only the first 20000 characters of the query were searched."]);
  for (const text of ['needle" OR "other', "needle AND NOT other*", "needle; drop table records --", "col:needle ^2"])
    expect((await ids(store, { text }))[0]).toBe("a");
  expect(await ids(store, { text: "\ud800needle\udc00" })).toEqual(["a"]);
  expect(await ids(store, { text: "\ud800" })).toEqual([]);
  expect(await ids(store, { text: "\u0000needle\u0007" })).toEqual(["a"]);
  expect(now).toBeGreaterThan(0);
});
