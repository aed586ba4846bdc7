import { setTimeout as delay } from "node:timers/promises";
import { END, graph, START, type EffectClass, type Graph, type NodeContext } from "@brainops/core";
import { z } from "zod";

/** Does something outside under a key: what the account at the end is drawn up from. */
export type Outside = (what: "do" | "undo", key: string) => void;

const classes = ["pure", "idempotent", "compensatable", "irreversible"] as const satisfies readonly EffectClass[];

/** A graph with everything that can be interrupted: chain, fan-out, nested map, subgraph, loops, timers, questions, retries. */
export function tortureGraph(outside: Outside): Graph {
  const effects = async (
    ctx: NodeContext,
    name: string,
    kinds: readonly EffectClass[] = classes,
  ): Promise<string[]> => {
    const done: string[] = [];
    for (const kind of kinds) {
      const result = await ctx.effect({
        name: `${name} ${kind}`,
        class: kind,
        async run({ key }) {
          if (kind !== "pure") outside("do", key);
          // As long as an answer takes: a kill between what was done and its outcome leaves a doubt.
          await delay(4);
          return `${name} ${kind}`;
        },
        undo: ({ key }) => outside("undo", key),
      });
      done.push(result);
    }
    return done;
  };
  const item = z.object({ item: z.number().optional() });
  const lines = { log: (log: string[], more: string[]) => [...log, ...more] };
  const log = z.array(z.string()).default([]);

  const inner = graph({
    name: "inner",
    state: z.object({ outer: z.number(), item: z.number().optional(), log }),
    reducers: lines,
  })
    .node("leaf", async ({ outer, item: own }, ctx) => ({
      log: await effects(ctx, `leaf ${outer}.${own}`, ["idempotent"]),
    }))
    .each(START, { over: () => [0, 1, 2], as: "item", to: "leaf" })
    .edge("leaf", END)
    .build();

  // So much in a loop that a process goes on from a snapshot within it.
  const turns = graph({
    name: "turns",
    state: z.object({ n: z.number().default(0), big: z.string().default("") }),
    maxSteps: 20,
  })
    .node("turn", async ({ n }, ctx) => {
      const big = await ctx.effect({
        name: `turn ${n}`,
        class: "idempotent",
        async run({ key }) {
          outside("do", key);
          await delay(2);
          return `${n}`.repeat(4000);
        },
      });
      return { n: n + 1, big };
    })
    .edge(START, "turn")
    .branch("turn", ({ n }) => (n < 8 ? "turn" : END), ["turn", END])
    .build();

  return graph({
    name: "torture",
    state: item.extend({ log, rounds: z.number().default(0) }),
    reducers: lines,
    maxSteps: 500,
  })
    .node("first", async (_, ctx) => {
      ctx.remember({ kind: "experience", text: "first" });
      return { log: await effects(ctx, "first") };
    })
    .node("left", async (_, ctx) => ({ log: await effects(ctx, "left") }))
    .node("right", async (_, ctx) => {
      await ctx.sleep(30);
      return { log: await effects(ctx, "right", ["idempotent", "compensatable"]) };
    })
    .node("asks", async (_, ctx) => ({ log: [`answer ${(await ctx.ask({ text: "Go on?" })) as string}`] }))
    .node("joined", async (_, ctx) => ({ log: await effects(ctx, "joined", ["idempotent"]) }))
    .graph("nested", inner, {
      input: ({ item: outer }) => ({ outer: outer ?? 0 }),
      output: (end) => ({ log: end.log }),
    })
    .node("fails", {
      name: "fails",
      input: item,
      output: z.object({ log }),
      retry: { attempts: 3, backoffMs: 20 },
      run: async (_, ctx) => {
        const done = await effects(ctx, "fails", ["idempotent", "compensatable"]);
        if (ctx.attempt < 3) throw new Error("It is to be tried again.");
        return { log: [...done, ...(await effects(ctx, "tried", ["irreversible"]))] };
      },
    })
    .node("loop", async ({ rounds }, ctx) => {
      const both = await Promise.all([
        ctx.effect({ name: "beside a", class: "idempotent", run: ({ key }) => outside("do", key) }),
        ctx.effect({ name: "beside b", class: "idempotent", run: ({ key }) => outside("do", key) }),
      ]);
      ctx.remember({ kind: "learning", text: `round ${rounds}` });
      return { rounds: rounds + 1, log: [`round ${rounds} ${both.length}`] };
    })
    .edge(START, "first")
    .edge("first", ["left", "right", "asks"])
    .edge("left", "joined")
    .edge("right", "joined")
    .edge("asks", "joined")
    .each("joined", { over: () => [0, 1], as: "item", to: "nested" })
    .edge("nested", "fails")
    .edge("fails", "loop")
    .graph("turns", turns, { input: () => ({}), output: ({ n, big }) => ({ log: [`${n} turns, ${big.length}`] }) })
    .branch("loop", ({ rounds }) => (rounds < 3 ? "loop" : "turns"), ["loop", "turns"])
    .edge("turns", END)
    .build();
}
