import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  action,
  createBrain,
  END,
  graph,
  node,
  START,
  stateOf,
  type Brain,
  type BrainOptions,
  type Entry,
  type Guard,
  type RunResult,
} from "../index.ts";
import { memoryStore, scriptedModel, virtualClock } from "../testing/index.ts";

const state = z.object({ n: z.number().default(0), log: z.array(z.string()).default([]) });
const reducers = { log: (log: string[], lines: string[]) => [...log, ...lines] };
type Run = Parameters<ReturnType<typeof start>["node"]>[1];
const start = () => graph({ name: "g", state, reducers });
/** A graph of one node. */
const single = (run: Run) => start().node("work", run).edge(START, "work").edge("work", END).build();

async function withBrain<T>(options: Partial<BrainOptions>, use: (brain: Brain) => Promise<T>): Promise<T> {
  const brain = await createBrain({ store: memoryStore(), ...options });
  try {
    return await use(brain);
  } finally {
    await brain.close();
  }
}

const errorOf = (result: RunResult): unknown => (result.status === "failed" ? result.error : result);
const types = (entries: readonly Entry[]): string[] => entries.map((entry) => entry.type);

describe("a run", () => {
  test("goes its way, and every step of it is in the journal and can be replayed", async () => {
    const g = graph({ name: "count", state, reducers, maxSteps: 10 })
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
    const g = start()
      .node("slow", wait(100) as Run)
      .node("slower", wait(100) as Run)
      .node("fast", wait(1) as Run)
      .node("end", ({ log }) => ({ log: [`joined ${log.length}`] }))
      .edge(START, ["slow", "fast"])
      .edge("slow", "slower")
      .edge("slower", "end")
      .edge("fast", "end")
      .edge("end", END)
      .build();
    await withBrain({ clock, graphs: [g] }, async (brain) => {
      const running = brain.run(g, {}, { id: "r" });
      let done = false;
      void running.then(() => (done = true));
      while (!done) if (!(await clock.next())) await new Promise((resolve) => setImmediate(resolve));
      expect(stateOf(await running).log).toEqual(["slow", "slower", "fast", "joined 3"]);
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
    const remembering = (name: string): Run =>
      (async (_: unknown, ctx: Parameters<Run>[1]) => {
        const before = await ctx.recall("tale");
        seen.push(before.map(({ record }) => record.text));
        ctx.remember({ kind: "experience", text: `tale of ${name}` });
        return { log: [name] };
      }) as Run;
    const g = start()
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
      const two = start()
        .node("a", () => ({ n: 1 }))
        .node("b", () => ({ n: 2 }))
        .edge(START, ["a", "b"])
        .edge("a", END)
        .edge("b", END)
        .build();
      expect(errorOf(await brain.run(two, {}))).toMatchObject({ code: "branch_conflict" });
      const loop = graph({ name: "loop", state, maxSteps: 3 })
        .node("a", () => ({}))
        .edge(START, "a")
        .branch("a", () => "a", ["a", END])
        .build();
      expect(errorOf(await brain.run(loop, {}))).toMatchObject({ code: "loop_limit" });
      await expect(brain.run("nobody", {})).rejects.toMatchObject({ code: "not_found" });
    });
  });

  test("cannot be changed through the state it hands out", async () => {
    const g = single(((given: { log: string[] }) => {
      given.log.push("x");
      return {};
    }) as never);
    await withBrain({}, async (brain) => {
      const result = await brain.run(g, { log: ["a"] });
      if (result.status === "completed") expect(result.state.log).toEqual(["a"]);
      else expect(result).toMatchObject({ status: "failed", error: { code: "node_failed" } });
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
      expect(stateOf(await brain.run(g, {}, { id: "r" }))).toEqual({ n: 1, log: [] });
    });
    expect(ran).toBe(1);
  });
});

describe("effects", () => {
  test("of one node are delivered one by one, and so again in replay", async () => {
    const clock = virtualClock();
    const g = single(async (_, ctx) => {
      const order: string[] = [];
      const take = async (name: string, ms: number): Promise<void> => {
        await ctx.effect({ name, class: "idempotent", run: () => clock.sleep(ms) });
        order.push(name);
        await ctx.effect({ name: `${name} again`, class: "pure", run: () => {} });
        order.push(`${name}2`);
      };
      await Promise.all([take("a", 30), take("b", 20), take("c", 10)]);
      return { log: order };
    });
    await withBrain({ clock, graphs: [g] }, async (brain) => {
      const running = brain.run(g, {}, { id: "r" });
      let done = false;
      void running.then(() => (done = true));
      while (!done) if (!(await clock.next())) await new Promise((resolve) => setImmediate(resolve));
      expect(stateOf(await running).log).toEqual(["c", "c2", "b", "b2", "a", "a2"]);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
    });
  });

  test("time, chance and ids are the same in replay", async () => {
    const g = single((_, ctx) => ({ log: [`${ctx.now()}`, `${ctx.random()}`, ctx.id(), ctx.id()] }));
    await withBrain({ graphs: [g] }, async (brain) => {
      const { log } = stateOf(await brain.run(g, {}, { id: "r" }));
      expect(new Set(log).size).toBe(4);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, state: { log } });
    });
  });

  test("that fail are errors in the node, with their code, live and in replay", async () => {
    const g = single(async (_, ctx) => {
      const caught = await ctx
        .effect({ name: "bad", class: "idempotent", run: () => Promise.reject(new TypeError("no")) })
        .catch((error: unknown) => error);
      return { log: [`${(caught as { code: string }).code}: ${(caught as Error).message}`] };
    });
    await withBrain({ graphs: [g] }, async (brain) => {
      expect(stateOf(await brain.run(g, {}, { id: "r" })).log).toEqual(["effect_failed: TypeError: no"]);
      expect((await brain.replay({ run: "r" })).equal).toBe(true);
    });
  });

  test("that a node does not wait for are cut off with it, and do not disturb the replay", async () => {
    const cut: boolean[] = [];
    const g = single(async (_, ctx) => {
      const slow = ctx.effect({
        name: "slow",
        class: "idempotent",
        run: ({ signal }) =>
          new Promise<void>((resolve) => signal.addEventListener("abort", () => (cut.push(true), resolve()))),
      });
      const fast = ctx.effect({ name: "fast", class: "idempotent", run: () => "fast" });
      return { log: [(await Promise.race([slow, fast])) as string] };
    });
    await withBrain({ graphs: [g] }, async (brain) => {
      expect(stateOf(await brain.run(g, {}, { id: "r" })).log).toEqual(["fast"]);
      expect(cut).toEqual([true]);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
    });
  });

  test("must be plain JSON, and may be undone only when they can be", async () => {
    await withBrain({}, async (brain) => {
      expect(
        errorOf(
          await brain.run(
            single(async (_, ctx) => ({
              n: await ctx.effect({ name: "bad", class: "pure", run: () => new Date() as never }),
            })),
            {},
          ),
        ),
      ).toMatchObject({ code: "invalid_input" });
      expect(
        errorOf(
          await brain.run(
            single(async (_, ctx) => ({ n: await ctx.effect({ name: "bad", class: "compensatable", run: () => 1 }) })),
            {},
          ),
        ),
      ).toMatchObject({ code: "invalid_input" });
    });
  });
});

describe("a failing node", () => {
  const flaky = (calls: string[], failures: number) =>
    node({
      name: "work",
      input: z.object({}),
      output: z.object({ n: z.number() }),
      retry: { attempts: 3, backoffMs: 10 },
      async run(_, ctx) {
        const a = await ctx.effect({ name: "a", class: "idempotent", run: () => calls.push("a") });
        ctx.remember({ kind: "experience", text: "half done" });
        if (ctx.attempt <= failures) throw new Error(`try ${ctx.attempt}`);
        return { n: a };
      },
    });
  const build = (calls: string[], failures: number) =>
    start().node(flaky(calls, failures)).edge(START, "work").edge("work", END).build();

  test("is tried again, with its finished effects from the journal", async () => {
    const calls: string[] = [];
    const g = build(calls, 2);
    const clock = virtualClock();
    await withBrain({ clock, graphs: [g] }, async (brain) => {
      const running = brain.run(g, {}, { id: "r" });
      let done = false;
      void running.then(() => (done = true));
      while (!done) if (!(await clock.next())) await new Promise((resolve) => setImmediate(resolve));
      expect(stateOf(await running).n).toBe(1);
      expect(calls).toEqual(["a"]);
      expect(clock.now() - Date.UTC(2026, 0, 1)).toBe(30);
      expect(await brain.recall("half")).toHaveLength(1);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
    });
  });

  test("that has no tries left ends the run, and drops what it remembered", async () => {
    const g = single((_, ctx) => {
      ctx.remember({ kind: "experience", text: "half done" });
      ctx.note("about to fail");
      throw new RangeError("out of range");
    });
    await withBrain({ graphs: [g] }, async (brain) => {
      const result = await brain.run(g, {}, { id: "r" });
      expect(errorOf(result)).toMatchObject({ code: "node_failed", message: "RangeError: out of range" });
      expect(() => stateOf(result)).toThrow("out of range");
      expect(types(await brain.journal("r"))).toEqual(["run-started", "noted", "node-failed", "run-failed"]);
      expect(await brain.recall("half")).toEqual([]);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "failed" });
      expect(errorOf(await brain.resume("r"))).toMatchObject({ code: "node_failed" });
    });
  });

  test("that takes too long fails with timeout, and its effects are cut off", async () => {
    const clock = virtualClock();
    let cut = false;
    const slow = node({
      name: "work",
      input: z.object({}),
      output: z.object({}),
      timeoutMs: 50,
      async run(_, ctx) {
        await ctx.effect({
          name: "sleep",
          class: "idempotent",
          run: ({ signal }) =>
            clock.sleep(1000, signal).catch((error: unknown) => ((cut = true), Promise.reject(error as Error))),
        });
        return {};
      },
    });
    const g = start().node(slow).edge(START, "work").edge("work", END).build();
    await withBrain({ clock, graphs: [g] }, async (brain) => {
      const running = brain.run(g, {}, { id: "r" });
      while (clock.sleeping < 2) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(50);
      expect(errorOf(await running)).toMatchObject({ code: "timeout" });
      expect(cut).toBe(true);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "failed" });
    });
  });

  test("cuts off the branches beside it", async () => {
    let cut = false;
    const g = start()
      .node("bad", async (_, ctx) => {
        await ctx.effect({ name: "tick", class: "pure", run: () => {} });
        throw new Error("bad");
      })
      .node("long", async (_, ctx) => {
        await ctx.effect({
          name: "long",
          class: "idempotent",
          run: ({ signal }) =>
            new Promise<void>((resolve) => signal.addEventListener("abort", () => ((cut = true), resolve()))),
        });
        return {};
      })
      .edge(START, ["bad", "long"])
      .edge("bad", END)
      .edge("long", END)
      .build();
    await withBrain({}, async (brain) => {
      expect(errorOf(await brain.run(g, {}))).toMatchObject({ message: "Error: bad" });
      expect(cut).toBe(true);
    });
  });
});

describe("questions", () => {
  const g = start()
    .node("ask", async (_, ctx) => ({ log: [(await ctx.ask({ text: "Which?", options: ["x", "y"] })) as string] }))
    .node("beside", async (_, ctx) => ({ n: await ctx.effect({ name: "work", class: "idempotent", run: () => 1 }) }))
    .node("end", ({ log, n }) => ({ log: [`${log.join()} ${n}`] }))
    .edge(START, ["ask", "beside"])
    .edge("ask", "end")
    .edge("beside", "end")
    .edge("end", END)
    .build();

  test("make the run wait, over a restart, while other branches finish", async () => {
    const store = memoryStore();
    const question = await withBrain({ store, graphs: [g] }, async (brain) => {
      const result = await brain.run(g, {}, { id: "r" });
      expect(result).toMatchObject({
        status: "waiting",
        questions: [{ text: "Which?", options: ["x", "y"], node: "ask" }],
      });
      expect(types(await brain.journal("r"))).toContain("node-completed");
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "unfinished" });
      return result.status === "waiting" ? (result.questions[0]?.id ?? "") : "";
    });
    await withBrain({ store, graphs: [g] }, async (brain) => {
      expect(await brain.resume("r")).toMatchObject({ status: "waiting" });
      await expect(brain.answer("r", "nothing", "x")).rejects.toMatchObject({ code: "not_found" });
      await brain.answer("r", question, "x", "ada");
      await expect(brain.answer("r", question, "y")).rejects.toMatchObject({ code: "already_answered" });
      expect(stateOf(await brain.resume("r"))).toEqual({ n: 1, log: ["x", "x 1"] });
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "completed" });
      expect((await brain.journal("r")).find((entry) => entry.type === "answered")).toMatchObject({
        body: { answer: "x", by: "ada" },
      });
    });
  });

  test("that are answered while the owner works reach it at once", async () => {
    const gate = Promise.withResolvers<void>();
    const busy = start()
      .node("ask", async (_, ctx) => ({ log: [(await ctx.ask({ text: "Which?" })) as string] }))
      .node("busy", async (_, ctx) => {
        await ctx.effect({ name: "busy", class: "idempotent", run: () => gate.promise });
        return {};
      })
      .edge(START, ["ask", "busy"])
      .edge("ask", END)
      .edge("busy", END)
      .build();
    await withBrain({}, async (brain) => {
      const asked = Promise.withResolvers<string>();
      brain.on(
        (event) => event.type === "entry" && event.entry.type === "asked" && asked.resolve(event.entry.question),
      );
      brain.on(
        (event) =>
          event.type === "entry" &&
          event.entry.type === "node-completed" &&
          event.entry.node === "ask" &&
          gate.resolve(),
      );
      const running = brain.run(busy, {}, { id: "r" });
      await brain.answer("r", await asked.promise, "now");
      expect(stateOf(await running).log).toEqual(["now"]);
    });
  });
});

describe("guards and actions", () => {
  const applied: string[] = [];
  const paint = action({
    name: "paint",
    description: "Paints.",
    args: z.object({ colour: z.string() }),
    risk: "high",
    class: "idempotent",
    apply: ({ colour }) => (applied.push(colour), { was: "white" }),
  });
  const g = single(async (_, ctx) => ({ log: [JSON.stringify(await ctx.act("paint", { colour: "red" }))] }));
  const guarded = (...guards: Guard[]) => ({
    graphs: [g],
    plugins: [
      {
        name: "paint",
        setup: (registrar: Parameters<NonNullable<BrainOptions["plugins"]>[number]["setup"]>[0]) => (
          registrar.action(paint),
          guards.forEach((guard) => registrar.guard(guard))
        ),
      },
    ],
  });
  const saying = (verdict: "allow" | "ask" | "deny", name = verdict): Guard => ({
    name,
    check: () => (verdict === "allow" ? { verdict } : { verdict, reason: "because" }),
  });

  test("an allowed action is validated and applied", async () => {
    await withBrain(guarded(saying("allow")), async (brain) => {
      applied.length = 0;
      expect(stateOf(await brain.run(g, {}, { id: "r" })).log).toEqual(['{"was":"white"}']);
      expect(applied).toEqual(["red"]);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
      expect(applied).toEqual(["red"]);
      expect(
        errorOf(
          await brain.run(
            single(async (_, ctx) => ({ log: [`${await ctx.act("paint", { colour: 1 })}`] })),
            {},
          ),
        ),
      ).toMatchObject({ code: "invalid_input" });
      expect(
        errorOf(
          await brain.run(
            single(async (_, ctx) => ({ log: [`${await ctx.act("sing", {})}`] })),
            {},
          ),
        ),
      ).toMatchObject({ code: "not_found" });
    });
  });

  test("deny wins over ask over allow, and nothing is done", async () => {
    await withBrain(guarded(saying("allow"), saying("ask"), saying("deny")), async (brain) => {
      applied.length = 0;
      expect(errorOf(await brain.run(g, {}))).toMatchObject({
        code: "denied",
        message: expect.stringContaining("because") as string,
      });
      expect(applied).toEqual([]);
    });
  });

  test.each([
    ["yes", "completed"],
    ["no", "failed"],
  ])("asking waits for a person, who says %s", async (answer, status) => {
    await withBrain(guarded(saying("ask")), async (brain) => {
      applied.length = 0;
      const result = await brain.run(g, {}, { id: "r" });
      if (result.status !== "waiting") throw new Error(`it should wait, but is ${result.status}`);
      expect(applied).toEqual([]);
      await brain.answer("r", result.questions[0]?.id ?? "", answer);
      expect((await brain.resume("r")).status).toBe(status);
      expect(applied).toEqual(answer === "yes" ? ["red"] : []);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
    });
  });
});

describe("stopping", () => {
  const hanging = (started: PromiseWithResolvers<void>, ended: string[]) =>
    single(async (_, ctx) => {
      await ctx.effect({
        name: "hang",
        class: "idempotent",
        run: ({ signal }) =>
          new Promise<void>(
            (_resolve, reject) => (
              signal.addEventListener("abort", () => (ended.push("cut"), reject(new Error("cut")))),
              started.resolve()
            ),
          ),
      });
      return { n: 1 };
    });

  test("an abort cuts off what is under way and ends the run for good", async () => {
    const started = Promise.withResolvers<void>();
    const ended: string[] = [];
    const g = hanging(started, ended);
    await withBrain({ graphs: [g] }, async (brain) => {
      const controller = new AbortController();
      const running = brain.run(g, {}, { id: "r", signal: controller.signal });
      await started.promise;
      controller.abort(new Error("changed my mind"));
      expect(await running).toMatchObject({ status: "aborted", reason: "changed my mind" });
      expect(ended).toEqual(["cut"]);
      expect(await brain.resume("r")).toMatchObject({ status: "aborted" });
      await expect(brain.abort("r", "again")).rejects.toMatchObject({ code: "conflict" });
    });
  });

  test("closing the Brain leaves a run that can be resumed", async () => {
    const started = Promise.withResolvers<void>();
    const store = memoryStore();
    const g = hanging(started, []);
    const brain = await createBrain({ store, graphs: [g] });
    const running = brain.run(g, {}, { id: "r" });
    await started.promise;
    await brain.close();
    expect(await running).toMatchObject({ status: "stopped" });
    const finishing = single(async (_, ctx) => {
      await ctx.effect({ name: "hang", class: "idempotent", run: () => {} });
      return { n: 2 };
    });
    await withBrain({ store, graphs: [finishing] }, async (again) => {
      expect(stateOf(await again.resume("r"))).toEqual({ n: 2, log: [] });
      expect(await again.runs()).toMatchObject([{ status: "completed" }]);
    });
  });
});

describe("models", () => {
  test("are asked through the ledger: once, with every attempt journaled, and never in replay", async () => {
    const model = scriptedModel([() => ({ text: "Bonjour" })]);
    const g = single(async (_, ctx) => ({
      log: [(await ctx.generate({ messages: [{ role: "user", content: "Say hello" }] })).text],
    }));
    await withBrain({ model, graphs: [g] }, async (brain) => {
      expect(stateOf(await brain.run(g, {}, { id: "r" })).log).toEqual(["Bonjour"]);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
      expect(model.calls).toHaveLength(1);
    });
    await withBrain({}, async (brain) => {
      expect(errorOf(await brain.run(g, {}))).toMatchObject({ code: "no_model" });
    });
  });

  test("stream their answers to listeners beside the journal", async () => {
    const model = scriptedModel([() => ({ text: "one two three" })]);
    const g = single(async (_, ctx) => ({
      log: [(await ctx.generate({ messages: [{ role: "user", content: "count" }] })).text],
    }));
    await withBrain({ model }, async (brain) => {
      let text = "";
      const off = brain.on(
        (event) => event.type === "delta" && event.part.type === "text" && (text += event.part.text),
      );
      await brain.run(g, {});
      off();
      expect(text).toBe("one two three");
    });
  });
});
