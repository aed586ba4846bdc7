import type { Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { State } from "../graph/definition.ts";
import { canonical } from "../journal/canonical.ts";
import { fromErrorValue, toErrorValue, type JournaledError } from "./errors.ts";
import type { RunEnd, WalkEnd } from "./run-end.ts";
import type { History } from "./history.ts";

/**
 * What a replay came to, beside how its journal ends; `last` is the journal's last entry, and `failures` are the messages of what
 * nodes failed with for good.
 */
export function replayEnd(end: WalkEnd, history: History, failures: ReadonlySet<string>, last: Entry): RunEnd {
  if (end.kind === "diverged") return { status: "diverged", divergence: end.divergence };
  if (end.kind === "broken") throw end.error;
  // Only what has been erased makes a replay stop so.
  if (end.kind === "failed") throw fromErrorValue(end.error);
  if (end.kind === "completed")
    return unusedEntry(history) ?? finalDivergence(end.state, last) ?? { status: "completed", state: end.state };
  if (end.kind === "thrown") return thrownEnd(toErrorValue(end.error, "node_failed"), failures, last);
  return unusedEntry(history) ?? { status: "exhausted" };
}

function thrownEnd(error: JournaledError, failures: ReadonlySet<string>, last: Entry): RunEnd {
  const ended = last.type === "run-failed" ? last.body?.error : undefined;
  if (ended?.message === error.message) return { status: "failed", error };
  // Several branches may fail, and a run be over by its time while one does.
  const another = ended !== undefined && ended.code !== "timeout" && !failures.has(error.message);
  if (!another && last.type !== "run-completed") return { status: "exhausted" };
  if (another) return parts(last, "The run failed in another way than the journal has", error, ended);
  return parts(last, "The run failed, and the journal says that it completed", error);
}

/** The code ends otherwise than the journal. */
function parts({ position }: Entry, what: string, found: unknown, expected?: unknown): RunEnd {
  const at = { path: "", node: "END", visit: 0, position };
  const shown = { ...(expected === undefined ? {} : { expected: expected as Json }), found: found as Json };
  return { status: "diverged", divergence: { ...at, what, ...shown } };
}

/** A replay must have come wherever the journal has been. */
function unusedEntry(history: History): RunEnd | undefined {
  const unused = history.unvisited("");
  if (unused === undefined) return undefined;
  const { path, node, visit, position } = unused;
  const what = `The journal has '${node}' where the code never comes`;
  return { status: "diverged", divergence: { path, node, visit, position, what } };
}

/** A replay that came to the end must end in the journaled state. */
function finalDivergence(state: State, last: Entry): RunEnd | undefined {
  if (last.type === "run-failed")
    return parts(last, "The code comes to the end, and the journal says that the run failed", state);
  if (last.type !== "run-completed" || last.body === undefined) return undefined;
  if (canonical(last.body.state) === canonical(state)) return undefined;
  return parts(last, "The run ends in another state than the journal has", state, last.body.state);
}
