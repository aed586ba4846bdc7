import { END, graph, START, type EffectClass, type Graph, type NodeContext } from "@brainops/core";
import { z } from "zod";
import { appended, rewritten } from "./runner/scenarios.ts";

/** A graph of so many nodes, one after the other, each adding one. */
export function chain(steps: number): Graph {
  return line("chain", steps, ({ n }) => ({ n: n + 1 }));
}

/** The same, and each node has one effect. */
export function effectChain(steps: number, kind: EffectClass): Graph {
  return line(`${kind} chain`, steps, async ({ n }, ctx) => ({
    n: await ctx.effect({ name: "add", class: kind, input: n, run: () => n + 1 }),
  }));
}

type Work = (state: { n: number }, ctx: NodeContext) => { n: number } | Promise<{ n: number }>;

function line(name: string, steps: number, work: Work): Graph {
  const names = Array.from({ length: steps }, (_, index) => `s${index}`);
  const start = graph({ name: `${name} of ${steps}`, state: z.object({ n: z.number().default(0) }) });
  const nodes = names.reduce<ReturnType<typeof start.node<string>>>((builder, each) => builder.node(each, work), start);
  return [...names, END].reduce((builder, to, index) => builder.edge(names[index - 1] ?? START, to), nodes).build();
}

/** One node, so many branches, and a join. */
export function fanOut(branches: number): Graph {
  const names = Array.from({ length: branches }, (_, index) => `b${index}`);
  const start = graph({
    name: `fan-out to ${branches}`,
    state: z.object({ sum: z.number().default(0) }),
    reducers: { sum: (sum, more: number) => sum + more },
  })
    .node("open", () => ({}))
    .node("join", () => ({}))
    .edge(START, "open");
  const nodes = names.reduce<ReturnType<typeof start.node<string>>>(
    (builder, name) => builder.node(name, () => ({ sum: 1 })),
    start,
  );
  return names
    .reduce((builder, name) => builder.edge(name, "join"), nodes.edge("open", names))
    .edge("join", END)
    .build();
}

/** A loop whose state has 2 KB that each step writes anew. `before` is called with the number of each step, from 1. */
export function rewritingLoop(rounds: number, before?: (step: number) => Promise<void> | void): Graph {
  const state = z.object({ n: z.number().default(0), text: z.string().default("") });
  const work = ({ n }: { readonly n: number }): { n: number; text: string } => ({ n: n + 1, text: rewritten(n) });
  return graph({ name: "rewriting loop", state, maxSteps: rounds })
    .node("step", before === undefined ? work : async (now) => (await before(now.n + 1), work(now)))
    .edge(START, "step")
    .branch("step", ({ n }) => (n < rounds ? "step" : END), ["step", END])
    .build();
}

/** A loop that appends 200 bytes in each step. */
export function appendingLoop(rounds: number): Graph {
  const state = z.object({ log: z.array(z.string()).default([]) });
  return graph({
    name: "appending loop",
    state,
    reducers: { log: (log, line: string) => [...log, line] },
    maxSteps: rounds,
  })
    .node("step", ({ log }) => ({ log: appended(log.length) }))
    .edge(START, "step")
    .branch("step", ({ log }) => (log.length < rounds ? "step" : END), ["step", END])
    .build();
}
