import type { ModelCallOptions, ModelRequest, StreamPart } from "@brainops/core";
import { abortedError } from "../wire/body.ts";
import { continuation } from "./continuation.ts";
import { emptyChain, type ChainSetup } from "./generate.ts";
import { judge } from "./policy.ts";
import { trail } from "./trail.ts";

/** What to do when a stream breaks after its first part was shown. */
export type OnCut = "fail" | "restart" | "continue";

/** What listeners have seen of the answer so far. */
interface Shown {
  any: boolean;
  text: string;
  tools: boolean;
}

/**
 * Asks the models in order until one has streamed its whole answer. Before the first part is shown the next model is
 * asked as freely as without streaming; afterwards it is `onCut` that decides.
 */
export async function* streamBy(
  setup: ChainSetup & { readonly onCut: OnCut },
  request: ModelRequest,
  call: ModelCallOptions,
): AsyncGenerator<StreamPart> {
  if (setup.models.length === 0) throw emptyChain(setup.name);
  const tries = trail();
  let shown: Shown = { any: false, text: "", tools: false };
  const aborted = (): boolean => call.signal?.aborted === true;

  for (const [index, model] of setup.models.entries()) {
    if (aborted()) throw tries.error(abortedError());
    const startedAt = Date.now();
    const going = shown.text === "" ? undefined : continuation(request, shown.text);
    try {
      for await (const part of model.stream(going?.request ?? request, call)) {
        if (part.type === "finish") {
          tries.answered(model.name, startedAt, part.response);
          const rest = going?.end();
          if (rest !== undefined && rest !== "") yield { type: "text", text: rest };
          yield { type: "finish", response: tries.response(going?.join(part.response) ?? part.response) };
          return;
        }
        for (const next of going?.part(part) ?? [part]) {
          shown = after(shown, next);
          yield next;
        }
      }
      throw new TypeError(`${model.name}: the stream ended without a finish part and without an error.`);
    } catch (error) {
      const failure = judge(error, aborted(), setup.onError);
      if (failure.code === "aborted" && failure.action === "stop") throw tries.error(abortedError(), shown.text);
      tries.failed(model.name, startedAt, failure, error);
      if (failure.action === "stop") throw tries.error(error, shown.text);
      if (!shown.any) continue;
      const last = index === setup.models.length - 1;
      const canContinue = !shown.tools && request.output === undefined;
      if (last || setup.onCut === "fail" || (setup.onCut === "continue" && !canContinue))
        throw tries.error(error, shown.text);
      // Reasoning alone is no text to continue; listeners drop it and the next model starts anew.
      if (setup.onCut === "continue" && shown.text !== "") continue;
      yield { type: "discard", reason: `${model.name}: ${failure.code}` };
      shown = { any: false, text: "", tools: false };
    }
  }
  throw tries.exhausted(setup.name);
}

function after(shown: Shown, part: StreamPart): Shown {
  if (part.type === "discard") return { any: false, text: "", tools: false };
  return {
    any: true,
    text: part.type === "text" ? shown.text + part.text : shown.text,
    tools: shown.tools || part.type === "tool-input",
  };
}
