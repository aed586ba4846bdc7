import { BrainOpsError, isBrainOpsError, type ErrorCode } from "@brainops/core";

/** How a failure is told to a client: the HTTP status, and each vendor's word for it. */
export interface Fault {
  readonly status: number;
  readonly openai: string;
  readonly anthropic: string;
  readonly message: string;
  readonly code: ErrorCode;
  readonly retryAfterMs?: number;
}

const faults: { readonly [C in ErrorCode]?: readonly [status: number, openai: string, anthropic: string] } = {
  invalid_input: [400, "invalid_request_error", "invalid_request_error"],
  invalid_request: [400, "invalid_request_error", "invalid_request_error"],
  unsupported: [400, "invalid_request_error", "invalid_request_error"],
  context_length: [400, "context_length_exceeded", "invalid_request_error"],
  content_filter: [400, "content_filter", "invalid_request_error"],
  budget_exceeded: [402, "insufficient_quota", "billing_error"],
  quota_exhausted: [402, "insufficient_quota", "billing_error"],
  not_found: [404, "model_not_found", "not_found_error"],
  request_too_large: [413, "request_too_large", "request_too_large"],
  rate_limit: [429, "rate_limit_exceeded", "rate_limit_error"],
  overloaded: [503, "server_is_overloaded", "overloaded_error"],
  no_model: [503, "server_is_overloaded", "overloaded_error"],
  timeout: [504, "timeout", "timeout_error"],
};

/** What a chain that gave up is said to have failed by, where the client itself can do something about it. */
const clients: readonly ErrorCode[] = ["invalid_request", "context_length", "content_filter", "request_too_large"];

/** Describes a failure. What the vendors said about keys and accounts stays here: the client has none of its own there. */
export function faultOf(error: unknown): Fault {
  if (!isBrainOpsError(error)) return described("server_error", "The server failed.");
  const { cause } = error;
  const own = error.code === "no_model" && isBrainOpsError(cause) && clients.includes(cause.code) ? cause : error;
  const asked = error.details["retryAfterMs"];
  const tries = own.code === "no_model" ? "None of the models could answer now." : own.message;
  const message = own.code === "auth" || own.code === "permission" ? "The server is not set up for this model." : tries;
  return { ...described(own.code, message), ...(typeof asked === "number" ? { retryAfterMs: asked } : {}) };
}

function described(code: ErrorCode, message: string): Fault {
  const [status, openai, anthropic] = faults[code] ?? [502, "server_error", "api_error"];
  return { status, openai, anthropic, message, code };
}

/** The error of a request that does not say what it has to. */
export const badRequest = (what: string): BrainOpsError => new BrainOpsError("invalid_input", what);
