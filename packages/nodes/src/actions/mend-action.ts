import { action, BrainOpsError, type Action } from "@brainops/core";
import { z } from "zod";

/** A piece of work for the Developer, and where it came from. */
export interface Mending {
  /** What is to be reached, in words. */
  readonly goal: string;
  /** The same for every try of this very work: a good id for its run. */
  readonly key: string;
  /** Aborted when the run that asked is to stop. */
  readonly signal: AbortSignal;
}

/** Has a goal carried out, and says whether it was reached. */
export type Mend = (mending: Mending) => Promise<boolean>;

/**
 * `work.mend`: hands a failing test or build to the Developer, as a goal of its own, on a branch of its own: what it comes to
 * is proven by a test, and whether it is released is that goal's to say. Hence of medium risk.
 *
 * @example
 * ```ts
 * import { mendAction, type Mend } from "@brainops/nodes";
 * declare const mend: Mend; // begins a goal, and says what it came to
 * const action = mendAction(mend);
 * ```
 */
export function mendAction(mend: Mend): Action {
  return action({
    name: "work.mend",
    description: "Hands what is broken in the code to the Developer, with tests, release and rollback as for any goal",
    args: z.object({ goal: z.string().min(1) }),
    risk: "medium",
    class: "idempotent",
    apply: async ({ goal }, { key, signal }) => {
      if (await mend({ goal, key, signal })) return { goal };
      throw new BrainOpsError("action_failed", "The Developer could not mend it; its run says why.");
    },
  });
}
