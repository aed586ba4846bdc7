import { isBrainOpsError, type ErrorCode } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";

/** How a tool call ended: with a result, or with an error that the model is told. */
export type ToolOutcome =
  | {
      /** What it returned. */
      readonly result: Json;
    }
  | {
      /** How it failed. */
      readonly error: ToolError;
    };

/** What the model is told of an error: never a stack. */
export type ToolError = {
  /** As of the error that was thrown; what has none is the caller's fallback. */
  readonly code: ErrorCode;
  /** At most 2,000 characters. */
  readonly message: string;
};

/** Errors that belong to the run, not to the tool: the agent ends with them. */
const ofTheRun: readonly ErrorCode[] = [
  "aborted",
  "branch_conflict",
  "budget_exceeded",
  "commit_unknown",
  "conflict",
  "diverged",
  "effect_in_doubt",
  "erased",
  "journal_corrupt",
  "nondeterministic",
  "ownership_lost",
  "store_busy",
  "store_closed",
  "store_corrupt",
  "store_full",
  "store_read_only",
  "store_rolled_back",
  "store_unavailable",
];

/** No model answers, so telling one is of no use: a retry of the node is what helps. */
const outages: readonly ErrorCode[] = [
  "auth",
  "network",
  "no_model",
  "overloaded",
  "permission",
  "quota_exhausted",
  "rate_limit",
  "server_error",
];

/** Whether an error is the run's own. */
export function isRunError(error: unknown): boolean {
  return isBrainOpsError(error) && ofTheRun.includes(error.code);
}

/** Whether an error, thrown outside of an effect, ends the agent. */
export function isFatal(error: unknown): boolean {
  return isBrainOpsError(error) && (ofTheRun.includes(error.code) || outages.includes(error.code));
}

/** An error as the model is told. */
export function toldOf(error: unknown, fallback: ErrorCode): ToolError {
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: isBrainOpsError(error) ? error.code : fallback,
    message: (message === "" ? "It failed without a word." : message.slice(0, 2_000)).toWellFormed(),
  };
}

/** A result with its middle cut out when it is longer than so many characters. */
export function bounded(value: Json, maxChars: number): Json {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text.length <= maxChars) return value;
  const tail = Math.floor(maxChars / 4);
  const head = maxChars - tail;
  const left = text.length - maxChars;
  return `${text.slice(0, head)}\n[… ${left} characters left out …]\n${text.slice(-tail)}`.toWellFormed();
}
