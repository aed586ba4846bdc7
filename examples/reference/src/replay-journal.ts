import { BrainOpsError, replay, type Entry, type ReplayResult } from "@brainops/core";
import { graphOf } from "./graphs.ts";
import { jobOf } from "./job.ts";
import { teamOf } from "./team.ts";

/** What a replay came to: the result without the state, and whose run it was. */
export type Replayed = Omit<ReplayResult, "state"> & { readonly run: string };

/** Runs a journal again, offline, on the graph that it was made with. Throws `unsupported` when another program made it. */
export async function replayJournal(entries: readonly Entry[]): Promise<Replayed> {
  const job = jobOf(entries);
  const [first] = entries;
  if (job === undefined || first?.type !== "run-started") {
    throw new BrainOpsError(
      "unsupported",
      "This run was not made by 'brainops', so its graph is not known here. Replay it with brain.replay() where the graph is.",
    );
  }
  const { state: _state, ...said } = await replay(graphOf(job, teamOf(job)), entries);
  return { run: first.run, ...said };
}
