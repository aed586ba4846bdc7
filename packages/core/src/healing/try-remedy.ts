import type { Action, Fault, Remedy } from "../contracts/action.ts";
import { isBrainOpsError } from "../contracts/error.ts";
import type { Json, JsonObject } from "../contracts/json.ts";
import type { NodeContext } from "../contracts/node.ts";
import type { HealingOptions } from "./options.ts";
import type { Candidate, Try } from "./state.ts";

/** Errors that belong to the run, not to what was tried. */
const runErrors = [
  "aborted",
  "diverged",
  "erased",
  "ownership_lost",
  "nondeterministic",
  "budget_exceeded",
  "journal_corrupt",
] as const;

/** Gives an error on when it is the run's, and else its words. */
export function wordsOf(error: unknown): string {
  if (runErrors.some((code) => isBrainOpsError(error, code))) throw error;
  return error instanceof Error ? error.message : String(error);
}

/** Applies one remedy, checks whether the fault is gone, and takes the remedy back when it is not. */
export async function tryRemedy(
  ctx: NodeContext,
  options: HealingOptions,
  fault: Fault,
  candidate: Candidate,
): Promise<Try> {
  const { remedy } = candidate;
  const action = options.actions.find((known) => known.name === remedy.action);
  let applied: Json;
  try {
    applied = await ctx.act(remedy.action, remedy.args);
  } catch (error) {
    const refused = ["denied", "not_found", "invalid_input"] as const;
    const outcome = refused.some((code) => isBrainOpsError(error, code)) ? "denied" : "failed";
    return { ...candidate, outcome, detail: wordsOf(error), undone: false };
  }
  const { ok, detail } = await ctx.effect({
    name: "healing.verify",
    class: "pure",
    input: remedyInput(remedy),
    run: async (call) => {
      try {
        if (action?.verify !== undefined && !(await action.verify(action.args.parse(remedy.args), call))) {
          return { ok: false, detail: "The action's own check does not hold." };
        }
        if (options.verify !== undefined && !(await options.verify(fault, call))) {
          return { ok: false, detail: "The fault is still there." };
        }
        return { ok: true, detail: "The fault is gone." };
      } catch (error) {
        return { ok: false, detail: `The check failed: ${wordsOf(error)}` };
      }
    },
  });
  if (ok) return { ...candidate, outcome: "healed", detail, undone: false };
  return { ...candidate, outcome: "failed", detail, undone: await takeBack(ctx, action, remedy, applied) };
}

async function takeBack(ctx: NodeContext, action: Action | undefined, remedy: Remedy, applied: Json): Promise<boolean> {
  return ctx.effect({
    name: "healing.undo",
    class: "idempotent",
    input: { ...remedyInput(remedy), applied },
    run: async (call) => {
      if (action?.undo === undefined) return false;
      try {
        await action.undo(action.args.parse(remedy.args), applied, call);
        return true;
      } catch (error) {
        wordsOf(error);
        return false;
      }
    },
  });
}

function remedyInput(remedy: Remedy): JsonObject {
  return { action: remedy.action, args: remedy.args };
}
