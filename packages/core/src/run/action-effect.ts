import { z } from "zod";
import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import type { EffectRequest } from "./job.ts";
import type { RunContext } from "./run-context.ts";

/**
 * The effect that applying an action is. An action that is not there, or whose arguments do not fit, fails as an effect, too:
 * a replay has neither actions nor schemas, and takes from the journal that it was so.
 */
export function actionEffect({ replaying, environment }: RunContext, name: string, args: Json): EffectRequest {
  const effect = { name: `action.${name}`, input: args };
  // In replay nothing is done, so only the name and the input count.
  if (replaying) return { ...effect, class: "idempotent", run: () => null };
  try {
    const action = environment.action(name);
    const checked = action.args.safeParse(args);
    if (!checked.success) throw unfit(name, z.prettifyError(checked.error));
    return {
      ...effect,
      class: action.class,
      guarded: "action",
      risk: action.risk,
      run: (call) => action.apply(checked.data, call) ?? null,
      undo: (call) => action.undo?.(checked.data, null, call),
    };
  } catch (refused) {
    const run = (): never => {
      throw refused;
    };
    return { ...effect, class: "pure", run };
  }
}

function unfit(action: string, why: string): BrainOpsError {
  return new BrainOpsError("invalid_input", `The arguments of the action '${action}' do not fit: ${why}`, {
    details: { action },
  });
}
