import { isBrainOpsError, type Model, type ModelCallOptions } from "@brainops/core";
import { answerFailure, networkFailure, type Speaker } from "../fault/failure.ts";
import { readText } from "../wire/body.ts";

/** Health by one small question that costs nothing, such as the list of models. */
export function healthBy(
  speaker: Speaker,
  ask: (options: ModelCallOptions) => Promise<Response>,
): NonNullable<Model["health"]> {
  return async (options = {}) => {
    try {
      const response = await ask(options);
      const text = await readText(response.body, { signal: options.signal, maxBytes: 1024 * 1024 }, true);
      if (response.ok) return { ok: true };
      return { ok: false, detail: answerFailure(speaker, text, response).message };
    } catch (cause) {
      if (options.signal?.aborted === true && !isBrainOpsError(cause)) {
        return { ok: false, detail: `${speaker.name}: the check was stopped.` };
      }
      return { ok: false, detail: networkFailure(speaker, cause).message };
    }
  };
}
