import { beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { createBrain, END, graph, START, type Brain, type Link, type Recalled, type RecallQuery } from "../index.ts";
import { memoryStore, virtualClock, type VirtualClock } from "../testing/index.ts";

const text = "Where does Ann live?";
let clock: VirtualClock;
let brain: Brain;
let asked: { query: RecallQuery; links: readonly Link[] };
let answer: Recalled;

/** Recalls from within a run, and draws links there. */
const inside = graph({ name: "inside", state: z.object({}) })
  .node("look", async (_, ctx) => {
    answer = await ctx.recall(asked.query);
    for (const link of asked.links) ctx.link(link);
    return {};
  })
  .edge(START, "look")
  .edge("look", END)
  .build();

async function drawAt(at: number, ...links: Link[]): Promise<void> {
  await clock.advance(at - clock.now());
  asked = { query: { text: "nothing" }, links };
  await brain.run(inside, {});
}

async function remember(
  at: number,
  words: string,
  given: Partial<Parameters<Brain["remember"]>[0]> = {},
): Promise<string> {
  await clock.advance(at - clock.now());
  return brain.remember({ kind: "learning", text: words, ...given });
}

/** What is found from outside, after it was made sure that it is found from within a run alike. */
async function found(query: Partial<RecallQuery>): Promise<Recalled> {
  const full = { text, ...query };
  const hits = await brain.recall(full);
  asked = { query: full, links: [] };
  await brain.run(inside, {});
  expect(answer.map(({ record, supersededBy }) => [record.id, supersededBy])).toEqual(
    hits.map(({ record, supersededBy }) => [record.id, supersededBy]),
  );
  return hits;
}

async function texts(query: Partial<RecallQuery>): Promise<string[]> {
  return (await found(query)).map(({ record }) => record.text);
}

beforeEach(async () => {
  clock = virtualClock(1000);
  brain = await createBrain({ store: memoryStore(), clock, graphs: [inside] });
});

test("what was true at a time is found by it, whenever it was recorded", async () => {
  await remember(5000, "Ann lived in Rome", { validFrom: 100, validTo: 200 });
  await remember(6000, "Ann lives in Oslo", { validFrom: 200 });
  await remember(7000, "Ann lives somewhere");
  expect(await texts({ validAt: 150 })).toEqual(expect.arrayContaining(["Ann lived in Rome", "Ann lives somewhere"]));
  expect(await texts({ validAt: 150 })).toHaveLength(2);
  expect(await texts({ validAt: 200 })).not.toContain("Ann lived in Rome");
  expect(await texts({ validAt: 99 })).toEqual(["Ann lives somewhere"]);
});

test("as of a time, what was recorded later is not known, nor what was superseded later", async () => {
  const rome = await remember(2000, "Ann lives in Rome");
  const oslo = await remember(3000, "Ann lives in Oslo", { links: [{ to: rome, type: "supersedes" }] });
  expect(await texts({})).toEqual(["Ann lives in Oslo"]);
  expect(await texts({ asOf: 1999 })).toEqual([]);
  const [before] = await found({ asOf: 2999 });
  expect(before).toMatchObject({ record: { id: rome } });
  expect(before?.supersededBy).toBeUndefined();
  const after = await found({ asOf: 3000 });
  expect(after.map(({ record }) => record.id)).toEqual([oslo, rome]);
  expect(after[1]?.supersededBy).toEqual([oslo]);
});

test("a link counts from when it was drawn, not from when its ends were recorded", async () => {
  const rome = await remember(2000, "Ann lives in Rome");
  const oslo = await remember(2001, "Ann lives in Oslo");
  await drawAt(9000, { from: oslo, to: rome, type: "supersedes" });
  expect((await found({ asOf: 8000 })).every(({ supersededBy }) => supersededBy === undefined)).toBe(true);
  expect((await found({ asOf: 9000 })).find(({ record }) => record.id === rome)?.supersededBy).toEqual([oslo]);
});

test("as of a time, words that were said later in the same thread find nothing and tell nothing", async () => {
  const place = { thread: "talk", kind: "experience" } as const;
  await remember(2000, "Ann lives there: where is that?", { ...place, sequence: 1 });
  await remember(2500, "Skagen has a lighthouse");
  await remember(3000, "In the lighthouse at Skagen", { ...place, sequence: 2 });
  const [first] = await found({ text: "Ann Skagen lighthouse", asOf: 2600 });
  expect(first?.record.text).toBe("Skagen has a lighthouse");
  for (const { why } of await found({ text: "Ann Skagen", asOf: 2600 })) expect(why).not.toContain("after it");
  expect((await found({ text: "Ann Skagen" })).map(({ why }) => why).join()).toContain("after it");
});

test("what is superseded is kept: left out, or last and marked, as the query wants", async () => {
  const rome = await remember(2000, "Ann lives in Rome: where does Ann live");
  const oslo = await remember(3000, "Ann went to Oslo", { links: [{ to: rome, type: "supersedes" }] });
  const bonn = await remember(4000, "Ann is in Bonn", { links: [{ to: rome, type: "supersedes" }] });
  expect((await found({})).map(({ record }) => record.id)).not.toContain(rome);
  const all = await found({ superseded: "last" });
  expect(all.at(-1)).toMatchObject({ record: { id: rome }, supersededBy: [bonn, oslo] });
  expect(all.at(-1)?.why).toContain(`superseded by ${bonn}, ${oslo}`);
  expect((await found({ superseded: "last", validAt: 10, limit: 2 })).map(({ record }) => record.id)).not.toContain(
    rome,
  );
  expect((await brain.store.records([rome]))[0]?.record.text).toContain("Rome");
});

test("at a time when what supersedes was not true yet, the older one stood", async () => {
  const rome = await remember(2000, "Ann lives in Rome");
  await remember(3000, "Ann lives in Oslo", { validFrom: 500, links: [{ to: rome, type: "supersedes" }] });
  const [hit] = await found({ validAt: 400, superseded: "omit" });
  expect(hit?.record.id).toBe(rome);
  expect(await texts({ validAt: 500, superseded: "omit" })).toEqual(["Ann lives in Oslo"]);
});

test("a contradiction is shown on both sides, from within the scope and as far as it was known", async () => {
  const rome = await remember(2000, "Ann lives in Rome");
  const oslo = await remember(3000, "Ann lives in Oslo", {
    links: [{ to: rome, type: "contradicts", reason: "she said so" }],
  });
  for (const hit of await found({})) {
    const other = hit.record.id === rome ? oslo : rome;
    expect(hit.contradictedBy?.map(({ id }) => id)).toEqual([other]);
    expect(hit.why).toContain(`contradicted by ${other}`);
  }
  expect((await found({ asOf: 2500 }))[0]?.contradictedBy).toBeUndefined();
  const away = await brain.remember({ kind: "learning", text: "Ann lives on Mars" }, { scope: "elsewhere" });
  await drawAt(4000, { from: away, to: rome, type: "contradicts" }, { from: away, to: rome, type: "supersedes" });
  const [first] = (await found({})).filter(({ record }) => record.id === rome);
  expect(first?.contradictedBy?.map(({ id }) => id)).toEqual([oslo]);
});

test("superseding in a circle and links to nowhere are refused with a code, and nothing is written", async () => {
  const rome = await remember(2000, "Ann lives in Rome");
  const oslo = await remember(3000, "Ann lives in Oslo", { links: [{ to: rome, type: "supersedes" }] });
  const commit = (link: Link): Promise<unknown> =>
    brain.store.commit({ id: JSON.stringify(link), writes: [{ type: "link", link }] });
  await expect(commit({ from: rome, to: oslo, type: "supersedes" })).rejects.toMatchObject({ code: "invalid_input" });
  await expect(commit({ from: rome, to: rome, type: "supersedes" })).rejects.toMatchObject({ code: "invalid_input" });
  await expect(commit({ from: rome, to: "gone", type: "about" })).rejects.toMatchObject({ code: "not_found" });
  await expect(remember(4000, "x", { links: [{ to: "gone", type: "about" }] })).rejects.toMatchObject({
    code: "not_found",
  });
  for (const to of [oslo, rome]) {
    asked = { query: { text: "nothing" }, links: [{ from: rome, to, type: "supersedes" }] };
    expect(await brain.run(inside, {})).toMatchObject({ status: "failed", error: { code: "invalid_input" } });
  }
  expect(await brain.store.links(rome)).toEqual([]);
  expect(await brain.store.find({ scope: "main" })).toHaveLength(2);
});
