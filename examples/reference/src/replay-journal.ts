import { BrainOpsError, replay, type Entry, type Graph, type ReplayResult } from "@brainops/core";
import { graphOf } from "./graphs.ts";
import { jobOf } from "./job.ts";
import { teamOf } from "./team.ts";

/** What a replay came to: the result without the state, and whose run it was. */
export type Replayed = Omit<ReplayResult, "state"> & { readonly run: string };

/**
 * Runs a journal again, offline, on the graph that it was made with: one of `brainops` itself, or of those that are given.
 * Throws `unsupported` when it is of none of them.
 */
export async function replayJournal(entries: readonly Entry[], graphs: readonly Graph[] = []): Promise<Replayed> {
  const job = jobOf(entries);
  const known = job === undefined ? graphs : [graphOf(job, teamOf(job)) as unknown as Graph];
  const [first] = entries;
  const graph = first?.type === "run-started" ? versionFor(first, entries, known) : undefined;
  if (first?.type !== "run-started" || graph === undefined) {
    const named = first?.type === "run-started" ? ` '${first.graph}'` : "";
    throw new BrainOpsError(
      "unsupported",
      `The graph${named} of this run is not one that 'brainops' knows. Name the file that exports its plugin with --plugin, or replay it with brain.replay() where the graph is.`,
    );
  }
  const { state: _state, ...said } = await replay(graph, entries);
  return { run: first.run, ...said };
}

/** The version that had the run last, else one that continues what the run began with, else any: its replay says what differs. */
function versionFor(
  first: Extract<Entry, { type: "run-started" }>,
  entries: readonly Entry[],
  known: readonly Graph[],
): Graph | undefined {
  const versions = known.filter(({ name }) => name === first.graph);
  const [last] = entries
    .flatMap((entry) => (entry.type === "run-taken" && entry.fingerprint !== undefined ? [entry.fingerprint] : []))
    .slice(-1);
  return (
    versions.find(({ fingerprint }) => fingerprint === (last ?? first.fingerprint)) ??
    versions.find(({ continues }) => continues.includes(first.version)) ??
    versions[0]
  );
}
