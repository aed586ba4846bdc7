import type { Action } from "../contracts/action.ts";
import { isBrainOpsError } from "../contracts/error.ts";
import type { Json, JsonObject } from "../contracts/json.ts";
import type { Node } from "../contracts/node.ts";
import type { Trust } from "../contracts/record.ts";
import { bounded, isRunError, toldOf } from "./outcome.ts";
import { checkToolName, misfitOf, objectSchemaOf, toolNameOf } from "./schema.ts";
import { defaultMaxChars, type Tool } from "./effect-tool.ts";

/** How a node or an action shows itself as a tool. */
export interface AsToolOptions {
  /** What the model calls it. Default: the node's own name, with `_` for what vendors do not take. */
  readonly name?: string;
  /** What it does and when to call it, in words for the model. Default: the node's own description. */
  readonly description?: string;
  /** Who says what comes back. Default: `model` for nodes, `outside` for actions. */
  readonly trust?: Trust;
  /** Longer results lose their middle. Default 20,000 characters. */
  readonly maxChars?: number;
}

/**
 * Makes a tool of a node, so of another agent as well: it is given the arguments as its input, does its work in the
 * same run with its own conversation and limits, and its output is the result.
 *
 * @throws `invalid_input` when the name or the schema is one that no vendor takes.
 *
 * @example
 * ```ts
 * import { node } from "@brainops/core";
 * import { nodeTool } from "@brainops/core/agent";
 * import { z } from "zod";
 * const double = node({
 *   name: "double",
 *   input: z.object({ n: z.number() }),
 *   output: z.object({ n: z.number() }),
 *   run: ({ n }) => ({ n: n * 2 }),
 * });
 * const tool = nodeTool(double);
 * ```
 */
export function nodeTool<Input, Output>(node: Node<string, Input, Output>, options: AsToolOptions = {}): Tool {
  const { trust = "model", maxChars = defaultMaxChars } = options;
  const description = options.description ?? node.description;
  return Object.freeze<Tool>({
    name: checkToolName(options.name ?? toolNameOf(node.name)),
    ...(description === undefined ? {} : { description }),
    parameters: objectSchemaOf(node.input, `The input of the node '${node.name}'`),
    trust,
    misfit: (args) => misfitOf(node.input, args),
    async use(args, ctx) {
      try {
        const output: unknown = node.output.parse(await node.run(node.input.parse(args), ctx));
        return { result: bounded((output ?? null) as Json, maxChars) };
      } catch (error) {
        // An agent that used up what it was given is a failed call; the budget of the run itself is the run's.
        const own = isBrainOpsError(error, "budget_exceeded") && error.details["agent"] === node.name;
        if (!own) throw error;
        return { error: toldOf(error, "node_failed") };
      }
    },
  });
}

/**
 * Makes a tool of an action, which must be registered with the Brain: it is applied with `ctx.act`, so under the
 * guards and with its own class and risk.
 *
 * @throws `invalid_input` when the name or the schema is one that no vendor takes.
 *
 * @example
 * ```ts
 * import { action } from "@brainops/core";
 * import { actionTool } from "@brainops/core/agent";
 * import { z } from "zod";
 * const ring = action({
 *   name: "bell.ring",
 *   description: "Rings the bell.",
 *   args: z.object({ times: z.number() }),
 *   risk: "low",
 *   class: "irreversible",
 *   apply: ({ times }) => times,
 * });
 * const tool = actionTool(ring);
 * ```
 */
export function actionTool<Args>(action: Action<Args>, options: AsToolOptions = {}): Tool {
  const { trust = "outside", maxChars = defaultMaxChars } = options;
  return Object.freeze<Tool>({
    name: checkToolName(options.name ?? toolNameOf(action.name)),
    description: options.description ?? action.description,
    parameters: objectSchemaOf(action.args, `The arguments of the action '${action.name}'`),
    trust,
    misfit: (args) => misfitOf(action.args, args),
    async use(args, ctx) {
      try {
        return { result: bounded(await ctx.act(action.name, args as JsonObject), maxChars) };
      } catch (error) {
        if (isRunError(error)) throw error;
        return { error: toldOf(error, "action_failed") };
      }
    },
  });
}
