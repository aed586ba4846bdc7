import { END, graph, plugin, START, type Plugin } from "@brainops/core";
import { z } from "zod";

/** The graph of the other fixture in its next version, which does something else. */
const newer = graph({ name: "walk", version: "2", state: z.object({ folder: z.string() }) })
  .node("only", () => ({}))
  .edge(START, "only")
  .edge("only", END)
  .build();

const newcomer: Plugin = plugin({ name: "walking", setup: (registrar) => registrar.graph(newer) });
export default newcomer;
