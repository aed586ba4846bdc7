import { END, graph, START, type Graph, type NodeContext } from "@brainops/core";
import { z } from "zod";

/** Does something outside for a run, under a key. */
export type Act = (run: string, key: string) => Promise<void>;

/** A graph with all that a worker can be stopped in: effects that may and may not be repeated, a sleep and a signal. */
export function clusterGraph(act: Act): Graph {
  const both = ["idempotent", "irreversible"] as const;
  const all = async (when: string, ctx: NodeContext): Promise<void> => {
    for (const kind of both)
      await ctx.effect({ name: `${when} ${kind}`, class: kind, run: ({ key }) => act(ctx.run, key).then(() => key) });
  };
  return graph({ name: "cluster", state: z.object({ n: z.number().default(0) }) })
    .node("before", async (_, ctx) => {
      await all("before", ctx);
      await ctx.sleep(200);
      return { n: 1 };
    })
    .node("after", async (_, ctx) => {
      await ctx.signalled("go");
      await all("after", ctx);
      return { n: 2 };
    })
    .edge(START, "before")
    .edge("before", "after")
    .edge("after", END)
    .build();
}
