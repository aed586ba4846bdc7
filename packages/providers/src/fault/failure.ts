import { BrainOpsError, isBrainOpsError, type ErrorCode, type Json } from "@brainops/core";
import { parseJson } from "../shape/json.ts";
import { classify } from "./classify.ts";
import { redact } from "./redact.ts";
import { retryAfterMs } from "./retry-after.ts";
import { readTrouble } from "./trouble.ts";

/** Who failed, and what must not be said aloud. */
export interface Speaker {
  /** The model's name, such as `claude`. */
  readonly name: string;
  /** Values that are taken out of every message. */
  readonly secrets: readonly string[];
}

type Details = { readonly [key: string]: Json | undefined };

/** What to do about an error, by its code. */
const advice: { readonly [C in ErrorCode]?: string } = {
  rate_limit: "Wait, or let a chain ask the next model.",
  quota_exhausted: "Check the account's billing, or let a chain ask the next model.",
  overloaded: "Try again later, or let a chain ask the next model.",
  server_error: "Try again later, or let a chain ask the next model.",
  network: "Check the base URL, and that the server runs and can be reached.",
  auth: "Check the API key.",
  permission: "Give the key the right to this model, or use another key.",
  not_found: "Check the model's id and the base URL.",
  invalid_request: "Change what the vendor names; what it alone refuses (a schema, a setting) another model may take.",
  context_length: "Shorten the conversation, or use a model that takes more.",
  request_too_large: "Send fewer bytes or tokens at once.",
  content_filter: "Change the request; the vendor's policy does not allow it.",
  invalid_tool_call: "Ask again, or simplify the tool's schema.",
  timeout: "Ask for a stream, which begins sooner, or let a chain ask the next model.",
  stream_truncated: "Ask again; what had arrived is in the error's details.",
};

/** Makes an error in the adapter's voice: who, what, and what to do. */
export function failure(
  speaker: Speaker,
  code: ErrorCode,
  what: string,
  details: Details = {},
  cause?: unknown,
): BrainOpsError {
  const said = redact(what, speaker.secrets).replace(/[\s.]+$/, "");
  const todo = advice[code] === undefined ? "" : ` ${advice[code]}`;
  return new BrainOpsError(code, `${speaker.name}: ${said}.${todo}`, {
    details,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error for an error body, whether it came as an HTTP answer or inside a stream. */
export function vendorFailure(
  speaker: Speaker,
  body: Json | undefined,
  http: { readonly status?: number; readonly headers: Headers },
  more: Details = {},
): BrainOpsError {
  const trouble = readTrouble(body, http.status);
  const wait = retryAfterMs(http.headers, Date.now()) ?? trouble.retryAfterMs;
  const requestId = requestIdOf(http.headers) ?? trouble.requestId;
  const status = trouble.status === undefined ? "" : ` (HTTP ${trouble.status})`;
  return failure(
    speaker,
    classify(trouble),
    `the vendor answered with an error${status}: ${trouble.message || "no message"}`,
    {
      ...(trouble.status === undefined ? {} : { status: trouble.status }),
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
      ...(requestId === undefined ? {} : { requestId }),
      ...more,
    },
  );
}

/** The error for an HTTP answer that is no success: the vendor's, or none of the API, as of a proxy or a wrong address. */
export function answerFailure(
  speaker: Speaker,
  text: string,
  http: { status: number; headers: Headers },
): BrainOpsError {
  const elsewhere = http.headers.get("location");
  if (http.status >= 300 && http.status < 400 && elsewhere !== null) {
    // Queries hold keys, so only the place is said.
    const [place = ""] = elsewhere.split("?");
    const what = `the server sends the request on to ${place}, and it was not followed; give that server as the base URL`;
    return failure(speaker, "not_found", what, { status: http.status });
  }
  const body = parseJson(text);
  if (body !== undefined && typeof body === "object") return vendorFailure(speaker, body, http);
  const page = /^\s*<(!doctype|html)/i.test(text);
  const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1]?.trim();
  const words = page
    ? `an HTML page${title === undefined ? "" : ` ("${title}")`} instead of JSON`
    : text.slice(0, 300).trim();
  return vendorFailure(speaker, { error: { message: words } }, http);
}

/** How Node's fetch says that it has waited long enough: five minutes, for the headers or between two pieces. */
const silences = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

/** The error for a transport that failed before or while answering. */
export function networkFailure(speaker: Speaker, cause: unknown, details: Details = {}): BrainOpsError {
  if (isBrainOpsError(cause)) return cause;
  // The interesting part (ECONNREFUSED …) hides at the end of the chain of causes.
  const words: string[] = [];
  let code: string | undefined;
  for (let at: unknown = cause, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ("code" in at && typeof at.code === "string") code = at.code;
    if (at.message !== "" && !words.includes(at.message)) words.push(at.message);
  }
  // The cause itself stays outside: transports put addresses and headers into it.
  const more = { ...(code === undefined ? {} : { reason: code }), ...details };
  const said = words.join(": ") || String(cause);
  return silences.has(code ?? "")
    ? failure(speaker, "timeout", `the server was silent for too long: ${said}`, more)
    : failure(speaker, "network", `the connection failed: ${said}`, more);
}

/** The vendor's id of a request, whatever it calls the header. */
export function requestIdOf(headers: Headers): string | undefined {
  return headers.get("request-id") ?? headers.get("x-request-id") ?? headers.get("x-goog-request-id") ?? undefined;
}
