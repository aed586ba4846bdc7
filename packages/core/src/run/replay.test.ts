import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { END, exportJournal, graph, importJournal, START, stateOf, type Entry, type GraphInfo } from "../index.ts";
import { chainEntry, chainStart } from "../journal/chain.ts";
import { memoryStore } from "../testing/index.ts";
import { common, withBrain } from "./fixture.ts";

const state = z.object({ n: z.number().default(0), log: z.array(z.string()).default([]) });

describe("a replay shows the first difference", () => {
  const build = (
    change: {
      name?: string;
      input?: number;
      extra?: boolean;
      fewer?: boolean;
      update?: number;
      memory?: string;
      note?: string;
    } = {},
  ) =>
    graph({ name: "g", state })
      .node("one", async (_, ctx) => {
        const { name = "read", input = 1 } = change;
        const n = change.fewer === true ? 1 : await ctx.effect({ name, class: "idempotent", input, run: () => 1 });
        ctx.remember({ kind: "learning", text: change.memory ?? "one is read" });
        ctx.note(change.note ?? "read");
        if (change.extra === true) await ctx.effect({ name: "more", class: "idempotent", run: () => {} });
        return { n: n + (change.update ?? 0) };
      })
      .node("two", ({ n }) => ({ log: [`${n}`] }))
      .edge(START, "one")
      .edge("one", "two")
      .edge("two", END)
      .build();

  test.each([
    ["another effect", { name: "write" }, { position: 1, expected: "read", found: "write" }],
    ["another input", { input: 2 }, { position: 1, expected: 1, found: 2 }],
    ["one effect more", { extra: true }, { what: "The code does 'more', and the journal has nothing of it" }],
    ["one effect less", { fewer: true }, { position: 1 }],
    ["another memory", { memory: "two is read" }, { what: "'one' remembers something else than the journal has" }],
    ["another note", { note: "written" }, { expected: { text: "read" }, found: { text: "written" } }],
    ["another update", { update: 5 }, { position: 3, expected: { n: 1 }, found: { n: 6 } }],
  ])("for %s", async (_name, change, divergence) => {
    const disk = memoryStore();
    const text = await withBrain({ store: disk, graphs: [build()] }, async (brain) => {
      await brain.run("g", {}, { id: "r" });
      return brain.export("r");
    });
    await withBrain({ store: memoryStore(), graphs: [build(change)] }, async (brain) => {
      expect(await brain.replay({ journal: text })).toMatchObject({
        equal: false,
        divergence: { node: "one", visit: 0, ...divergence },
      });
    });
  });

  test("also when a result was changed and the whole chain made anew", async () => {
    const text = await withBrain({ store: memoryStore(), graphs: [build()] }, async (brain) => {
      await brain.run("g", {}, { id: "r" });
      return brain.export("r");
    });
    const forged = forge(importJournal(text), (entry) =>
      entry.type === "effect-completed" ? { ...entry, body: { ...entry.body, result: 9 } } : entry,
    );
    await withBrain({ store: memoryStore(), graphs: [build()] }, async (brain) => {
      expect(await brain.replay({ journal: exportJournal(forged) })).toMatchObject({
        equal: false,
        divergence: { node: "one", position: 3, expected: { n: 1 }, found: { n: 9 } },
      });
    });
  });

  test("and code that goes another way, or a graph of another build, is named", async () => {
    const way = (target: "one" | "two") =>
      graph({ name: "g", state })
        .node("one", () => ({ n: 1 }))
        .node("two", () => ({ n: 2 }))
        .branch(START, () => target, ["one", "two"])
        .edge("one", END)
        .edge("two", END)
        .build();
    const text = await withBrain({ store: memoryStore(), graphs: [way("one")] }, async (brain) => {
      await brain.run("g", {}, { id: "r" });
      return brain.export("r");
    });
    await withBrain({ store: memoryStore(), graphs: [way("two"), build()].slice(0, 1) }, async (brain) => {
      expect(await brain.replay({ journal: text })).toMatchObject({ equal: false, divergence: { node: "two" } });
      expect(await brain.replay({ journal: text }, build())).toMatchObject({
        equal: false,
        divergence: { position: 0 },
      });
    });
  });

  test("a live run that differs stops without being harmed, and goes on with the right code", async ({ task }) => {
    task.meta.parts = "the code differs";
    const disk = memoryStore();
    const g = build();
    await withBrain({ store: disk, graphs: [g] }, async (brain) => {
      await brain.run(g, {}, { id: "whole" });
      // As a crash leaves it after the first effect.
      await brain.fork("whole", { id: "r", at: 2 });
    });
    await withBrain({ store: disk, graphs: [build({ name: "write" })] }, async (brain) => {
      expect(await brain.resume("r")).toMatchObject({
        status: "diverged",
        divergence: { expected: "read", found: "write" },
      });
    });
    await withBrain({ store: disk, graphs: [g] }, async (brain) => {
      expect(stateOf(await brain.resume("r"))).toEqual({ n: 1, log: ["1"] });
    });
  });

  describe("and a live run pauses before it does anything, where", () => {
    beforeEach(({ task }) => void (task.meta.parts = "the code differs"));
    const way = (change: { target?: "one" | "two"; fails?: string; over?: readonly number[] }, did: string[] = []) =>
      graph({ name: "g", state: state.extend({ item: z.number().optional() }), reducers: common.reducers })
        .node("one", () => ({ log: ["one"] }))
        .node("two", async (_, ctx) => {
          await ctx.effect({ name: "two", class: "idempotent", run: () => void did.push("two") });
          return { log: ["two"] };
        })
        .node("each", () => ({ log: ["each"] }))
        .node("asks", async (_, ctx) => ({ n: (await ctx.ask({ text: "How many?" })) as number }))
        .branch(START, () => {
          if (change.fails !== undefined) throw new Error(change.fails);
          return change.target ?? "one";
        }, ["one", "two"])
        .edge("two", "one")
        .each("one", { over: () => [...(change.over ?? [1, 2])], as: "item", to: "each" })
        .edge("each", "asks")
        .edge("asks", END)
        .build();

    test.each([
      ["it comes to a node that the journal does not have there", { target: "two" }, { expected: "one", found: "two" }],
      ["there are fewer branches", { over: [1] }, { path: "/one#0.1", node: "each" }],
      ["no way can be told", { fails: "odd" }, { expected: "one", found: "Error: odd", position: 1 }],
    ] satisfies [string, Parameters<typeof way>[0], object][])("%s", async (_name, change, divergence) => {
      const [disk, did]: [ReturnType<typeof memoryStore>, string[]] = [memoryStore(), []];
      const options = (graphs: readonly GraphInfo[]) => ({ store: disk, graphs });
      await withBrain(options([way({})]), (brain) => brain.run("g", {}, { id: "r" }));
      const changed = way(change, did);
      await withBrain(options([changed]), async (brain) => {
        expect(await brain.replay({ run: "r" })).toMatchObject({ equal: false });
        expect(await brain.resume("r")).toMatchObject({ status: "diverged", divergence });
        expect(did).toEqual([]);
      });
      await withBrain(options([way({})]), async (brain) => {
        const waiting = await brain.resume("r");
        await brain.answer("r", waiting.status === "waiting" ? (waiting.questions[0]?.id ?? "") : "", 3);
        expect(stateOf(await brain.resume("r"))).toMatchObject({ n: 3, log: ["one", "each", "each"] });
      });
    });

    test("nothing but how it fails outside of its nodes differs, in a replay", async () => {
      const disk = memoryStore();
      await withBrain({ store: disk, graphs: [way({ fails: "odd" })] }, (brain) => brain.run("g", {}, { id: "r" }));
      await withBrain({ store: disk, graphs: [way({ fails: "even" })] }, async (brain) => {
        expect(await brain.replay({ run: "r" })).toMatchObject({
          equal: false,
          divergence: { expected: { message: "Error: odd" }, found: { message: "Error: even" } },
        });
      });
    });
  });
});

/** Changes entries and makes the chain fit again, as somebody would who wants it to go unnoticed. */
function forge(entries: readonly Entry[], change: (entry: Entry) => Entry): Entry[] {
  let end = chainStart;
  return entries.map((original) => {
    const { hash: _hash, commitment: _commitment, salt = "", position, at, ...content } = change(original);
    const { entry } = chainEntry(content, end, at, salt);
    end = { position: position + 1, hash: entry.hash };
    return entry;
  });
}
