import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  createBrain,
  END,
  graph,
  isBrainOpsError,
  START,
  stateOf,
  type EffectClass,
  type Graph,
  type StoreOpener,
} from "../index.ts";
import { faultyStore, memoryStore, type CommitFate } from "../testing/index.ts";
import { withBrain } from "./fixture.ts";

const state = z.object({ n: z.number().default(0), log: z.array(z.string()).default([]) });

/** Runs until the simulated process dies; afterwards nothing of it goes on. */
async function runUntilCrash(disk: StoreOpener, g: Graph, fate: (index: number) => CommitFate): Promise<void> {
  const store = faultyStore(disk, (_commit, index) => fate(index));
  const brain = await createBrain({ store, graphs: [g] });
  await Promise.race([store.crashed, brain.run(g, {}, { id: "r" })]);
}

describe("after a crash", () => {
  test.each(
    [0, 1, 2, 3, 4, 5, 6].flatMap((at) =>
      (["crash-before", "crash-after"] as const).map((fate) => [at, fate] as const),
    ),
  )("at commit %i (%s) the run goes on, and nothing finished is done twice", async (at, fate) => {
    const outside: string[] = [];
    const g = graph({ name: "g", state, maxSteps: 5 })
      .node("work", async ({ n }, ctx) => {
        await ctx.effect({ name: "first", class: "idempotent", run: ({ key }) => void outside.push(key) });
        const again = await ctx.effect({ name: "second", class: "idempotent", run: ({ key }) => outside.push(key) });
        ctx.remember({ kind: "experience", text: `round ${n}` });
        return { n: n + 1, log: [`${again > 0}`] };
      })
      .edge(START, "work")
      .branch("work", ({ n }) => (n < 2 ? "work" : END), ["work", END])
      .build();
    const disk = memoryStore();
    const acknowledged: string[] = [];
    await runUntilCrash(disk, g, (index) => (index === at ? fate : "ok"));
    await withBrain({ store: disk, graphs: [g] }, async (brain) => {
      const before = (await brain.runs()).length === 0 ? [] : await brain.journal("r");
      for (const entry of before)
        if (entry.type === "effect-completed")
          acknowledged.push(`r/${entry.node}#${entry.visit}/${entry.call}/${entry.name}`);
      const result = before.length === 0 ? await brain.run(g, {}, { id: "r" }) : await brain.resume("r");
      expect(stateOf(result)).toEqual({ n: 2, log: ["true"] });
      for (const key of new Set(outside)) {
        const times = outside.filter((other) => other === key).length;
        expect(times).toBeLessThanOrEqual(acknowledged.includes(key) ? 1 : 2);
      }
      expect(new Set(outside).size).toBe(4);
      expect((await brain.recall("round")).length).toBe(2);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "completed" });
    });
  });

  describe.each<[EffectClass, string[]]>([
    ["pure", ["do", "do"]],
    ["idempotent", ["do", "do"]],
    ["compensatable", ["do", "undo", "do"]],
  ])("an effect in doubt that is %s", (kind, expected) => {
    test("is settled by its class", async () => {
      const outside: string[] = [];
      const g = graph({ name: "g", state })
        .node("work", async (_, ctx) => ({
          n:
            (await ctx.effect({
              name: "pay",
              class: kind,
              run: () => outside.push("do"),
              undo: () => void outside.push("undo"),
            })) > 0
              ? 1
              : 0,
        }))
        .edge(START, "work")
        .edge("work", END)
        .build();
      const disk = memoryStore();
      // The commit of the outcome is the one after the intent, when there is one.
      await runUntilCrash(disk, g, (index) => (outside.length > 0 && index >= 0 ? "crash-before" : "ok"));
      await withBrain({ store: disk, graphs: [g] }, async (brain) => {
        const begun = (await brain.runs()).length > 0;
        const result = begun ? await brain.resume("r") : await brain.run(g, {}, { id: "r" });
        expect(stateOf(result)).toMatchObject({ n: 1 });
        expect(outside).toEqual(expected);
      });
    });
  });

  test.each([
    ["not done", ["do", "do"], 1],
    [{ done: 7 }, ["do"], 7],
  ])(
    "an irreversible effect in doubt stops and asks, and goes on as a person says: %j",
    async (answer, expected, n) => {
      const outside: string[] = [];
      const g = graph({ name: "g", state })
        .node("work", async (_, ctx) => ({
          n: await ctx.effect({
            name: "pay",
            class: "irreversible",
            run: () => {
              outside.push("do");
              return 1;
            },
          }),
        }))
        .edge(START, "work")
        .edge("work", END)
        .build();
      const disk = memoryStore();
      await runUntilCrash(disk, g, () => (outside.length > 0 ? "crash-before" : "ok"));
      await withBrain({ store: disk, graphs: [g] }, async (brain) => {
        const waiting = await brain.resume("r");
        if (waiting.status !== "waiting") throw new Error(`it should wait, but is ${waiting.status}`);
        expect(outside).toEqual(["do"]);
        await brain.answer("r", waiting.questions[0]?.id ?? "", answer);
        expect(stateOf(await brain.resume("r"))).toMatchObject({ n });
        expect(outside).toEqual(expected);
        expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
      });
    },
  );
});

describe("an owner", () => {
  const g = graph({ name: "g", state, maxSteps: 50 })
    .node("work", async ({ n }, ctx) => ({
      n: await ctx.effect({ name: "plus", class: "idempotent", run: () => n + 1 }),
    }))
    .edge(START, "work")
    .branch("work", ({ n }) => (n < 20 ? "work" : END), ["work", END])
    .build();

  test("that lost its run to another cannot write to it any more", async () => {
    const disk = memoryStore();
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const held = graph({ name: "g", state })
      .node("work", async (_, ctx) => {
        const n = await ctx.effect({
          name: "wait",
          class: "idempotent",
          run: async () => (reached.resolve(), await gate.promise, 1),
        });
        return { n };
      })
      .edge(START, "work")
      .edge("work", END)
      .build();
    const first = await createBrain({ store: disk, graphs: [held] });
    const running = expect(first.run(held, {}, { id: "r" })).rejects.toMatchObject({ code: "ownership_lost" });
    await reached.promise;
    await withBrain({ store: disk, graphs: [held] }, async (second) => {
      const taken = second.resume("r");
      while ((await second.journal("r")).length < 2) await new Promise((resolve) => setImmediate(resolve));
      gate.resolve();
      expect(stateOf(await taken)).toMatchObject({ n: 1 });
      await running;
      expect((await second.journal("r")).filter((entry) => entry.type === "run-taken")).toHaveLength(1);
      expect(await second.replay({ run: "r" })).toMatchObject({ equal: true });
    });
    await first.close();
  });

  test("is one of four that start or resume at once; the others get conflict, and nothing is lost", async () => {
    const disk = memoryStore();
    const brains = await Promise.all([1, 2, 3, 4].map(() => createBrain({ store: disk, graphs: [g] })));
    const starts = await Promise.allSettled(brains.map((brain) => brain.run(g, {}, { id: "r" })));
    expect(starts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const start of starts)
      if (start.status === "rejected") expect(start.reason).toMatchObject({ code: "conflict" });
    const [winner] = starts.filter((start) => start.status === "fulfilled");
    expect(stateOf(winner?.value ?? { id: "", status: "stopped" })).toMatchObject({ n: 20 });
    await Promise.all(brains.map((brain) => brain.close()));
  });

  test("settles a lost acknowledgement by the commit's id", async () => {
    const disk = memoryStore();
    const brain = await createBrain({
      store: faultyStore(disk, (_commit, index) => (index % 2 === 0 ? "lost" : "ok")),
      graphs: [g],
    });
    expect(stateOf(await brain.run(g, {}, { id: "r" }))).toMatchObject({ n: 20 });
    const journal = await brain.journal("r");
    expect(journal.map((entry) => entry.position)).toEqual(journal.map((_entry, index) => index));
    await brain.close();
  });

  test("stops without harm when the store fails, and the run can be resumed", async () => {
    const disk = memoryStore();
    const brain = await createBrain({
      store: faultyStore(disk, (_commit, index) => (index === 5 ? "fail" : "ok")),
      graphs: [g],
    });
    await expect(brain.run(g, {}, { id: "r" })).rejects.toMatchObject({ code: "store_unavailable" });
    expect(stateOf(await brain.resume("r", g))).toMatchObject({ n: 20 });
    await brain.close();
  });
});

test("an error from another copy of the package is still known by its code", () => {
  const other = Object.assign(new Error("x"), { name: "BrainOpsError", code: "conflict", details: {} });
  expect(isBrainOpsError(other, "conflict")).toBe(true);
  expect(isBrainOpsError(new Error("x"))).toBe(false);
});
