import type { Json } from "./json.ts";

/**
 * Every code a {@link BrainOpsError} may carry, with its meaning; what to do about it stands beside each. Codes are stable:
 * programs may depend on them, messages are for people and may change.
 */
export const errorCodes = {
  // input
  /** Read the message: it names the field and what was expected. */
  invalid_input: "A value given to BrainOps is not what its schema or its documentation asks for.",
  /** Mend the graph where the message says; nothing was run. */
  invalid_graph: "A graph does not hold together: unknown target, unreachable node, unbounded loop, unsafe schema.",
  /** Mend the plugin that is named, or leave it out; the Brain did not start, or the run is set aside. */
  invalid_plugin: "A plugin registered something twice, or something that does not fit its contract.",
  /** List what there is (`brain.runs()`, `brainops runs`), and register what is missing. */
  not_found: "A run, record, document, graph, node, action or model with that name does not exist.",
  /** Use the version, store or model that the message names. */
  unsupported: "What was asked for is not possible with this store, model or platform.",
  // store
  /** Read anew and try again; for a run's id, `resume` it or take another id. */
  conflict: "A precondition of a commit did not hold; nothing was written.",
  /** Commit the same again under the same id. The runner does so by itself. */
  commit_unknown: "A commit was sent, but its acknowledgement was lost. Commit again with the same id to settle it.",
  /** Give the key with which the store was made: option `key`, `BRAINOPS_KEY`, or the key file beside it. */
  wrong_key: "The key does not open this store.",
  /** Name another file or schema; this one was not touched. */
  not_a_store: "The file or database exists, but is no BrainOps store.",
  /** Upgrade the packages. */
  store_too_new: "The store was written by a newer version than this one can read.",
  /** Try again; raise `busyTimeout` when others hold it for long. */
  store_busy: "The store is in use elsewhere and did not become free in time.",
  /** Check the rights of the file, its folder or the role. */
  store_read_only: "The store, or the folder it lies in, cannot be written.",
  /** Free some space, then try again: nothing of the commit was written. */
  store_full: "There is no room left to write to.",
  /** Look with `brainops memory check`, and restore a backup. */
  store_corrupt: "Stored bytes are damaged, or were moved from their place.",
  /** Create a new Brain, or do not close it so early. */
  store_closed: "The store has been closed.",
  /** Check address, credentials and server; what was committed is safe. */
  store_unavailable: "The store cannot be reached.",
  /**
   * Find out what was set back: a standby that took over, or an old backup. What is missing was lost there; close and
   * open the store to go on from what it has.
   */
  store_rolled_back: "The store lacks what it had acknowledged: it was set back, or a copy took its place.",
  // run
  /** The message says whether it failed, waits or was stopped: `brain.ledger(id)` or `brainops show RUN` says where. */
  run_failed: "A run ended because a node failed and nothing handled it.",
  /** See its cause. Throw a `BrainOpsError` from the effect to give it a code. */
  effect_failed: "An effect threw an error that carries no code of its own.",
  /** See its cause; `retry` of a node tries it again. */
  node_failed: "A node threw an error that carries no code of its own.",
  /** Return keys of the state, with values that fit its schema and are plain JSON. */
  invalid_state: "A state update does not fit the state's schema.",
  /** Give the key a reducer, or let one branch write it. */
  branch_conflict: "Two branches wrote the same key, and that key has no reducer.",
  /** Raise `maxSteps`, or mend the branch that should end the loop. */
  loop_limit: "A run took more steps than its graph allows.",
  /** Put back the code of the run's version, or see the guide to runs. */
  diverged: "The code does not do what the journal says was done.",
  /** Import the journal from an export or a backup. */
  journal_corrupt: "An entry of a journal does not match its hash.",
  /** Nothing: it was erased on purpose. Start a new run. */
  erased: "A value that is needed has been erased.",
  /** Nothing: the other process goes on with the run. */
  ownership_lost: "Another process has taken over this run.",
  /** Find out whether it was done, and answer the question of the run. */
  effect_in_doubt: "An irreversible effect was begun and its outcome is not known. A person must decide.",
  /** Nothing: the first answer counts. */
  already_answered: "The question has an answer already.",
  /** Nothing: somebody asked for it. `resume` goes on, unless the run itself was aborted. */
  aborted: "The caller asked to stop.",
  /** Raise the timeout or deadline, or make the work smaller. */
  timeout: "It took longer than was allowed.",
  /** Ask whoever wrote the guard that is named. */
  denied: "A guard did not allow it.",
  /** Raise the budget, or let the run end here. */
  budget_exceeded: "The budget in tokens, money or time would be exceeded.",
  /** Take time, chance and the outside from `ctx`; the message names the line. */
  nondeterministic: "A node reached outside of the ledger.",
  // model
  /** Wait for `details.retryAfterMs`; a chain does, or asks the next model. */
  rate_limit: "The vendor asks to slow down.",
  /** Top up the account, or put another model behind it in the chain. */
  quota_exhausted: "The account's quota or credit is used up.",
  /** Ask again later; a chain asks the next model. */
  overloaded: "The vendor is overloaded.",
  /** Ask again later; a chain asks the next model. */
  server_error: "The vendor failed.",
  /** Check the base URL and the connection. */
  network: "The vendor could not be reached, or the connection broke before an answer.",
  /** Set the key that the message names. */
  auth: "The key is missing or wrong.",
  /** Give the key the right, or name another model. */
  permission: "The key may not do this.",
  /** See the vendor's words in the message; `raw` may hold what it does not know. */
  invalid_request: "The vendor refused the request as malformed.",
  /** Shorten the request: `compact` of a chain, `maxTokens` of a recall. */
  context_length: "The request is longer than the model can take.",
  /** Send less, or files by address. */
  request_too_large: "The request has too many bytes.",
  /** Change the request. Asking another vendor is your decision (`onError`). */
  content_filter: "The vendor refused the content.",
  /** A chain with `checkCalls` asks again; make the tool's schema and description plainer. */
  invalid_tool_call: "The model called a tool in a way that does not fit its schema.",
  /** Ask again; `details.text` holds what had arrived. `onCut` of a chain does so. */
  stream_truncated: "A stream ended without its end marker.",
  /** Ask again; check that the base URL leads to the vendor. */
  invalid_response: "The vendor's answer is not what its protocol says.",
  /** Give `createBrain` a model; of a chain, `details.attempts` says why each could not answer. */
  no_model: "No model is configured, or none of the chain could answer.",
  // actions and commands
  /** See its cause; whether it was undone stands in the journal. */
  action_failed: "An action could not be applied.",
  /** It was applied and did not help; healing undoes it and tries the next. */
  verify_failed: "An action was applied, but its check does not hold.",
  /** See its output in the details. */
  command_failed: "A command ended with an error.",
} as const;

/** One of the documented codes of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

/** What an error may carry beside its code and message. */
export interface ErrorOptions {
  /** The error that caused this one. Default: none. */
  readonly cause?: unknown;
  /** Details for programs; plain JSON, never a secret. Default: none. */
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
  /** Always `BrainOpsError`: this is how {@link isBrainOpsError} knows one of another copy of the package. */
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
  toJSON(): {
    /** Always `BrainOpsError`. */
    readonly name: string;
    /** What kind of thing went wrong. */
    readonly code: ErrorCode;
    /** What happened, for people. */
    readonly message: string;
    /** Details for programs; empty when there are none. */
    readonly details: object;
  } {
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
