import type { ErrorCode } from "@brainops/core";
import { entryOf } from "../shape/json.ts";
import type { Trouble } from "./trouble.ts";

/** Words for a kind of error that mean the same at every vendor that uses them. */
const byKind: { readonly [kind: string]: ErrorCode } = {
  // Anthropic
  overloaded_error: "overloaded",
  rate_limit_error: "rate_limit",
  api_error: "server_error",
  timeout_error: "server_error",
  authentication_error: "auth",
  billing_error: "quota_exhausted",
  permission_error: "permission",
  not_found_error: "not_found",
  request_too_large: "request_too_large",
  invalid_request_error: "invalid_request",
  contract_spend_limit_reached: "quota_exhausted",
  enforced_spend_limit_reached: "quota_exhausted",
  linked_organization_spend_limit_reached: "quota_exhausted",
  linked_organization_billing_unavailable: "quota_exhausted",
  request_body_too_large_after_decoding: "request_too_large",
  // OpenAI and those that speak like it
  insufficient_quota: "quota_exhausted",
  billing_hard_limit_reached: "quota_exhausted",
  billing_not_active: "quota_exhausted",
  rate_limit_exceeded: "rate_limit",
  requests: "rate_limit",
  tokens: "rate_limit",
  slow_down: "overloaded",
  engine_overloaded: "overloaded",
  server_error: "server_error",
  internal_server_error: "server_error",
  internalservererror: "server_error",
  vector_store_timeout: "server_error",
  invalid_api_key: "auth",
  model_not_found: "not_found",
  context_length_exceeded: "context_length",
  exceed_context_size_error: "context_length",
  string_above_max_length: "context_length",
  tool_use_failed: "invalid_tool_call",
  content_filter: "content_filter",
  content_policy_violation: "content_filter",
  image_content_policy_violation: "content_filter",
  responsibleaipolicyviolation: "content_filter",
  bio_policy: "content_filter",
  misalignment_policy_violation: "content_filter",
  badrequesterror: "invalid_request",
  notfounderror: "not_found",
  unsupported_parameter: "invalid_request",
  // Google
  api_key_invalid: "auth",
  unauthenticated: "auth",
  permission_denied: "permission",
  not_found: "not_found",
  invalid_argument: "invalid_request",
  failed_precondition: "invalid_request",
  out_of_range: "invalid_request",
  resource_exhausted: "rate_limit",
  unavailable: "overloaded",
  deadline_exceeded: "server_error",
  internal: "server_error",
  unknown: "server_error",
  cancelled: "server_error",
  aborted: "server_error",
};

const byStatus: { readonly [status: number]: ErrorCode } = {
  400: "invalid_request",
  401: "auth",
  402: "quota_exhausted",
  403: "permission",
  404: "not_found",
  408: "server_error",
  409: "server_error",
  413: "request_too_large",
  422: "invalid_request",
  429: "rate_limit",
  498: "overloaded",
  499: "server_error",
  500: "server_error",
  502: "server_error",
  503: "overloaded",
  504: "server_error",
  529: "overloaded",
};

/** What only the message tells, because vendors put it under a general kind. First match counts. */
const byMessage: readonly (readonly [
  code: ErrorCode,
  where: (status: number | undefined) => boolean,
  words: RegExp,
])[] = [
  ["request_too_large", () => true, /request too large|request entity too large|payload size exceeds/i],
  [
    "context_length",
    (status) => status === undefined || (status >= 400 && status !== 401 && status !== 403 && status !== 429),
    /prompt is too long|exceed context limit|context[ _]?(length|window|size)|maximum context|maximum number of tokens|too many (input |prompt )?tokens|input (is )?too long|token count.{0,40} exceeds/i,
  ],
  [
    "quota_exhausted",
    (status) => status === 400 || status === 402 || status === 403 || status === undefined,
    /credit balance is too low|insufficient (balance|credits|quota)|(used|run) (up|out of).{0,30}credits|reached your specified (workspace )?api usage limits/i,
  ],
  [
    "auth",
    (status) => status === 400 || status === 403,
    /(incorrect|invalid) api[ -]key|api key (not valid|not found|expired|is invalid)|no api key/i,
  ],
  ["not_found", (status) => status === 400, /model.{0,60}(not exist|not found|is not a valid model)/i],
  [
    "content_filter",
    (status) => status === undefined || status === 400 || status === 403,
    /content filtering policy|content management policy|(potentially )?violating our usage policy|usage guidelines|safety (system|filter)|requires moderation/i,
  ],
  ["invalid_tool_call", (status) => status === 400, /tool call validation failed|failed to call a function/i],
];

/**
 * The code for what a vendor said. What the message alone tells goes first, then the vendor's word for it, then the
 * HTTP status; with none of them, the vendor failed.
 */
export function classify(trouble: Trouble): ErrorCode {
  const { status, kinds, message, quotas } = trouble;
  if (quotas.some((quota) => /PerDay/i.test(quota))) return "quota_exhausted";
  for (const [code, where, words] of byMessage) if (where(status) && words.test(message)) return code;

  const named = kinds.map((kind) => entryOf(byKind, kind)).filter((code) => code !== undefined);
  // A general word beside a precise one says nothing: `invalid_request_error` with `context_length_exceeded`.
  const general: readonly ErrorCode[] = ["invalid_request", "server_error", "rate_limit"];
  const precise = named.find((code) => !general.includes(code));
  const fromStatus =
    status === undefined ? undefined : (byStatus[status] ?? (status >= 500 ? "server_error" : "invalid_request"));
  if (precise !== undefined && !(precise === "not_found" && status === 403)) return precise;
  // Statuses that are precise themselves win over general words, such as 401 with `api_error`.
  if (fromStatus !== undefined && fromStatus !== "invalid_request" && fromStatus !== "server_error") return fromStatus;
  return named[0] ?? fromStatus ?? "server_error";
}
