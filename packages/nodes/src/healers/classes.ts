import type { Fault } from "@brainops/core";

// What a fault says, in the words of Node, Python, Linux and of common servers. A class is a guess about where to begin:
// what helps is decided by the check after the remedy.

/** A class of faults that is known by its words. */
export type FaultClass = "transient" | "full" | "exhausted" | "dependency" | "stuck";

const words: { readonly [kind in FaultClass]: RegExp } = {
  /** It passes by itself. */
  transient:
    /\b(?:ECONNRESET|ECONNABORTED|EPIPE|EAI_AGAIN|socket hang up|connection reset|temporar(?:y|ily)|try again|retry later|rate.?limit|too many requests|overloaded|HTTP (?:408|425|429|502|503|504)|deadlock detected|could not serialize access|database system is (?:starting up|shutting down|in recovery)|leader not available|NOT_LEADER\w*)\b/i,
  /** No room to write. */
  full: /\b(?:ENOSPC|EDQUOT|SQLITE_FULL|no space left|disk(?: is)? full|quota exceeded|store_full|disk watermark|disk resource limit|low on resource: ephemeral-storage|DiskPressure)\b/i,
  /** Something else has run out. */
  exhausted:
    /\b(?:ENOMEM|EMFILE|ENFILE|OOM|OOM[-_ ]?kill(?:ed|er)?|out of memory|OutOfMemory\w*|MemoryError|heap (?:limit|space)|GC overhead|allocation failed|too many open files|cannot fork|unable to create (?:new )?native thread|pool (?:is )?exhausted|queue is full|too many (?:clients|connections)|connection slots are reserved|(?:worker_)?connections are not enough|insufficient (?:memory|cpu)|memory resource limit)\b/i,
  /** Something that it needs is away. */
  dependency:
    /\b(?:ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|getaddrinfo|connection refused|UnknownHostException|no such host|(?:host not found|no live upstreams|name or service not known)|(?:upstream|backend|supplier|provider|database|cache|broker|queue|dependency)\b.{0,40}\b(?:unavailable|unreachable|away|down|does not answer|not answering|timed out))\b/i,
  /** It lives and does not answer. */
  stuck: /\b(?:no answer within|timed? ?out|not responding)\b/i,
};

/** Whether a fault's words are those of a class. */
export function says(fault: Fault, kind: FaultClass): boolean {
  return words[kind].test(fault.text);
}

/** Codes of errors of models that pass; the chain has tried all its models then. */
const modelCodes = ["rate_limit", "overloaded", "server_error", "network", "stream_truncated", "no_model", "timeout"];

/**
 * Whether it is a model's failure that may pass.
 *
 * @example
 * ```ts
 * import { isModelFailure } from "@brainops/nodes";
 * const fault = { source: "error" as const, subject: "model", text: "busy", data: { code: "overloaded" } };
 * console.log(isModelFailure(fault));
 * ```
 */
export function isModelFailure({ source, data }: Fault): boolean {
  return source === "error" && typeof data?.["code"] === "string" && modelCodes.includes(data["code"]);
}
