import type { z } from "zod";
import type { Risk } from "../contracts/action.ts";
import type { Effect, EffectCall, EffectClass } from "../contracts/effect.ts";
import type { Json } from "../contracts/json.ts";
import type { ToolSpec } from "../contracts/model.ts";
import type { NodeContext } from "../contracts/node.ts";
import type { Trust } from "../contracts/record.ts";
import { bounded, toldOf, type ToolOutcome } from "./outcome.ts";
import { checkToolName, misfitOf, objectSchemaOf } from "./schema.ts";

/**
 * What an agent may call. Make one with {@link tool}, or write the object: all that varies goes through `ctx`, as in
 * a node.
 */
export interface Tool extends ToolSpec {
  /** Who says what comes back. The model is told; what is not a person's word is marked as data. */
  readonly trust: Trust;
  /** What is wrong with the arguments, in words for the model; nothing when they fit. */
  misfit(args: Json): string | undefined;
  /** Does it with arguments that fit. An error that it throws is told to the model, unless it is the run's own. */
  use(args: Json, ctx: NodeContext): Promise<ToolOutcome>;
}

/** Tools that are known only when the agent runs, such as those of a server. */
export interface ToolSource {
  /** Lists them. What varies goes through `ctx`, so that a replay has the same tools. */
  list(ctx: NodeContext): Promise<readonly Tool[]>;
}

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

/** The most characters of a result that a model is given, unless a tool says otherwise. */
export const defaultMaxChars = 20_000;

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
  const { name, description, input, trust = "outside", maxChars = defaultMaxChars, undo } = definition;
  return Object.freeze<Tool>({
    name: checkToolName(name),
    description,
    parameters: objectSchemaOf(input, `The input of the tool '${name}'`),
    trust,
    misfit: (args) => misfitOf(input, args),
    use(args, ctx) {
      const effect: Effect<ToolOutcome> & { readonly risk?: Risk } = {
        name: `tool.${name}`,
        class: definition.class,
        input: args,
        ...(definition.risk === undefined ? {} : { risk: definition.risk }),
        async run(call) {
          // A failure is an outcome too: journaled as such, it stays the same when the node is tried again.
          try {
            return { result: bounded((await definition.run(input.parse(args), call)) ?? null, maxChars) };
          } catch (error) {
            if (call.signal.aborted) throw error;
            return { error: toldOf(error, "effect_failed") };
          }
        },
        ...(undo === undefined ? {} : { undo: (call) => undo(input.parse(args), call) }),
      };
      return ctx.effect(effect);
    },
  });
}
