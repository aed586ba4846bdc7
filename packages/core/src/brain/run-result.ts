import { BrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Question } from "../contracts/node.ts";
import type { RunEnd } from "../run/run-end.ts";
import { fromErrorValue } from "../run/errors.ts";
import type { OpenWait } from "../run/inbox.ts";
import type { Divergence } from "../run/run-context.ts";

/** A question that waits for a person; its `id` is what `brain.answer` takes. */
export type OpenQuestion = OpenWait & Question;

const isQuestion = (wait: OpenWait): wait is OpenQuestion => wait.for === "answer";

/** How a run came to rest. */
export type RunResult<S = unknown> =
  | {
      /** The run's id. */
      readonly id: string;
      /** It came to its end. */
      readonly status: "completed";
      /** The state that it ended with. */
      readonly state: S;
    }
  | {
      /** The run's id. */
      readonly id: string;
      /** It rests until people or signals have spoken: `brain.answer` or `brain.signal`, then `brain.resume`. */
      readonly status: "waiting";
      /** What people are asked, in the order in which it was asked. Empty when it waits for signals or times alone. */
      readonly questions: readonly OpenQuestion[];
      /** All that it waits for, questions included. */
      readonly waits: readonly OpenWait[];
    }
  | {
      /** The run's id. */
      readonly id: string;
      /** A node failed for good, or the run took longer or more than it may. It has ended: resuming gives this again. */
      readonly status: "failed";
      /** Why; its `code` says what kind of thing went wrong. */
      readonly error: BrainOpsError;
    }
  | {
      /** The run's id. */
      readonly id: string;
      /** Somebody ended it: `brain.abort`, or the `signal` that it was started with: for good. */
      readonly status: "aborted";
      /** Why, as it was given then. */
      readonly reason: string;
    }
  | {
      /** The run's id. */
      readonly id: string;
      /** The code does not do what the journal says. Nothing was written; it goes on once the code is right. */
      readonly status: "diverged";
      /** The first place where code and journal part. */
      readonly divergence: Divergence;
    }
  | {
      /** The run's id. */
      readonly id: string;
      /** The Brain was closed meanwhile; it can be resumed. */
      readonly status: "stopped";
    };

/** The result that the end of an execution is. */
export function resultOf(id: string, end: RunEnd): RunResult {
  switch (end.status) {
    case "completed":
      return { id, status: "completed", state: end.state };
    case "waiting":
      return { id, status: "waiting", questions: end.waits.filter(isQuestion), waits: end.waits };
    case "failed":
      return { id, status: "failed", error: fromErrorValue(end.error, end.cause) };
    case "aborted":
      return { id, status: "aborted", reason: end.reason };
    case "diverged":
      return { id, status: "diverged", divergence: end.divergence };
    default:
      return { id, status: "stopped" };
  }
}

/** The result of a run that has ended, read off the last entry of its journal. */
export function recordedResult(id: string, last: Entry): RunResult | undefined {
  switch (last.type) {
    case "run-completed":
      if (last.body === undefined)
        throw new BrainOpsError("erased", `The state that run '${id}' ended with has been erased.`);
      return { id, status: "completed", state: last.body.state };
    case "run-failed":
      return {
        id,
        status: "failed",
        error: fromErrorValue(last.body?.error ?? { code: "erased", message: "The error has been erased." }),
      };
    case "run-aborted":
      return { id, status: "aborted", reason: last.body?.reason ?? "" };
    default:
      return undefined;
  }
}

/**
 * The state that a run ended with. Throws the run's own error when it failed, and `run_failed` when it did not end.
 *
 * @example
 * ```ts
 * import { type RunResult, stateOf } from "@brainops/core";
 * declare const result: RunResult<{ greeting: string }>;
 * console.log(stateOf(result).greeting);
 * ```
 */
export function stateOf<S>(result: RunResult<S>): S {
  if (result.status === "completed") return result.state;
  if (result.status === "failed") throw result.error;
  const why = {
    waiting: "waits for an answer or a signal: brain.answer(…) or brain.signal(…), then brain.resume(…)",
    aborted: "was aborted",
    diverged: "does not agree with its journal: see result.divergence",
    stopped: "was stopped: brain.resume(…) goes on",
  }[result.status];
  throw new BrainOpsError("run_failed", `Run '${result.id}' has no final state: it ${why}.`, {
    details: { run: result.id, status: result.status },
  });
}
