import { END, graph, plugin, START, type Graph, type Plugin } from "@brainops/core";
import { z } from "zod";

/** A graph that does nothing outside: so many effects that give their number. */
export const walk: Graph<{ readonly steps: number }> = graph({
  name: "steps",
  version: "1",
  state: z.object({ steps: z.number(), sum: z.number().default(0) }),
})
  .node("walk", async ({ steps }, ctx) => {
    let sum = 0;
    for (let i = 0; i < steps; i++)
      sum += await ctx.effect({ name: `step ${i}`, class: "idempotent", run: () => Promise.resolve(i) });
    return { sum };
  })
  .edge(START, "walk")
  .edge("walk", END)
  .build();

const walking: Plugin = plugin({ name: "stepping", setup: (registrar) => registrar.graph(walk) });
export default walking;
