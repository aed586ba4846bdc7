import { BrainOpsError, isBrainOpsError } from "../contracts/error.ts";
import type { Entry, EntryContent } from "../contracts/journal.ts";
import { fits, type Code } from "../graph/fits.ts";
import type { Graph } from "../graph/graph.ts";
import { canonical } from "../journal/canonical.ts";
import { recordedResult, type RunResult } from "./run-result.ts";

/** Throws `diverged` when another graph than this one had a run last, of which this one takes no runs over either. */
export function checkGraph(graph: Graph, run: string, last: Code): void {
  if (fits(graph, last)) return;
  throw new BrainOpsError(
    "diverged",
    `Graph '${graph.name}' is built in another way than when it had run '${run}' last. Resume it with the graph as it was (version '${last.version}'), or say in the new one that it continues that version.`,
    { details: { expected: last.fingerprint, found: graph.fingerprint, version: last.version } },
  );
}

/** What is there instead of a run that was to be started: its result if it has ended; throws `conflict` else. */
export function foundInstead(id: string, first: Entry, entries: readonly Entry[], cause: unknown): RunResult {
  const [known] = entries;
  if (known === undefined) throw pruned(id, cause);
  const recorded = recordedResult(id, entries.at(-1) as Entry);
  if (known.hash === first.hash) {
    // It was this one, and its values were erased while it was under way.
    if (recorded?.status === "failed" && recorded.error.code === "erased") return recorded;
    throw cause;
  }
  if (!isSameStart(known, first)) throw anotherRun(id, cause);
  if (recorded !== undefined) return recorded;
  throw new BrainOpsError(
    "conflict",
    `Run '${id}' has been started already and has not ended. Resume it, or start another under a new id.`,
    { cause, details: { run: id } },
  );
}

/** The error for an id whose run was pruned. */
export function pruned(id: string, cause?: unknown): BrainOpsError {
  return new BrainOpsError(
    "conflict",
    `There was a run '${id}' in this store, and its journal was pruned. Its id is not given again: take a new one.`,
    { cause, details: { run: id } },
  );
}

/** The error for an id that another run has. */
export function anotherRun(id: string, cause?: unknown): BrainOpsError {
  return new BrainOpsError(
    "conflict",
    `There is a run '${id}' already, of another graph or with another input. Start this one under a new id.`,
    { cause, details: { run: id } },
  );
}

/** Whether two starts are of the same graph with the same input. An input that was erased is taken for the same. */
export function isSameStart(known: Entry, first: EntryContent): boolean {
  if (known.type !== "run-started" || first.type !== "run-started" || known.graph !== first.graph) return false;
  if (known.body === undefined || first.body === undefined) return true;
  return canonical(known.body.input) === canonical(first.body.input);
}

/** Why a caller's signal was aborted, in words. */
export function reasonOf(signal: AbortSignal | undefined): string {
  const reason: unknown = signal?.reason;
  if (reason instanceof Error) return reason.message;
  return typeof reason === "string" ? reason : "aborted by the caller";
}

/** Whether an error is trouble of the store that passes by itself, and so is no fault of a run. */
export function passes(error: unknown): boolean {
  return isBrainOpsError(error) && /^(store|commit)_/.test(error.code) && error.code !== "store_corrupt";
}
