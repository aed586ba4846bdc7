import type { Risk } from "../contracts/action.ts";
import type { Effect, EffectCall, EffectClass } from "../contracts/effect.ts";
import type { Json } from "../contracts/json.ts";
import type { ToolSpec } from "../contracts/model.ts";
import type { NodeContext } from "../contracts/node.ts";
import type { Trust } from "../contracts/record.ts";
import { bounded, toldOf, type ToolOutcome } from "./outcome.ts";
import { checkToolName } from "./schema.ts";

/**
 * What an agent may call. Make one with `tool`, or write the object: all that varies goes through `ctx`, as in a node.
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

/** The most characters of a result that a model is given, unless a tool says otherwise. */
export const defaultMaxChars = 20_000;

/** What a tool is made of whose every call is one effect. */
export interface EffectToolParts extends ToolSpec {
  readonly class: EffectClass;
  readonly risk: Risk | undefined;
  readonly trust: Trust | undefined;
  readonly maxChars: number | undefined;
  readonly misfit: Tool["misfit"];
  readonly run: (args: Json, call: EffectCall) => Promise<Json | void> | Json | void;
  readonly undo: ((args: Json, call: EffectCall) => Promise<void> | void) | undefined;
}

/** Makes a tool whose every call is one effect, called `tool.NAME`. */
export function effectTool(parts: EffectToolParts): Tool {
  const { name, description, parameters, trust = "outside", maxChars = defaultMaxChars, misfit, undo } = parts;
  return Object.freeze<Tool>({
    name: checkToolName(name),
    ...(description === undefined ? {} : { description }),
    parameters,
    trust,
    misfit,
    use(args, ctx) {
      const effect: Effect<ToolOutcome> & { readonly risk?: Risk } = {
        name: `tool.${name}`,
        class: parts.class,
        input: args,
        ...(parts.risk === undefined ? {} : { risk: parts.risk }),
        async run(call) {
          // A failure is an outcome too: journaled as such, it stays the same when the node is tried again.
          try {
            return { result: bounded((await parts.run(args, call)) ?? null, maxChars) };
          } catch (error) {
            if (call.signal.aborted) throw error;
            return { error: toldOf(error, "effect_failed") };
          }
        },
        ...(undo === undefined ? {} : { undo: (call) => undo(args, call) }),
      };
      return ctx.effect(effect);
    },
  });
}
