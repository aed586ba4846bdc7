import type { NodeContext } from "../contracts/node.ts";
import type { HealingOptions } from "./options.ts";
import type { Candidate, Try } from "./state.ts";
import type { Fault } from "../contracts/action.ts";

const yes = "apply it";

/**
 * Whether a remedy may be applied. What is of low risk, can be taken back or has helped here before may; for the rest a
 * person is asked, or it is only proposed. What became of it when it may not; nothing when it may.
 */
export async function held(
  ctx: NodeContext,
  options: HealingOptions,
  fault: Fault,
  candidate: Candidate,
): Promise<Try | undefined> {
  const { remedy } = candidate;
  const not = (outcome: "proposed" | "denied", detail: string): Try => ({
    ...candidate,
    outcome,
    detail: `Nothing was done: ${detail}`,
    undone: false,
  });
  if (options.mode === "propose") return not("proposed", "only proposals are wanted.");
  // Journaled: a replay may not have the actions.
  const needed = await ctx.effect({
    name: "healing.approval",
    class: "pure",
    input: { action: remedy.action, args: remedy.args },
    run: () => needsYes(options, candidate),
  });
  if (!needed) return undefined;
  const why = "it cannot be taken back, and it is not proven here";
  if (options.escalate !== "ask") return not("proposed", `it is for a person to apply, because ${why}.`);
  const answer = await ctx.ask({
    text: `${fault.subject} has a fault: ${fault.text.slice(0, 1_000)}\nShall ${remedy.action} be applied? You are asked because ${why}.`,
    options: [yes, "leave it"],
    data: { action: remedy.action, args: remedy.args },
  });
  return answer === yes ? undefined : not("denied", "a person said no.");
}

function needsYes({ approve = "risky", actions }: HealingOptions, { remedy, proven }: Candidate): boolean {
  if (approve !== "risky") return approve === "always";
  const action = actions.find(({ name }) => name === remedy.action);
  return action?.risk === "high" && action.undo === undefined && proven !== true;
}
