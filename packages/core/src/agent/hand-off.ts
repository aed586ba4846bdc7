import { z } from "zod";
import type { AgentBrief } from "./options.ts";
import { checkToolName, misfitOf, objectSchemaOf, toolNameOf } from "./schema.ts";
import type { Tool } from "./effect-tool.ts";

/** A tool that lets another agent go on with the conversation. */
export interface HandOff extends Tool {
  /** What the other agent is. */
  readonly to: () => AgentBrief;
}

/** Whoever can take a conversation over: an agent. */
export interface Briefed {
  /** Who it is. */
  readonly brief: AgentBrief;
}

/** What {@link handOff} can be told. */
export interface HandOffOptions {
  /** What the model calls it. Default `hand_off_to_NAME`. */
  readonly name?: string;
  /** When to hand off. Default: says whom to. */
  readonly description?: string;
}

const reason = z.object({ reason: z.string().describe("Why, and what the other one needs to know.") });

/**
 * Makes a tool with which the model hands the conversation over: from the next turn on, the other agent's instructions,
 * tools and model count. The output stays the one that the first agent promised, and so do its limits.
 *
 * To ask another agent and go on oneself, use `nodeTool`. For two agents that hand over to each other, hand in a
 * function, and give one of them its type: `const desk: Agent = agent({ … })`.
 *
 * @example
 * ```ts
 * import { agent, handOff } from "@brainops/core/agent";
 * import { z } from "zod";
 * const input = z.object({ question: z.string() });
 * const billing = agent({ name: "billing", instructions: "You answer questions about bills.", input });
 * const desk = agent({
 *   name: "desk",
 *   instructions: "You greet, and hand questions about bills to billing.",
 *   input,
 *   tools: [handOff(billing, { description: "For anything about bills." })],
 * });
 * ```
 */
export function handOff(to: Briefed | (() => Briefed), options: HandOffOptions = {}): HandOff {
  const brief = (): AgentBrief => (typeof to === "function" ? to() : to).brief;
  // An agent that is not yet there when two of them name each other has no name yet either.
  const name = options.name ?? (typeof to === "function" ? "hand_off" : toolNameOf(`hand_off_to_${to.brief.name}`));
  const whom = typeof to === "function" ? "a colleague" : to.brief.name;
  return Object.freeze<HandOff>({
    name: checkToolName(name),
    description: options.description ?? `Hands the conversation over to ${whom}, who goes on with it in your place.`,
    parameters: objectSchemaOf(reason, "A hand-off"),
    trust: "model",
    to: brief,
    misfit: (args) => misfitOf(reason, args),
    use(args, ctx) {
      const { name } = brief();
      ctx.note(`The conversation is handed over to ${name}.`, { to: name, ...reason.parse(args) });
      return Promise.resolve({ result: `The conversation is handed over. You are ${name} now; go on from here.` });
    },
  });
}

/** Whether a tool hands the conversation over. */
export function isHandOff(tool: Tool | undefined): tool is HandOff {
  return tool !== undefined && "to" in tool;
}
