import { END, graph, START, type Graph } from "@brainops/core";
import { z } from "zod";

/** Does something outside under a key. */
export type Act = (key: string) => Promise<void>;

/** A graph with all that a worker can be stopped in: effects that may and may not be repeated, a sleep and a signal. */
export function clusterGraph(act: Act): Graph {
  const both = ["idempotent", "irreversible"] as const;
  return graph({ name: "cluster", state: z.object({ n: z.number().default(0) }) })
    .node("before", async (_, ctx) => {
      for (const kind of both)
        await ctx.effect({ name: `before ${kind}`, class: kind, run: ({ key }) => act(key).then(() => 1) });
      await ctx.sleep(200);
      return { n: 1 };
    })
    .node("after", async (_, ctx) => {
      await ctx.signalled("go");
      for (const kind of both)
        await ctx.effect({ name: `after ${kind}`, class: kind, run: ({ key }) => act(key).then(() => 1) });
      return { n: 2 };
    })
    .edge(START, "before")
    .edge("before", "after")
    .edge("after", END)
    .build();
}
