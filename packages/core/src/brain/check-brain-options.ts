import { BrainOpsError } from "../contracts/error.ts";
import type { Model } from "../contracts/model.ts";
import type { Graph } from "../graph/graph.ts";
import { checkScope } from "../sealing/check.ts";
import type { BrainOptions } from "./brain.ts";

/** Every option; the compiler says so when one is missing here. */
const known: { readonly [Option in keyof Required<BrainOptions>]: true } = {
  store: true,
  model: true,
  models: true,
  embedder: true,
  plugins: true,
  graphs: true,
  scope: true,
  clock: true,
  leaseMs: true,
  name: true,
  listeners: true,
};

/** Throws `invalid_input` for what the compiler would have refused, for those who write JavaScript. */
export function checkBrainOptions(options: BrainOptions): void {
  for (const option of Object.keys(options ?? {})) {
    if (!(option in known))
      throw refused(`createBrain() has no option '${option}'; known are: ${Object.keys(known).join(", ")}.`);
  }
  if (typeof options?.store?.open !== "function") {
    throw refused(
      'createBrain() needs a store to keep everything in, such as createBrain({ store: sqlite({ file: "brain.db" }) }) ' +
        "with @brainops/memory-sqlite, or memoryStore() of @brainops/core/testing to try it out.",
    );
  }
  if (options.scope !== undefined) checkScope(options.scope);
  for (const option of ["models", "plugins", "graphs", "listeners"] as const) {
    if (options[option] !== undefined && !Array.isArray(options[option]))
      throw refused(`The option '${option}' of createBrain() is a list: ${option}: [ … ].`);
  }
  for (const each of [options.model ?? [], options.models ?? []].flat()) checkModel(each);
}

/** Throws `invalid_input` for a graph that is none, most often a builder whose `build()` was forgotten. */
export function checkGraphGiven(given: Graph): Graph {
  if (typeof given?.fingerprint === "string") return given;
  const found = typeof (given as { build?: unknown } | undefined)?.build === "function";
  throw refused(
    found
      ? "The graph is not finished: call build() after its last edge."
      : `A graph is expected, made by graph(…)….build(), or the name of one that is registered; ${typeof given} was given.`,
  );
}

function checkModel(given: Partial<Model> | (() => unknown)): void {
  const isFunction = typeof given === "function";
  if (!isFunction && typeof given?.generate === "function" && typeof given.name === "string") return;
  throw refused(
    isFunction
      ? `A model is expected, but a function was given. Call it: ${given.name || "model"}().`
      : "A model is an object with a name, generate and stream, such as claude() of @brainops/providers.",
  );
}

const refused = (message: string): BrainOpsError => new BrainOpsError("invalid_input", message);
