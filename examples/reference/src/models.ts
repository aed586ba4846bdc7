import { BrainOpsError, type Model } from "@brainops/core";
import { chain, modelsFromEnvironment } from "@brainops/providers";
import type { Job } from "./job.ts";
import { sampleModel } from "./script/sample-model.ts";

/** Whether the environment has any model. */
export async function hasModel(env: NodeJS.ProcessEnv): Promise<boolean> {
  return (await modelsFromEnvironment({ env })).length > 0;
}

/** The model that plays in a job: the environment's, chained in order, or the sample's script. Throws `no_model`. */
export async function modelFor(job: Pick<Job, "model">, env: NodeJS.ProcessEnv): Promise<Model> {
  if (job.model === "scripted") return sampleModel();
  const models = await modelsFromEnvironment({ env });
  const [first] = models;
  if (first !== undefined) return models.length === 1 ? first : chain(models);
  throw new BrainOpsError(
    "no_model",
    "No model can be asked. Set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY, start Ollama, or name an " +
      "OpenAI-compatible server in BRAINOPS_LOCAL_URL. ('npx brainops demo' needs none: a script plays there.)",
  );
}
