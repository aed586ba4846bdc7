import { END, graph, plugin, START, type Graph, type Plugin } from "@brainops/core";
import { z } from "zod";

interface Letter {
  readonly to: string;
  readonly colour: string;
  readonly text: string;
}

/** A model call, a question, and a model call. */
export const letter: Graph<{ readonly to: string }, Letter> = graph({
  name: "letter",
  state: z.object({ to: z.string(), colour: z.string().default(""), text: z.string().default("") }),
})
  .node("choose", async (_, ctx) => ({
    colour: (await ctx.ask({ text: "Which?", options: ["red", "blue"] })) as string,
  }))
  .node("write", async ({ to, colour }, ctx) => {
    const content = `A ${colour} letter to ${to}`;
    return { text: (await ctx.generate({ system: "Be terse.", messages: [{ role: "user", content }] })).text };
  })
  .edge(START, "choose")
  .edge("choose", "write")
  .edge("write", END)
  .build();

const letters: Plugin = plugin({ name: "letters", setup: (registrar) => registrar.graph(letter) });
export default letters;
