import { BrainOpsError, type ErrorCode, isBrainOpsError } from "@brainops/core";

/**
 * What a failure means for what was asked.
 *
 * - `away`: the server cannot be reached, is starting or stopping, or takes no more connections: try again.
 * - `lost`: the same, and nobody knows whether what was sent has been done.
 * - `again`: the server took everything back, because two transactions stood in each other's way: try again.
 * - `refused`: trying again would not help.
 */
export type Failure = "away" | "lost" | "again" | "refused";

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const codes: { readonly [state: string]: ErrorCode } = {
  "22P05": "invalid_input",
  "25006": "store_read_only",
  "28000": "store_unavailable",
  "28P01": "store_unavailable",
  "3D000": "store_unavailable",
  "40001": "store_busy",
  "40P01": "store_busy",
  "42501": "store_read_only",
  "53100": "store_full",
  "53200": "store_unavailable",
  "53300": "store_unavailable",
  "54000": "invalid_input",
  "55P03": "store_busy",
  "57014": "store_busy",
  XX001: "store_corrupt",
  XX002: "store_corrupt",
};

const advice: { readonly [code in ErrorCode]?: string } = {
  invalid_input: "was given what its server cannot take: too much at once, or letters that its encoding lacks",
  store_busy:
    "did not get a lock, or an answer, in time, or stood in the way of another; nothing was written. Try again",
  store_read_only:
    "may not be written with this role, or on this server. Check the role's rights, and that it is no standby",
  store_corrupt: "is damaged. Restore it from a backup",
  store_full: "has no room left on its server. Free some space; nothing of this commit was written",
  commit_unknown: "was lost while it answered a commit. Commit again with the same id to settle it",
  not_a_store: "holds tables of another program. Name another schema; this one was left as it is",
  store_too_new: "was written by a newer version than this one. Upgrade",
};

/** The SQLSTATE of an error of the server; empty for any other error. */
function sqlState(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code))
    return error.code;
  return "";
}

/** What a failure means. An error that is not of the server is one of the connection. */
export function failureOf(error: unknown): Failure {
  // A mistake of a program is no lost connection, and is made again each time.
  if (isBrainOpsError(error) || error instanceof TypeError || error instanceof RangeError) return "refused";
  const state = sqlState(error);
  if (state === "40001" || state === "40P01") return "again";
  if (["53300", "53400", "57P03", "08001", "08004"].includes(state)) return "away";
  // A server that is going down may have done what was asked before it said so.
  if (state.startsWith("57P") || state.startsWith("08") || state.startsWith("58")) return "lost";
  return state === "" ? "lost" : "refused";
}

/** Whether an error says that the connection leads to a server that only reads: the next may lead to one that took its place. */
export function isReader(error: unknown): boolean {
  return sqlState(error) === "25006";
}

/** Whether an error says that a statement cannot be kept prepared: it is on another connection, or a table has changed. */
export function isElsewhere(error: unknown): boolean {
  return ["26000", "42P05", "0A000"].includes(sqlState(error));
}

/** Whether an error says that a table or function is not there (any more). */
export function isMissing(error: unknown): boolean {
  return ["3F000", "42P01", "42883", "42703"].includes(sqlState(error));
}

/** Turns an error of the server or the connection into one of BrainOps. */
export function toStoreError(error: unknown, schema: string): BrainOpsError {
  if (isBrainOpsError(error)) return error;
  const code = codes[sqlState(error)] ?? (failureOf(error) === "refused" ? undefined : "store_unavailable");
  if (code === undefined && error instanceof Error)
    return new BrainOpsError("store_unavailable", `The store in schema ${schema} failed: ${error.message}`, {
      cause: error,
      details: { schema, state: sqlState(error) },
    });
  return storeError(code ?? "store_unavailable", schema, error);
}

/** An error about a store, with advice. */
export function storeError(code: ErrorCode, schema: string, cause?: unknown): BrainOpsError {
  const told =
    code === "store_unavailable"
      ? `cannot be reached${reasonOf(cause)}. Check the address, the credentials and that the server is up; nothing is lost`
      : (advice[code] ?? "failed");
  return new BrainOpsError(code, `The store in schema ${schema} ${told}.`, {
    cause,
    details: { schema },
  });
}

/** What the server or the connection says; where several addresses were tried, what the first of them came to. */
function reasonOf(cause: unknown): string {
  const [first] = cause instanceof AggregateError ? (cause.errors as unknown[]) : [cause];
  return first instanceof Error && first.message !== "" ? ` (${first.message})` : "";
}
