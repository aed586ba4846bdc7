import { isBrainOpsError, type ErrorCode } from "@brainops/core";

/**
 * What a chain does about an error.
 *
 * - `retry`: ask the same model again after a short wait, at most `retries` times; then as `next`.
 * - `next`: ask the next model. This one may be asked again in a later round.
 * - `leave`: ask the next model, and this one not again in this call: it would say the same.
 * - `shrink`: as `leave`, for a model that takes more; when there is none, the request is made smaller by `compact`.
 * - `stop`: hand the error to the caller.
 */
export type OnError = "retry" | "next" | "leave" | "shrink" | "stop";

/** What a chain does about each error, by code. */
export type FailoverTable = { readonly [C in ErrorCode]?: OnError };

/**
 * What a chain does about each error, unless told otherwise. Codes that are not listed stop it: they are no failure
 * of a provider.
 */
export const failoverTable: FailoverTable = {
  // The vendor cannot now.
  rate_limit: "next",
  overloaded: "next",
  server_error: "next",
  network: "next",
  timeout: "next",
  no_model: "next",
  // The answer was of no use. A bad tool call is bad luck: the same model may well do better.
  stream_truncated: "next",
  invalid_response: "next",
  invalid_tool_call: "retry",
  // Not for this account or this model, however often it is asked.
  quota_exhausted: "leave",
  auth: "leave",
  permission: "leave",
  not_found: "leave",
  unsupported: "leave",
  // Another model may take what this one does not: another file, another schema, more bytes.
  request_too_large: "leave",
  invalid_request: "leave",
  context_length: "shrink",
  // A refusal is an answer: asking around for a vendor that does not refuse is the caller's decision.
  content_filter: "stop",
  // Nothing was sent, and nobody else could send it either.
  invalid_input: "stop",
  budget_exceeded: "stop",
};

/** Which errors count against a model's health, by code. */
export type HealthTable = { readonly [C in ErrorCode]?: boolean };

/** The errors that count against a model's health unless told otherwise; all others are about one request only. */
export const healthTable: HealthTable = {
  rate_limit: true,
  quota_exhausted: true,
  overloaded: true,
  server_error: true,
  network: true,
  timeout: true,
  auth: true,
  permission: true,
  not_found: true,
  stream_truncated: true,
  invalid_response: true,
  no_model: true,
};

/** The policy of one chain. */
export interface Policy {
  readonly onError: FailoverTable;
  readonly counts: HealthTable;
}

/** What is known of an error that a model threw. A model that throws anything else has failed like a server does. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly action: OnError;
  /** Whether it counts against the model's health. */
  readonly counts: boolean;
  /** How long the vendor asks to wait. */
  readonly retryAfterMs?: number;
}

/** Judges an error by the tables. A model that says `aborted` although its caller did not ask for it has failed. */
export function judge(error: unknown, policy: Policy): Failure {
  const known = isBrainOpsError(error);
  const code = known ? (error.code === "aborted" ? "server_error" : error.code) : "server_error";
  const asked = known ? error.details["retryAfterMs"] : undefined;
  return {
    code: known ? error.code : code,
    message: error instanceof Error ? error.message : String(error),
    action: policy.onError[code] ?? failoverTable[code] ?? "stop",
    counts: policy.counts[code] ?? healthTable[code] ?? false,
    ...(typeof asked === "number" && Number.isFinite(asked) && asked >= 0 ? { retryAfterMs: asked } : {}),
  };
}
