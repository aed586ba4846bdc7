import { describe, expect, test } from "vitest";
import { z } from "zod";
import { END, graph, START, stateOf } from "../index.ts";
import { memoryStore, virtualClock } from "../testing/index.ts";
import { common, errorOf, single, untilDone, withBrain, type Work } from "./fixture.ts";

describe("a run", () => {
  test("goes its way, and every step of it is in the journal and can be replayed", async () => {
    const g = graph({ name: "count", ...common, maxSteps: 10 })
      .node("add", async ({ n }, ctx) => ({
        n: await ctx.effect({ name: "plus", class: "idempotent", run: () => n + 1 }),
        log: [`${n}`],
      }))
      .node("say", ({ n }) => ({ log: [`at ${n}`] }))
      .edge(START, "add")
      .branch("add", ({ n }) => (n < 3 ? "add" : "say"), ["add", "say"])
      .edge("say", END)
      .build();
    await withBrain({ graphs: [g] }, async (brain) => {
      const result = await brain.run(g, {}, { id: "r" });
      expect(stateOf(result)).toEqual({ n: 3, log: ["0", "1", "2", "at 3"] });
      expect(await brain.replay({ run: "r" })).toMatchObject({
        equal: true,
        status: "completed",
        state: stateOf(result),
      });
      expect(await brain.runs()).toMatchObject([{ id: "r", graph: "count", status: "completed" }]);
    });
  });

  test("joins branches where their ways meet, in the order they were declared, whoever is faster", async () => {
    const clock = virtualClock();
    const wait =
      (ms: number) =>
      async (_: unknown, ctx: { effect: (e: never) => Promise<unknown>; path: string; node: string }) => {
        await ctx.effect({ name: "wait", class: "pure", run: () => clock.sleep(ms) } as never);
        return { log: [ctx.node] };
      };
    const g = graph({ name: "g", ...common })
      .node("slow", wait(100) as Work)
      .node("slower", wait(100) as Work)
      .node("fast", wait(1) as Work)
      .node("end", ({ log }) => ({ log: [`joined ${log.length}`] }))
      .edge(START, ["slow", "fast"])
      .edge("slow", "slower")
      .edge("slower", "end")
      .edge("fast", "end")
      .edge("end", END)
      .build();
    await withBrain({ clock, graphs: [g] }, async (brain) => {
      const running = brain.run(g, {}, { id: "r" });
      expect(stateOf(await untilDone(clock, running)).log).toEqual(["slow", "slower", "fast", "joined 3"]);
      expect((await brain.replay({ run: "r" })).equal).toBe(true);
    });
  });

  test("makes one branch for each item of a list, and one graph stands in another", async () => {
    const square = graph({ name: "square", state: z.object({ x: z.number(), y: z.number().default(0) }) })
      .node("times", ({ x }) => ({ y: x * x }))
      .edge(START, "times")
      .edge("times", END)
      .build();
    const g = graph({
      name: "map",
      state: z.object({ items: z.array(z.number()), item: z.number().optional(), sum: z.number().default(0) }),
      reducers: { sum: (sum, more: number) => sum + more },
    })
      .node("begin", () => ({}))
      .graph("square", square, { input: ({ item }) => ({ x: item ?? 0 }), output: ({ y }) => ({ sum: y }) })
      .node("end", ({ item }) => ({ sum: item === undefined ? 0 : 1000 }))
      .edge(START, "begin")
      .each("begin", { over: ({ items }) => items, as: "item", to: "square" })
      .edge("square", "end")
      .edge("end", END)
      .build();
    await withBrain({ graphs: [g] }, async (brain) => {
      const result = await brain.run(g, { items: [1, 2, 3] }, { id: "r" });
      expect(stateOf(result)).toEqual({ items: [1, 2, 3], sum: 14 });
      expect(stateOf(await brain.run(g, { items: [] }))).toEqual({ items: [], sum: 0 });
      expect((await brain.replay({ run: "r" })).equal).toBe(true);
    });
  });

  test("gives a branch nothing of its siblings: neither state nor memory", async () => {
    const seen: string[][] = [];
    const remembering =
      (name: string): Work =>
      async (_: unknown, ctx: Parameters<Work>[1]) => {
        const before = await ctx.recall("tale");
        seen.push(before.map(({ record }) => record.text));
        ctx.remember({ kind: "experience", text: `tale of ${name}` });
        return { log: [name] };
      };
    const g = graph({ name: "g", ...common })
      .node("a", remembering("a"))
      .node("a2", remembering("a2"))
      .node("b", remembering("b"))
      .node("b2", remembering("b2"))
      .node("end", remembering("end"))
      .edge(START, ["a", "b"])
      .edge("a", "a2")
      .edge("b", "b2")
      .edge("a2", "end")
      .edge("b2", "end")
      .edge("end", END)
      .build();
    await withBrain({}, async (brain) => {
      await brain.run(g, {});
      const sorted = seen.map((texts) => texts.toSorted().join()).toSorted();
      expect(sorted).toEqual(
        ["", "", "tale of a", "tale of a,tale of a2,tale of b,tale of b2", "tale of b"].toSorted(),
      );
    });
  });

  test("refuses input, updates and conflicts that do not fit, and says where", async () => {
    await withBrain({}, async (brain) => {
      await expect(
        brain.run(
          single(() => ({})),
          { n: "one" } as never,
        ),
      ).rejects.toMatchObject({ code: "invalid_input" });
      expect(errorOf(await brain.run(single((() => ({ x: 1 })) as never), {}))).toMatchObject({
        code: "invalid_state",
        message: expect.stringContaining("'x'") as string,
      });
      expect(errorOf(await brain.run(single((() => ({ n: "1" })) as never), {}))).toMatchObject({
        code: "invalid_state",
      });
      expect(errorOf(await brain.run(single((() => 7) as never), {}))).toMatchObject({ code: "invalid_state" });
      const two = graph({ name: "g", ...common })
        .node("a", () => ({ n: 1 }))
        .node("b", () => ({ n: 2 }))
        .edge(START, ["a", "b"])
        .edge("a", END)
        .edge("b", END)
        .build();
      expect(errorOf(await brain.run(two, {}))).toMatchObject({ code: "branch_conflict" });
      const loop = graph({ name: "loop", ...common, maxSteps: 3 })
        .node("a", () => ({}))
        .edge(START, "a")
        .branch("a", () => "a", ["a", END])
        .build();
      expect(errorOf(await brain.run(loop, {}))).toMatchObject({ code: "loop_limit" });
      await expect(brain.run("nobody", {})).rejects.toMatchObject({ code: "not_found" });
    });
  });

  test("cannot be changed through the state it hands out", async () => {
    const g = single((given: { log: string[] }) => {
      given.log.push("x");
      return {};
    });
    await withBrain({}, async (brain) => {
      const result = await brain.run(g, { log: ["a"] });
      if (result.status === "completed") expect(result.state.log).toEqual(["a"]);
      else expect(result).toMatchObject({ status: "failed", error: { code: "node_failed" } });
    });
  });

  test("is not given to who starts another one under its id while it is under way", async () => {
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    const slow = single(async ({ n }) => (await gate, { n: n + 1 }));
    const other = graph({ name: "other", ...common })
      .node("work", () => ({}))
      .edge(START, "work")
      .edge("work", END)
      .build();
    await withBrain({}, async (brain) => {
      const first = brain.run(slow, { n: 1 }, { id: "r" });
      await expect(brain.run(slow, { n: 2 }, { id: "r" })).rejects.toMatchObject({ code: "conflict" });
      await expect(brain.run(other, { n: 1 }, { id: "r" })).rejects.toMatchObject({ code: "conflict" });
      await expect(brain.resume("r", other)).rejects.toMatchObject({ code: "diverged" });
      const again = brain.run(slow, { n: 1 }, { id: "r" });
      go();
      expect(await again).toEqual(await first);
    });
  });

  test("started twice under one id is started once", async () => {
    let ran = 0;
    const g = single(async (_, ctx) => ({
      n: await ctx.effect({ name: "once", class: "idempotent", run: () => ++ran }),
    }));
    const store = memoryStore();
    await withBrain({ store }, async (brain) => {
      const both = await Promise.all([brain.run(g, {}, { id: "r" }), brain.run(g, {}, { id: "r" })]);
      expect(both.map(stateOf)).toEqual([
        { n: 1, log: [] },
        { n: 1, log: [] },
      ]);
    });
    await withBrain({ store }, async (brain) => {
      // The first time by another Brain than the one that ran it, then by the same.
      expect(stateOf(await brain.run(g, {}, { id: "r" }))).toEqual({ n: 1, log: [] });
      for (const _time of [1, 2]) expect(stateOf(await brain.run(g, {}, { id: "again" }))).toEqual({ n: 2, log: [] });
    });
    expect(ran).toBe(2);
  });

  test("under an id that another graph or input has is a conflict", async () => {
    const g = single(({ n }) => ({ n: n + 1 }));
    const other = graph({ name: "other", ...common })
      .node("work", () => ({}))
      .edge(START, "work")
      .edge("work", END)
      .build();
    await withBrain({}, async (brain) => {
      await brain.run(g, { n: 1 }, { id: "r" });
      expect(stateOf(await brain.run(g, { n: 1 }, { id: "r" })).n).toBe(2);
      await expect(brain.run(g, { n: 2 }, { id: "r" })).rejects.toMatchObject({ code: "conflict" });
      await expect(brain.run(other, { n: 1 }, { id: "r" })).rejects.toMatchObject({ code: "conflict" });
      await expect(brain.run(g, {}, { id: "" })).rejects.toMatchObject({ code: "invalid_input" });
    });
  });
});
