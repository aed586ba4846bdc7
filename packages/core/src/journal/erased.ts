import { BrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";

/**
 * Whether an entry had values that have been erased: it still proves that something happened, and no longer what.
 *
 * @example
 * ```ts
 * import { isErased, type Brain } from "@brainops/core";
 * declare const brain: Brain;
 * const erased = (await brain.journal("r1")).filter(isErased);
 * ```
 */
export function isErased(entry: Entry): boolean {
  return entry.commitment !== undefined && !("body" in entry && entry.body !== undefined);
}

/** The error for a run that needs an erased value. */
export function erasedError(position: number): BrainOpsError {
  return new BrainOpsError(
    "erased",
    `The run needs the value of entry ${position}, and that has been erased. It cannot go on from here; start a new run.`,
    { details: { position } },
  );
}
