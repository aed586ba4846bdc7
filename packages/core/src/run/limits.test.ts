import { describe, expect, test } from "vitest";
import { z } from "zod";
import { compareRuns, END, graph, node, START, stateOf, type Model, type ModelCallOptions } from "../index.ts";
import { memoryStore, scriptedModel, virtualClock, type ScriptedModel } from "../testing/index.ts";
import { common, errorOf, single, untilDone, withBrain } from "./fixture.ts";

const usage = { inputTokens: 60, outputTokens: 40 };
const talking = single(async (_, ctx) => {
  const log: string[] = [];
  for (let call = 0; call < 5; call++) {
    const { text } = await ctx.generate({ messages: [{ role: "user", content: `call ${call}` }] });
    log.push(text);
  }
  return { log };
});

/** A model that says what its tries cost, as a chain does: the one that answered, and others that failed before. */
function priced(cost: number, ...failed: readonly number[]): ScriptedModel {
  const model = scriptedModel([() => ({ text: "yes", usage })]);
  const attempt = { model: "m", startedAt: 0, ms: 1 };
  const generate: Model["generate"] = async (request, options) => ({
    ...(await model.generate(request, options)),
    attempts: [
      ...failed.map((one) => ({ ...attempt, outcome: "failed" as const, cost: one })),
      { ...attempt, outcome: "answered", usage, cost },
    ],
  });
  return Object.assign(Object.create(model) as ScriptedModel, { generate });
}

describe("a run's limits", () => {
  test.each([
    ["tokens", { tokens: 250 }, 3],
    ["model calls", { modelCalls: 2 }, 2],
    ["dollars", { usd: 0.6 }, 3],
  ])("its budget in %s stops the call that would go over it, and replays so", async (_name, budget, made) => {
    const model = priced(0.2, 0.05);
    await withBrain({ model, graphs: [talking] }, async (brain) => {
      expect(errorOf(await brain.run(talking, {}, { id: "r", budget }))).toMatchObject({ code: "budget_exceeded" });
      expect(model.calls).toHaveLength(made);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "failed" });
      expect(stateOf(await brain.run(talking, {}, { budget: { tokens: 1000, usd: 2 } })).log).toHaveLength(5);
      const [account] = compareRuns(await brain.journal("r"), []).runs;
      expect(account).toMatchObject({ modelCalls: made, tokens: made * 100, usd: made * 0.25 });
    });
  });

  test("in dollars it is held over a restart, and not with a model that does not say what it costs", async () => {
    const store = memoryStore();
    const model = scriptedModel([() => ({ text: "yes", usage })]);
    await withBrain({ model, store, graphs: [talking] }, async (brain) => {
      const error = errorOf(await brain.run(talking, {}, { budget: { usd: 1 } }));
      expect(error).toMatchObject({ code: "budget_exceeded", message: expect.stringContaining("what it cost") });
      expect(model.calls).toHaveLength(1);
    });
    const asking = single(async (_, ctx) => {
      await ctx.generate({ messages: [{ role: "user", content: "one" }] });
      await ctx.ask({ text: "Go on?" });
      await ctx.generate({ messages: [{ role: "user", content: "two" }] });
      return { n: 1 };
    });
    const costly = priced(0.3);
    let asked = "";
    await withBrain({ model: costly, store, graphs: [asking] }, async (brain) => {
      const result = await brain.run(asking, {}, { id: "asking", budget: { usd: 0.3 } });
      if (result.status === "waiting") asked = result.questions[0]?.id ?? "";
    });
    await withBrain({ model: costly, store, graphs: [asking] }, async (brain) => {
      await brain.answer("asking", asked, "yes");
      expect(errorOf(await brain.resume("asking"))).toMatchObject({ code: "budget_exceeded" });
      expect(costly.calls).toHaveLength(1);
    });
  });

  test("tells the model who asks, so that it can keep budgets of its own", async () => {
    const told: ModelCallOptions[] = [];
    const asked = priced(0.2);
    const model: Model = {
      name: asked.name,
      stream: (request, options) => asked.stream(request, options),
      generate: (request, options) => (told.push(options ?? {}), asked.generate(request, options)),
    };
    await withBrain({ model, graphs: [talking] }, async (brain) => {
      await brain.run(talking, {}, { id: "r", scope: "acme/shop" });
    });
    expect(told[0]).toMatchObject({ run: "r", scope: "acme/shop" });
  });

  test("its time ends it, over a restart too", async () => {
    const clock = virtualClock();
    const store = memoryStore();
    const napping = single(async (_, ctx) => {
      await ctx.sleep(10_000);
      return { n: 1 };
    });
    await withBrain({ clock, store, graphs: [napping] }, async (brain) => {
      void brain.run(napping, {}, { id: "r", timeoutMs: 5000 });
      while (clock.sleeping < 2) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(2000);
    });
    await withBrain({ clock, store, graphs: [napping] }, async (brain) => {
      const result = await untilDone(clock, brain.resume("r"));
      expect(errorOf(result)).toMatchObject({ code: "timeout" });
      expect(clock.now() - Date.UTC(2026, 0, 1)).toBe(5000);
    });
  });
});

test("a node's concurrency bounds how many of its branches go on at once", async () => {
  let now = 0;
  let most = 0;
  const busy = node({
    name: "busy",
    input: z.object({ item: z.number().optional() }),
    output: z.object({ log: z.array(z.string()) }),
    concurrency: 3,
    async run({ item }, ctx) {
      await ctx.effect({
        name: "work",
        class: "idempotent",
        async run() {
          most = Math.max(most, ++now);
          await new Promise((resolve) => setImmediate(resolve));
          now--;
        },
      });
      return { log: [String(item)] };
    },
  });
  const g = graph({ name: "g", state: common.state.extend({ item: z.number().optional() }), reducers: common.reducers })
    .node("open", () => ({}))
    .node(busy)
    .edge(START, "open")
    .each("open", { over: () => Array.from({ length: 20 }, (_, item) => item), as: "item", to: "busy" })
    .edge("busy", END)
    .build();
  await withBrain({ graphs: [g] }, async (brain) => {
    const { log } = stateOf(await brain.run(g, {}, { id: "r" }));
    expect(log).toEqual(Array.from({ length: 20 }, (_, item) => String(item)));
    expect(most).toBe(3);
    expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
  });
});

test("a branch that waits for a person holds its place, and the run rests as waiting", async () => {
  const asking = node({
    name: "asking",
    input: z.object({ item: z.number().optional() }),
    output: z.object({ log: z.array(z.string()) }),
    concurrency: 1,
    run: async ({ item }, ctx) => ({ log: [`${item} ${String(await ctx.ask({ text: `Item ${item}?` }))}`] }),
  });
  const g = graph({ name: "g", state: common.state.extend({ item: z.number().optional() }), reducers: common.reducers })
    .node(asking)
    .each(START, { over: () => [0, 1], as: "item", to: "asking" })
    .edge("asking", END)
    .build();
  await withBrain({ graphs: [g] }, async (brain) => {
    for (const id of [0, 1]) {
      const result = id === 0 ? await brain.run(g, {}, { id: "r" }) : await brain.resume("r", g);
      if (result.status !== "waiting") throw new Error(`it should wait, but is ${result.status}`);
      expect(result.questions).toMatchObject([{ text: `Item ${id}?` }]);
      await brain.answer("r", result.questions[0]?.id ?? "", "yes");
    }
    expect(stateOf(await brain.resume("r", g)).log).toEqual(["0 yes", "1 yes"]);
    expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
  });
});
