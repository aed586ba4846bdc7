import { isBrainOpsError, type ErrorCode } from "@brainops/core";

/** What a chain does about an error: ask the next model, or stop and hand the error to the caller. */
export type OnError = "next" | "stop";

/**
 * What a chain does about each error, unless told otherwise. Codes that are not listed stop it: they are no failure
 * of a provider.
 */
export const failoverTable: FailoverTable = {
  // The vendor cannot now, or not for this account.
  rate_limit: "next",
  quota_exhausted: "next",
  overloaded: "next",
  server_error: "next",
  network: "next",
  timeout: "next",
  auth: "next",
  permission: "next",
  not_found: "next",
  unsupported: "next",
  // The answer was of no use.
  stream_truncated: "next",
  invalid_response: "next",
  invalid_tool_call: "next",
  // Another model may take what this one does not: a longer context, another file, another schema.
  context_length: "next",
  request_too_large: "next",
  invalid_request: "next",
  no_model: "next",
  // A refusal is an answer: asking around for a vendor that does not refuse is the caller's decision.
  content_filter: "stop",
  // Nothing was sent, and nobody else could send it either.
  invalid_input: "stop",
};

/** Changes to the {@link failoverTable}, by error code. */
export type FailoverTable = { readonly [C in ErrorCode]?: OnError };

/** What is known of an error that a model threw. A model that throws anything else has failed like a server does. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly action: OnError;
}

/** Judges an error by the table. `aborted` is the caller's own doing, unless the caller did not do it. */
export function judge(error: unknown, callerAborted: boolean, changes: FailoverTable): Failure {
  if (callerAborted) return { code: "aborted", message: "The caller asked to stop.", action: "stop" };
  if (!isBrainOpsError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: "server_error", message, action: changes.server_error ?? failoverTable.server_error ?? "next" };
  }
  const { code, message } = error;
  return { code, message, action: changes[code] ?? (code === "aborted" ? "next" : (failoverTable[code] ?? "stop")) };
}
