import type { Entry } from "../contracts/journal.ts";
import type { Graph } from "./graph.ts";

/** Which code has a run: the graph that had it last, as its journal says. */
export interface Code {
  /** The graph's name. */
  readonly graph: string;
  /** Its version. */
  readonly version: string;
  /** How it was built; see {@link Graph}. */
  readonly fingerprint: string;
}

/** Whether a graph can go on with a run: the one that had it last, or one that continues its version. */
export function fits(graph: Graph, last: Omit<Code, "graph">): boolean {
  return last.fingerprint === graph.fingerprint || graph.continues.includes(last.version);
}

/** The code that had a run last; `before`: that had it before these entries. One that took it and did nothing does not count. */
export function codeAfter(before: Code, entries: readonly Entry[]): Code {
  let [code, next] = [before, before];
  for (const entry of entries) {
    if (entry.type !== "run-taken") code = next;
    else {
      const { version, fingerprint } = entry;
      next = version === undefined || fingerprint === undefined ? code : { graph: before.graph, version, fingerprint };
    }
  }
  return code;
}
