import type { Graph } from "./graph.ts";

/** Whether a graph can go on with a run: the one that the run began with, or one that continues its version. */
export function fits(graph: Graph, began: { readonly fingerprint: string; readonly version: string }): boolean {
  return began.fingerprint === graph.fingerprint || graph.continues.includes(began.version);
}
