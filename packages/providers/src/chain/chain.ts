import { BrainOpsError, type Model } from "@brainops/core";
import { generateBy } from "./generate.ts";
import type { FailoverTable } from "./policy.ts";
import { streamBy, type OnCut } from "./stream.ts";

/** What {@link chain} can be told. */
export interface ChainOptions {
  /** Name of the chain, as of any model. Default `chain`. */
  readonly name?: string;
  /**
   * What to do when a stream breaks after its first part was shown. Default `fail`.
   * - `fail`: the error goes to the caller, with what had arrived in its details.
   * - `restart`: listeners get a `discard` part, and the next model starts anew.
   * - `continue`: the next model goes on with the text where it broke. A stream that has shown a tool call, or that is
   *   to bring structured output, cannot be continued and fails.
   */
  readonly onCut?: OnCut;
  /** Changes to the failover table, by error code. */
  readonly onError?: FailoverTable;
}

/**
 * A model made of models: asks them in order until one answers. Says who answered (`response.model`), and every try
 * that led there (`response.attempts`, or `details.attempts` of the error).
 *
 * Which errors lead to the next model stands in {@link failoverTable}. When all have failed the error is `no_model`,
 * with the last error as its cause. An abort by the caller is `aborted`, and no failure of a model.
 *
 * @example
 * ```ts
 * import { chain, claude, gpt, local } from "@brainops/providers";
 * const model = chain([claude(), gpt(), local({ model: "llama3.2" })], { onCut: "restart" });
 * ```
 */
export function chain(models: readonly Model[], options: ChainOptions = {}): Model {
  const name = options.name ?? "chain";
  const names = new Set<string>();
  for (const model of models) {
    if (names.has(model.name)) {
      throw new BrainOpsError(
        "invalid_input",
        `${name}: two models are named '${model.name}'. Give each its own name.`,
      );
    }
    names.add(model.name);
  }
  const setup = { name, models: [...models], onCut: options.onCut ?? "fail", onError: options.onError ?? {} };
  return {
    name,
    generate: (request, call = {}) => generateBy(setup, request, call),
    stream: (request, call = {}) => streamBy(setup, request, call),
    async health(call = {}) {
      const states = await Promise.all(
        models.map(async (model) => ({ name: model.name, ...((await model.health?.(call)) ?? { ok: true }) })),
      );
      const bad = states
        .filter((state) => !state.ok)
        .map((state) => `${state.name}: ${state.detail ?? "not available"}`);
      return { ok: bad.length < states.length, ...(bad.length === 0 ? {} : { detail: bad.join("; ") }) };
    },
  };
}
