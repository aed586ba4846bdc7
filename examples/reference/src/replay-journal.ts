import { BrainOpsError, replay, type Entry, type Graph, type JournalPages, type ReplayResult } from "@brainops/core";
import { graphOf } from "./graphs.ts";
import { jobOf } from "./job.ts";
import { teamOf } from "./team.ts";

/** What a replay came to: the result without the state, and whose run it was. */
export type Replayed = Omit<ReplayResult, "state"> & { readonly run: string };

type Started = Extract<Entry, { type: "run-started" }>;

/**
 * Runs a journal again, offline, on the graph that it was made with: one of `brainops` itself, or of those that are given.
 * Throws `unsupported` when it is of none of them.
 */
export async function replayJournal(journal: JournalPages, graphs: readonly Graph[] = []): Promise<Replayed> {
  let run = "";
  const find = (last: { readonly fingerprint: string }, first: Started): Graph => {
    ({ run } = first);
    const job = jobOf([first]);
    const known = job === undefined ? graphs : [graphOf(job, teamOf(job)) as unknown as Graph];
    const graph = versionFor(first, last.fingerprint, known);
    if (graph !== undefined) return graph;
    throw new BrainOpsError(
      "unsupported",
      `The graph '${first.graph}' of this run is not one that 'brainops' knows. Name the file that exports its plugin with --plugin, or replay it with brain.replay() where the graph is.`,
    );
  };
  const { state: _state, ...said } = await replay(find, journal);
  return { run, ...said };
}

/** The version that had the run last, else one that continues what the run began with, else any: its replay says what differs. */
function versionFor(first: Started, last: string, known: readonly Graph[]): Graph | undefined {
  const versions = known.filter(({ name }) => name === first.graph);
  return (
    versions.find(({ fingerprint }) => fingerprint === last) ??
    versions.find(({ continues }) => continues.includes(first.version)) ??
    versions[0]
  );
}
