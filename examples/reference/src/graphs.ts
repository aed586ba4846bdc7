import type { Graph } from "@brainops/core";
import type { Workforce } from "@brainops/nodes";
import { demoGraph } from "./demo/graph.ts";
import type { Job } from "./job.ts";
import { workGraph } from "./work-graph.ts";
import type { Asked, Reached } from "./reached.ts";

/** The graph that a job's runs follow. */
export function graphOf(job: Job, team: Workforce): Graph<Asked, Reached> {
  return job.kind === "demo" ? demoGraph(team) : workGraph(team);
}
