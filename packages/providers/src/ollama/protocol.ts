import type { FinishReason, JsonObject } from "@brainops/core";
import type { AnswerReader, Protocol } from "../adapter/protocol.ts";
import { malformed, reported } from "../fault/wire-error.ts";
import type { Assembly } from "../shape/assembly.ts";
import { entryOf, isObject, listOf, numberOf, objectOf, textOf } from "../shape/json.ts";
import { encode } from "./request.ts";

/** Ollama's own API. Wire: https://github.com/ollama/ollama/blob/main/docs/api.md */
export const ollamaChat: Protocol = { vendor: "ollama", framing: "ndjson", encode, reader };

const finishReasons: { readonly [reason: string]: FinishReason } = {
  stop: "stop",
  length: "length",
  // The model was loaded or unloaded; there is no answer.
  load: "unknown",
  unload: "unknown",
};

function reader(into: Assembly): AnswerReader {
  let done = false;
  let calls = 0;

  const record = (body: JsonObject): void => {
    if (body["error"] !== undefined && body["error"] !== null) throw reported(body);
    if (into.modelId === "") into.modelId = textOf(body["model"]);
    // `/api/generate` answers with `response` and `thinking` beside the message instead of inside.
    const message = isObject(body["message"])
      ? body["message"]
      : { content: body["response"], thinking: body["thinking"] };
    into.reasoning("thinking", textOf(message["thinking"]));
    into.text("text", textOf(message["content"]));
    for (const item of listOf(message["tool_calls"])) {
      calls += 1;
      const call = objectOf(item);
      const body = objectOf(call["function"]);
      const key = `call ${calls}`;
      into.tool(key, textOf(call["id"]), textOf(body["name"]));
      into.toolArgs(key, body["arguments"] ?? {});
      into.toolEnd(key);
    }
    if (body["done"] !== true) return;
    done = true;
    // Versions before 0.1.38 gave no reason.
    const reason = textOf(body["done_reason"]);
    into.finish = reason === "" ? "stop" : (entryOf(finishReasons, reason) ?? "unknown");
    into.usage({ inputTokens: numberOf(body["prompt_eval_count"]), outputTokens: numberOf(body["eval_count"]) });
  };

  return {
    whole(body) {
      if (!isObject(body)) throw malformed("the answer is no JSON object");
      if (body["message"] === undefined && body["response"] === undefined && body["error"] === undefined) {
        throw malformed("the answer is none of Ollama's: it has no message");
      }
      record(body);
      into.finish ??= "stop";
    },
    event(_event, data) {
      if (!isObject(data)) throw malformed("a line of the stream is no JSON object");
      record(data);
    },
    ended: () => done,
  };
}
