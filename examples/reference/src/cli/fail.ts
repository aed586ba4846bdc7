import { isBrainOpsError, type BrainOpsError, type ErrorCode } from "@brainops/core";
import { exitFailed, exitStopped, exitUsage } from "./command.ts";

/** What was wrong with what was given, or with where it was started; nothing was begun then. */
const usageCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "invalid_input",
  "not_found",
  "no_model",
  "unsupported",
  "wrong_key",
  "not_a_store",
  "store_too_new",
  "store_busy",
  "store_read_only",
  "store_full",
  "already_answered",
  "conflict",
]);

/** An error as programs read it. */
export interface Failure {
  readonly error: { readonly code: string; readonly message: string; readonly details?: unknown };
}

/** What to say of an error, and the exit code. */
export function explain(error: unknown): { readonly exit: number; readonly failure: Failure } {
  if (isBrainOpsError(error)) {
    const details = Object.keys(error.details).length > 0 ? { details: error.details } : {};
    return {
      exit: exitOf(error),
      failure: { error: { code: error.code, message: error.message, ...details } },
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { exit: exitFailed, failure: { error: { code: "node_failed", message } } };
}

function exitOf({ code, details }: BrainOpsError): number {
  if (code === "aborted") return exitStopped;
  return usageCodes.has(code) && !("begun" in details) ? exitUsage : exitFailed;
}
