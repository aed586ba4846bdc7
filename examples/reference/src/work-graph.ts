import { END, graph, START, type Graph } from "@brainops/core";
import type { Workforce } from "@brainops/nodes";
import { z } from "zod";
import { keep, reachedShape, type Asked, type Reached } from "./reached.ts";

/** A goal on somebody's repository: the workforce's way, with the job in the journal. */
export function workGraph(team: Workforce): Graph<Asked, Reached> {
  return graph({ name: "run", version: "1", state: z.object(reachedShape) })
    .graph("team", team.goal, { input: ({ goal }) => ({ goal }), output: keep })
    .edge(START, "team")
    .edge("team", END)
    .build();
}
