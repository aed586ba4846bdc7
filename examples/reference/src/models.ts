import { BrainOpsError, type Model } from "@brainops/core";
import { chain, claude, defaultLocalUrl, gemini, gpt, local } from "@brainops/providers";
import type { Job } from "./job.ts";
import { scriptedModel } from "./script/scripted-model.ts";

/** Milliseconds in which a local server that nobody named must answer to be taken. */
const patienceMs = 300;

/**
 * The models that the environment has, in the chain's order: ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY, and
 * the local server at BRAINOPS_LOCAL_URL (with BRAINOPS_LOCAL_MODEL) or, when one answers there, at Ollama's address.
 */
export async function environmentModels(env: NodeJS.ProcessEnv): Promise<readonly Model[]> {
  const models: Model[] = [];
  const { ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY, BRAINOPS_LOCAL_URL, BRAINOPS_LOCAL_MODEL } = env;
  if (isSet(ANTHROPIC_API_KEY)) models.push(claude({ apiKey: ANTHROPIC_API_KEY }));
  if (isSet(OPENAI_API_KEY)) models.push(gpt({ apiKey: OPENAI_API_KEY }));
  if (isSet(GEMINI_API_KEY)) models.push(gemini({ apiKey: GEMINI_API_KEY }));
  const named = isSet(BRAINOPS_LOCAL_MODEL) ? { model: BRAINOPS_LOCAL_MODEL } : {};
  if (isSet(BRAINOPS_LOCAL_URL)) models.push(local({ baseUrl: BRAINOPS_LOCAL_URL, ...named }));
  else if (await answers(defaultLocalUrl)) models.push(local(named));
  return models;
}

/** The model that plays in a job. Throws `no_model` with what to set. */
export async function modelFor(job: Pick<Job, "model">, env: NodeJS.ProcessEnv): Promise<Model> {
  if (job.model === "scripted") return scriptedModel();
  const models = await environmentModels(env);
  const [first] = models;
  if (first !== undefined) return models.length === 1 ? first : chain(models);
  throw new BrainOpsError(
    "no_model",
    "No model can be asked. Set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY, or start a local server (Ollama, or any " +
      "OpenAI-compatible one at BRAINOPS_LOCAL_URL). 'brainops demo' works without one, on a script.",
  );
}

const isSet = (value: string | undefined): value is string => value !== undefined && value.trim() !== "";

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/tags`, { signal: AbortSignal.timeout(patienceMs) });
    const body = (await response.json()) as { readonly models?: readonly unknown[] };
    // A server without a model cannot answer anything.
    return (body.models ?? []).length > 0;
  } catch {
    return false;
  }
}
