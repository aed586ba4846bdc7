import { action, type Action, type Model } from "@brainops/core";
import { z } from "zod";

/** A model made of several, such as the chain of `@brainops/providers`: one of them can be left alone for a while. */
export interface ModelChain extends Model {
  /** Its models in the order in which they are asked; until when one is left alone (milliseconds since 1970), or `null`. */
  lanes(): readonly {
    /** Name of the model. */
    readonly name: string;
    /** Until when it is left alone: milliseconds since 1970; `null` when it may be asked. */
    readonly until: number | null;
  }[];
  /** Leaves one alone for so many milliseconds; 0 lets the next call find out how it is. */
  leaveAlone(model: string, ms: number): void;
}

/** What a fault of the models is about. */
export const modelSubject = "model";

/** Milliseconds for which a model is left alone: longer than a breaker does, which has opened before. */
const aloneMs = 300_000;

/** Milliseconds in which a model that is well answers so little. */
const answerMs = 30_000;

/**
 * Asks for next to nothing. The name of the model that answers; `undefined` when none does.
 *
 * @example
 * ```ts
 * import { answeringModel } from "@brainops/nodes";
 * import type { Model } from "@brainops/core";
 * declare const chain: Model;
 * console.log(await answeringModel(chain, AbortSignal.timeout(5_000)));
 * ```
 */
export async function answeringModel(chain: Model, signal: AbortSignal): Promise<string | undefined> {
  try {
    const request = { messages: [{ role: "user", content: "Answer with OK." }], maxTokens: 16 } as const;
    // A chain may wait for its models longer than anybody wants to know.
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
    return (await chain.generate(request, { signal: bounded })).model.name;
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

/**
 * `model.leave-alone`: leaves a model of a chain alone for a while, so that the next one answers, and says which does.
 *
 * @example
 * ```ts
 * import { modelActions, type ModelChain } from "@brainops/nodes";
 * declare const chain: ModelChain; // such as chain([claude(), gpt()]) of @brainops/providers
 * const [leaveAlone] = modelActions(chain);
 * ```
 */
export function modelActions(chain: ModelChain): readonly Action[] {
  return [
    action({
      name: "model.leave-alone",
      description: "Leaves a model that fails alone for five minutes, so that the next one of the chain answers",
      args: z.object({ model: z.string() }),
      risk: "low",
      class: "idempotent",
      apply: async ({ model }, { signal }) => {
        chain.leaveAlone(model, aloneMs);
        return { model, forMs: aloneMs, answeredBy: (await answeringModel(chain, signal)) ?? null };
      },
      undo: ({ model }) => chain.leaveAlone(model, 0),
    }),
  ];
}
