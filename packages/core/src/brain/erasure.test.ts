import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  createBrain,
  END,
  graph,
  isErased,
  START,
  verifyChain,
  type Brain,
  type Entry,
  type NodeContext,
  type RunResult,
  type Store,
} from "../index.ts";
import { memoryStore } from "../testing/index.ts";

const marker = "XYZZY-4711";
const about = `Ann said that her number is ${marker}.`;
const state = z.object({
  topic: z.string().default(""),
  found: z.array(z.json()).default([]),
  said: z.string().default(""),
});

/** Learns something about a person from what was put in. */
const learn = graph({ name: "learn", state })
  .node("hear", async ({ topic }, ctx) => {
    const heard = await ctx.effect({ name: "hear", class: "idempotent", input: topic, run: () => `heard ${topic}` });
    return { said: heard };
  })
  .node("note", async ({ said }, ctx) => {
    await ctx.effect({ name: "write", class: "idempotent", run: () => `written: ${said}` });
    ctx.remember({ kind: "experience", text: about, subjects: ["ann"] });
    return {};
  })
  .edge(START, "hear")
  .edge("hear", "note")
  .edge("note", END)
  .build();

/** Recalls, hands on what was found, and waits when it is told to. */
const ask = graph({ name: "ask", state })
  .node("look", async ({ topic }, ctx) => ({ found: (await ctx.recall(topic)).map(({ record }) => record.text) }))
  .node("say", async ({ found, topic }, ctx) => {
    const said = await ctx.effect({
      name: "say",
      class: "idempotent",
      run: () => `In short: ${found.length} of ${topic}`,
    });
    const answer = topic.includes("wait") ? await ctx.ask({ text: "Go on?", data: { found } }) : "";
    return { said: `${said} ${String(answer)}` };
  })
  .edge(START, "look")
  .edge("look", "say")
  .edge("say", END)
  .build();

/** Recalls, and keeps only how much there was. */
const count = graph({ name: "count", state })
  .node("look", async ({ topic }, ctx) => ({ said: String((await ctx.recall(topic)).length) }))
  .node("say", async ({ said }, ctx) => ({ said: `${said} ${String(await ctx.ask({ text: "Go on?" }))}` }))
  .edge(START, "look")
  .edge("look", "say")
  .edge("say", END)
  .build();

/** Big values, a snapshot, and a question at the end. */
const long = graph({ name: "long", state: state.extend({ n: z.number().default(0) }), maxSteps: 100 })
  .node("step", async ({ n }, ctx) => ({
    n: await ctx.effect({ name: "plus", class: "idempotent", input: "x".repeat(900), run: () => n + 1 }),
    said: `${marker} ${"long ".repeat(3000)}`,
  }))
  .node("stop", async (_, ctx: NodeContext) => ({ said: String(await ctx.ask({ text: `Is it ${marker}?` })) }))
  .edge(START, "step")
  .branch("step", ({ n }) => (n < 60 ? "step" : "stop"), ["step", "stop"])
  .edge("stop", END)
  .build();

const graphs = [learn, ask, count, long];
const questionOf = (result: RunResult): string => (result.status === "waiting" ? (result.questions[0]?.id ?? "") : "");

/** Everything that a store holds, as text; but what a header must say. */
async function everything(store: Store, scopes: readonly string[]): Promise<string> {
  const all: unknown[] = [await store.documents(""), await store.due(Number.MAX_SAFE_INTEGER)];
  for (const stream of await store.streams("")) all.push(stream, await store.read(stream));
  for (const scope of scopes) all.push(await store.find({ scope }, { limit: 1000 }));
  return JSON.stringify(all);
}

async function withBrain(use: (brain: Brain) => Promise<void>): Promise<void> {
  const brain = await createBrain({ store: memoryStore(), graphs });
  await use(brain);
  await brain.close();
}

const bodies = async (brain: Brain, run: string): Promise<string> => JSON.stringify(await brain.journal(run));

describe("erasing", () => {
  test("a record takes what made it and what quotes it, and nothing else", () =>
    withBrain(async (brain) => {
      const kept = await brain.remember({ kind: "learning", text: "Numbers are asked for at the desk." });
      await brain.run(learn, { topic: "her number" }, { id: "made" });
      await brain.run(ask, { topic: "number" }, { id: "asked" });
      await brain.run(ask, { topic: "desk" }, { id: "beside" });
      await brain.run(ask, { topic: `unlabelled: ${about}` }, { id: "other", scope: "elsewhere" });
      const beside = await bodies(brain, "beside");
      const id = (await brain.recall(marker))[0]?.record.id ?? "";
      const report = await brain.erase({ ids: [id] });
      expect(report).toMatchObject({ records: 1 });
      expect(report.mentions).toContainEqual({ stream: "journal/other", position: 0 });
      expect(report.mentions.every((mention) => "stream" in mention && mention.stream === "journal/other")).toBe(true);
      expect(await bodies(brain, "other")).toContain(marker);
      expect(report.runs.toSorted()).toEqual(["asked", "made"]);
      expect(await brain.store.records([id, kept])).toHaveLength(1);
      for (const run of ["made", "asked"]) {
        const entries = await brain.journal(run);
        verifyChain(entries);
        expect(JSON.stringify(entries)).not.toContain(marker);
        expect(entries.some(isErased)).toBe(true);
      }
      const followed: Entry[] = [];
      for await (const entry of brain.follow("made")) followed.push(entry);
      expect(followed.map(isErased)).toEqual((await brain.journal("made")).map(isErased));
      // The node that made it is erased whole; the one before it is not.
      expect((await brain.ledger("made")).map(({ name, erased }) => [name, erased])).toEqual([
        ["hear", undefined],
        ["write", true],
      ]);
      expect((await brain.journal("asked")).filter(isErased).map(({ type }) => type)).toEqual([
        "effect-completed",
        "node-completed",
        "run-completed",
      ]);
      expect(await bodies(brain, "beside")).toBe(beside);
      expect(await brain.erase({ ids: [id] })).toMatchObject({ records: 0, entries: 0, runs: [] });
    }));

  test("a person takes records derived from theirs, and all values of runs that worked with one", () =>
    withBrain(async (brain) => {
      await brain.run(learn, { topic: `call ${marker}` }, { id: "made" });
      const first = (await brain.recall(marker))[0]?.record.id ?? "";
      const derived = await brain.remember({
        kind: "insight",
        text: "Somebody gives numbers away.",
        links: [{ to: first, type: "derived-from" }],
      });
      await brain.run(ask, { topic: "numbers away" }, { id: "asked", scope: "main" });
      await brain.run(ask, { topic: "Is Ann there? Anniversary!" }, { id: "other", scope: "elsewhere" });
      await brain.run(ask, { topic: "Anniversary" }, { id: "none", scope: "elsewhere" });
      const unlabelled = await brain.remember({ kind: "learning", text: "ann likes tea" });
      const report = await brain.erase({ subject: "ann" });
      expect(report).toMatchObject({ records: 2, runs: ["asked", "made"] });
      expect(report.mentions).toContainEqual({ record: unlabelled });
      expect(report.mentions).toContainEqual({ stream: "journal/other", position: 0 });
      expect(JSON.stringify(report.mentions)).not.toContain("journal/none");
      expect(await brain.store.records([first, derived])).toEqual([]);
      for (const run of ["made", "asked"]) {
        expect((await brain.journal(run)).every((entry) => !("body" in entry))).toBe(true);
        await expect(brain.replay({ run })).rejects.toMatchObject({ code: "erased", details: { position: 0 } });
      }
      expect(await everything(brain.store, ["main", "elsewhere"])).not.toContain(marker);
    }));

  test("a scope takes all of its runs with snapshots, blobs and inboxes, and leaves its neighbours alone", () =>
    withBrain(async (brain) => {
      const scopes = ["acme", "acme/shop", "acmecorp", "other"];
      for (const scope of scopes) {
        const waiting = await brain.run(long, { topic: marker }, { id: `long-${scope}`, scope });
        await brain.answer(`long-${scope}`, questionOf(waiting), `answer ${marker}`);
        await brain.remember({ kind: "learning", text: `In ${scope}: ${marker}` }, { scope });
      }
      await brain.fork("long-acme", { id: "fork" });
      const before = await Promise.all(["acmecorp", "other"].map((scope) => bodies(brain, `long-${scope}`)));
      const steps: number[] = [];
      const report = await brain.erase({ scope: "acme", onProgress: ({ runs }) => steps.push(runs) });
      expect(report).toMatchObject({ records: 2 });
      expect(report.runs.toSorted()).toEqual(["fork", "long-acme", "long-acme/shop"]);
      expect(steps.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
      expect(await Promise.all(["acmecorp", "other"].map((scope) => bodies(brain, `long-${scope}`)))).toEqual(before);
      for (const run of report.runs) {
        const entries = await brain.journal(run);
        verifyChain(entries);
        expect(JSON.stringify(entries)).not.toContain(marker);
        expect(await brain.resume(run)).toMatchObject({ status: "failed", error: { code: "erased" } });
        expect(await brain.store.document(`snapshot/${run}`)).toBeUndefined();
        expect(await brain.store.documents(`answer/${run}/`)).toEqual([]);
        expect(await brain.store.read(`inbox/${run}`)).toEqual([]);
      }
      for (const scope of ["acmecorp", "other"])
        expect(await brain.resume(`long-${scope}`)).toMatchObject({ state: { said: `answer ${marker}` } });
      expect(await brain.erase({ scope: "acme" })).toMatchObject({ records: 0, entries: 0, runs: [] });
      expect(await brain.store.find({ scope: "acmecorp" })).toHaveLength(1);
    }));

  test("a run takes its records and their quotes; an unknown one is said, and so is nothing at all", () =>
    withBrain(async (brain) => {
      await brain.run(learn, { topic: marker }, { id: "made" });
      await brain.run(ask, { topic: "number" }, { id: "asked" });
      expect(await brain.erase({ run: "made" })).toMatchObject({ records: 1, runs: ["asked", "made"], mentions: [] });
      expect(await everything(brain.store, ["main"])).not.toContain(marker);
      await expect(brain.erase({ run: "never" })).rejects.toMatchObject({ code: "not_found" });
      await expect(brain.erase({})).rejects.toMatchObject({ code: "invalid_input" });
    }));

  test("stops a run that waits when it needs what is gone, and lets it go on when it does not", () =>
    withBrain(async (brain) => {
      await brain.run(learn, { topic: "x" }, { id: "made" });
      const id = (await brain.recall(marker))[0]?.record.id ?? "";
      const needs = await brain.run(ask, { topic: "number wait" }, { id: "needs" });
      await brain.answer("needs", questionOf(needs), "yes");
      const without = await brain.run(count, { topic: "number wait" }, { id: "without" });
      await brain.answer("without", questionOf(without), "yes");
      await brain.erase({ ids: [id] });
      // It needs the update of the node that is done; a replay needs what that node was given.
      const resumed = await brain.resume("needs");
      expect(resumed).toMatchObject({ status: "failed", error: { code: "erased", details: { position: 2 } } });
      expect(await brain.resume("needs")).toMatchObject({ status: "failed", error: { code: "erased" } });
      await expect(brain.replay({ run: "needs" })).rejects.toMatchObject({ code: "erased", details: { position: 1 } });
      expect(await brain.resume("without")).toMatchObject({ status: "completed", state: { said: "1 yes" } });
      await expect(brain.replay({ run: "without" })).rejects.toMatchObject({
        code: "erased",
        details: { position: 1 },
      });
    }));

  test("of a question leaves it unanswerable, and it is not asked anew", () =>
    withBrain(async (brain) => {
      const id = await brain.remember({ kind: "learning", text: about });
      const asks = graph({ name: "asks", state })
        .node("ask", async (_, ctx) => ({ said: String(await ctx.ask({ text: `Is ${id} right?` })) }))
        .edge(START, "ask")
        .edge("ask", END)
        .build();
      await brain.run(asks, {}, { id: "r" });
      expect(await brain.erase({ ids: [id] })).toMatchObject({ entries: 1, runs: ["r"] });
      expect(await brain.resume("r", asks)).toMatchObject({
        status: "failed",
        error: { code: "erased", details: { position: 1 } },
      });
      expect((await brain.journal("r")).filter(({ type }) => type === "waiting")).toHaveLength(1);
    }));

  test("of an answer that was not taken up lets it be given again", () =>
    withBrain(async (brain) => {
      const id = await brain.remember({ kind: "learning", text: about });
      const waiting = await brain.run(ask, { topic: "wait" }, { id: "r", scope: "elsewhere" });
      await brain.answer("r", questionOf(waiting), `as ${id} says`);
      await brain.erase({ ids: [id] });
      expect(JSON.stringify(await brain.store.read("inbox/r"))).not.toContain(id);
      expect(await brain.resume("r")).toMatchObject({ status: "waiting" });
      await brain.answer("r", questionOf(waiting), "something else");
      expect(await brain.resume("r")).toMatchObject({ state: { said: "In short: 0 of wait something else" } });
    }));

  test("stops a run that is under way, in this process too", () =>
    withBrain(async (brain) => {
      const there = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<string>();
      const slow = graph({ name: "slow", state })
        .node("hear", async ({ topic }) => ({ said: topic }))
        .node("hang", async (_, ctx) => {
          there.resolve();
          return { said: await ctx.effect({ name: "hang", class: "idempotent", run: () => gate.promise }) };
        })
        .edge(START, "hear")
        .edge("hear", "hang")
        .edge("hang", END)
        .build();
      const running = brain.run(slow, { topic: marker }, { id: "slow", scope: "acme" });
      await there.promise;
      while ((await brain.store.position("journal/slow")) < 2) await new Promise((resolve) => setTimeout(resolve, 5));
      await brain.erase({ scope: "acme" });
      gate.resolve(marker);
      expect(await running).toMatchObject({ status: "failed", error: { code: "erased" } });
      expect(await everything(brain.store, ["acme"])).not.toContain(marker);
    }));

  test("that is interrupted goes on when it is repeated", () =>
    withBrain(async (brain) => {
      for (const id of ["a", "b", "c"]) await brain.run(learn, { topic: marker }, { id });
      const stop = new AbortController();
      const erasing = brain.erase({ subject: "ann", signal: stop.signal, onProgress: () => stop.abort() });
      await expect(erasing).rejects.toMatchObject({ code: "aborted" });
      expect(await bodies(brain, "a")).not.toContain(marker);
      expect(await bodies(brain, "b")).toContain(marker);
      expect(await brain.recall(marker)).toHaveLength(3);
      expect(await brain.erase({ subject: "ann" })).toMatchObject({ records: 3, runs: ["b", "c"], mentions: [] });
      expect(await everything(brain.store, ["main"])).not.toContain(marker);
    }));

  test("leaves a fork and an export as provable as the journal, and a true divergence before it is told", () =>
    withBrain(async (brain) => {
      await brain.run(learn, { topic: "x" }, { id: "made" });
      await brain.run(ask, { topic: "number" }, { id: "asked" });
      const id = (await brain.recall(marker))[0]?.record.id ?? "";
      await brain.erase({ ids: [id] });
      const fork = await brain.fork("asked", { id: "f" });
      verifyChain(await brain.journal(fork));
      expect((await brain.journal(fork)).filter(isErased)).toHaveLength(2);
      expect(await brain.resume(fork)).toMatchObject({ status: "failed", error: { code: "erased" } });
      const journal = await brain.export("made");
      await expect(brain.replay({ journal })).rejects.toMatchObject({ code: "erased" });
      const changed = graph({ name: "learn", state })
        .node("hear", async ({ topic }, ctx) => {
          await ctx.effect({ name: "hear", class: "idempotent", input: topic, run: () => "" });
          return { said: "something else" };
        })
        .node("note", () => ({}))
        .edge(START, "hear")
        .edge("hear", "note")
        .edge("note", END)
        .build();
      expect(await brain.replay({ journal }, changed)).toMatchObject({ equal: false, divergence: { node: "hear" } });
    }));
});
