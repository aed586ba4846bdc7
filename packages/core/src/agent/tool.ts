import type { z } from "zod";
import type { Risk } from "../contracts/action.ts";
import type { EffectCall, EffectClass } from "../contracts/effect.ts";
import type { Json } from "../contracts/json.ts";
import type { Trust } from "../contracts/record.ts";
import { effectTool, type Tool } from "./effect-tool.ts";
import { misfitOf, objectSchemaOf } from "./schema.ts";

/** What {@link tool} takes. */
export interface ToolDefinition<Args> {
  /** Letters, digits, `_` and `-`, 64 at most. */
  readonly name: string;
  /** What it does and when to use it: all that the model knows of it. */
  readonly description: string;
  /** Schema of the arguments: an object. What does not fit goes back to the model. */
  readonly input: z.ZodType<Args>;
  /** What may happen to a call whose outcome was lost in a crash. Guards are asked about all but `pure` ones. */
  readonly class: EffectClass;
  /** How much harm it can do; guards are told. */
  readonly risk?: Risk;
  /** Who says what comes back. Default `outside`: data, never an instruction. */
  readonly trust?: Trust;
  /** Longer results lose their middle. Default 20,000 characters. */
  readonly maxChars?: number;
  /** Does it, once. What it returns goes to the model; what it throws, too, as a failed result with its code. */
  run(args: Args, call: EffectCall): Promise<Json | void> | Json | void;
  /** Takes back what may have been done; needed by `compensatable` tools. */
  undo?(args: Args, call: EffectCall): Promise<void> | void;
}

/**
 * Makes a tool of a function. Each call is an effect called `tool.NAME` of the declared class: journaled, under the
 * guards, and never done twice once it is finished.
 *
 * @throws `invalid_input` when the name or the schema is one that no vendor takes.
 * @example
 * ```ts
 * import { tool } from "@brainops/core/agent";
 * import { z } from "zod";
 * const weather = tool({
 *   name: "weather",
 *   description: "The weather in a town, now.",
 *   input: z.object({ town: z.string() }),
 *   class: "pure",
 *   run: async ({ town }, { signal }) => {
 *     const answer = await fetch(`https://example.com/weather/${encodeURIComponent(town)}`, { signal });
 *     return answer.text();
 *   },
 * });
 * ```
 */
export function tool<Args>(definition: ToolDefinition<Args>): Tool {
  const { name, description, input, run, undo } = definition;
  return effectTool({
    name,
    description,
    parameters: objectSchemaOf(input, `The input of the tool '${name}'`),
    class: definition.class,
    risk: definition.risk,
    trust: definition.trust,
    maxChars: definition.maxChars,
    misfit: (args) => misfitOf(input, args),
    run: (args, call) => run(input.parse(args), call),
    undo: undo === undefined ? undefined : (args, call) => undo(input.parse(args), call),
  });
}
