import type { Json } from "./json.ts";

/**
 * Every code a {@link BrainOpsError} may carry, with its meaning. Codes are stable: programs may depend on them,
 * messages are for people and may change.
 */
export const errorCodes = {
  // input
  invalid_input: "A value given to BrainOps is not what its schema or its documentation asks for.",
  invalid_graph: "A graph does not hold together: unknown target, unreachable node, unbounded loop, unsafe schema.",
  invalid_plugin: "A plugin registered something twice, or something that does not fit its contract.",
  not_found: "A run, record, document, graph, node, action or model with that name does not exist.",
  unsupported: "What was asked for is not possible with this store, model or platform.",
  // store
  conflict: "A precondition of a commit did not hold; nothing was written.",
  commit_unknown: "A commit was sent, but its acknowledgement was lost. Commit again with the same id to settle it.",
  wrong_key: "The key does not open this store.",
  not_a_store: "The file or database exists, but is no BrainOps store.",
  store_too_new: "The store was written by a newer version than this one can read.",
  store_busy: "The store is in use elsewhere and did not become free in time.",
  store_read_only: "The store, or the folder it lies in, cannot be written.",
  store_full: "There is no room left to write to.",
  store_corrupt: "Stored bytes are damaged, or were moved from their place.",
  store_closed: "The store has been closed.",
  store_unavailable: "The store cannot be reached.",
  store_rolled_back: "The store lacks what it had acknowledged: it was set back, or a copy took its place.",
  // run
  run_failed: "A run ended because a node failed and nothing handled it.",
  effect_failed: "An effect threw an error that carries no code of its own.",
  node_failed: "A node threw an error that carries no code of its own.",
  invalid_state: "A state update does not fit the state's schema.",
  branch_conflict: "Two branches wrote the same key, and that key has no reducer.",
  loop_limit: "A run took more steps than its graph allows.",
  diverged: "The code does not do what the journal says was done.",
  journal_corrupt: "An entry of a journal does not match its hash.",
  erased: "A value that is needed has been erased.",
  ownership_lost: "Another process has taken over this run.",
  effect_in_doubt: "An irreversible effect was begun and its outcome is not known. A person must decide.",
  already_answered: "The question has an answer already.",
  aborted: "The caller asked to stop.",
  timeout: "It took longer than was allowed.",
  denied: "A guard did not allow it.",
  budget_exceeded: "The budget in tokens, money or time would be exceeded.",
  nondeterministic: "A node reached outside of the ledger.",
  // model
  rate_limit: "The vendor asks to slow down.",
  quota_exhausted: "The account's quota or credit is used up.",
  overloaded: "The vendor is overloaded.",
  server_error: "The vendor failed.",
  network: "The vendor could not be reached, or the connection broke before an answer.",
  auth: "The key is missing or wrong.",
  permission: "The key may not do this.",
  invalid_request: "The vendor refused the request as malformed.",
  context_length: "The request is longer than the model can take.",
  request_too_large: "The request has too many bytes.",
  content_filter: "The vendor refused the content.",
  invalid_tool_call: "The model called a tool in a way that does not fit its schema.",
  stream_truncated: "A stream ended without its end marker.",
  invalid_response: "The vendor's answer is not what its protocol says.",
  no_model: "No model is configured, or none of the chain could answer.",
  // actions and commands
  action_failed: "An action could not be applied.",
  verify_failed: "An action was applied, but its check does not hold.",
  command_failed: "A command ended with an error.",
} as const;

/** One of the documented codes of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

/** What an error may carry beside its code and message. */
export interface ErrorOptions {
  /** The error that caused this one. */
  readonly cause?: unknown;
  /** Details for programs; plain JSON, never a secret. */
  readonly details?: { readonly [key: string]: Json | undefined };
}

/**
 * The one error class of BrainOps. Its `code` says what kind of thing went wrong; its message says what happened,
 * what was expected, and what to do.
 *
 * @example
 * ```ts
 * import { BrainOpsError, isBrainOpsError } from "@brainops/core";
 * try {
 *   throw new BrainOpsError("not_found", "There is no run 'r1'. List the runs with brain.runs().");
 * } catch (error) {
 *   if (isBrainOpsError(error, "not_found")) console.log(error.message);
 * }
 * ```
 */
export class BrainOpsError extends Error {
  override readonly name = "BrainOpsError";
  /** What kind of thing went wrong. */
  readonly code: ErrorCode;
  /** Details for programs. */
  readonly details: { readonly [key: string]: Json | undefined };

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  /** What `JSON.stringify` gives of it, so that a log in JSON holds the message: neither stack nor cause. */
  toJSON(): { readonly name: string; readonly code: ErrorCode; readonly message: string; readonly details: object } {
    const { name, code, message, details } = this;
    return { name, code, message, details };
  }
}

/**
 * Whether a value is a {@link BrainOpsError}, and, when `code` is given, one with that code. Works across two copies
 * of the package, where `instanceof` would not.
 *
 * @example
 * ```ts
 * import { isBrainOpsError, type Brain } from "@brainops/core";
 * declare const brain: Brain;
 * const result = await brain.resume("r1").catch((error: unknown) => {
 *   if (isBrainOpsError(error, "not_found")) return undefined;
 *   throw error;
 * });
 * ```
 */
export function isBrainOpsError(error: unknown, code?: ErrorCode): error is BrainOpsError {
  return (
    error instanceof Error &&
    error.name === "BrainOpsError" &&
    "code" in error &&
    typeof error.code === "string" &&
    error.code in errorCodes &&
    (code === undefined || error.code === code)
  );
}
