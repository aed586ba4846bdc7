import { BrainOpsError, plugin, type Model, type Plugin, type PluginStorage } from "@brainops/core";
import { chain, modelsFromEnvironment, type Chain } from "@brainops/providers";

/** The models of the environment. */
export interface Models {
  /** Asks them in order until one answers. */
  readonly chain: Chain;
  readonly each: readonly Model[];
  /** To be set up in the Brain: all processes of a home know then which model one of them has left alone. */
  readonly plugin: Plugin;
}

/** The models of the environment; `undefined` when it has none. */
export async function environmentModels(env: NodeJS.ProcessEnv): Promise<Models | undefined> {
  const each = await modelsFromEnvironment({ env });
  if (each.length === 0) return undefined;
  let kept: PluginStorage | undefined;
  const shared = {
    get: async (key: string) => kept?.get(key),
    put: async (...given: Parameters<PluginStorage["put"]>) => kept?.put(...given),
  };
  const sharing = plugin({ name: "environment-models", setup: ({ storage }) => void (kept = storage) });
  return { chain: chain(each, { breaker: { shared } }), each, plugin: sharing };
}

/** The models of an environment that must have one. Throws `no_model` when it has none. */
export async function requireModels(env: NodeJS.ProcessEnv): Promise<Models> {
  const models = await environmentModels(env);
  if (models !== undefined) return models;
  throw new BrainOpsError(
    "no_model",
    "No model can be asked. Set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY, start Ollama, or name an " +
      "OpenAI-compatible server in BRAINOPS_LOCAL_URL. ('npx brainops demo' needs none: a script plays there.)",
  );
}
