import type { JsonObject, ModelResponse } from "@brainops/core";
import { textOf } from "../shape/json.ts";
import { answeredBy, type Dialect } from "./dialect.ts";
import type { Fault } from "./faults.ts";
import { read } from "./responses-input.ts";
import { callItem, reasoningItem, responseStream, textItem } from "./responses-stream.ts";

/** OpenAI's Responses. Nothing is kept here, so every request brings the whole history. */
export const responsesDialect: Dialect = {
  read,
  whole: (response, id) => ({
    ...head(id, response.model.id),
    ...ending(response),
    output: itemsOf(response, id),
    brainops: answeredBy(response),
  }),
  error: ({ message, openai }: Fault) => ({ error: { message, type: openai, code: openai, param: null } }),
  stream: (id, body) => responseStream(id, head(id, textOf(body["model"])), ending),
};

const head = (id: string, model: string): JsonObject => ({
  id,
  object: "response",
  created_at: Math.floor(Date.now() / 1000),
  status: "in_progress",
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  model,
  output: [],
  parallel_tool_calls: true,
  temperature: null,
  tool_choice: "auto",
  tools: [],
  top_p: null,
});

/** How it ended, and what it took. */
function ending(response: ModelResponse): JsonObject {
  const { finishReason, usage } = response;
  const reasons: { readonly [reason: string]: string } = {
    length: "max_output_tokens",
    content_filter: "content_filter",
  };
  const reason = reasons[finishReason];
  const [input, output] = [usage.inputTokens ?? 0, usage.outputTokens ?? 0];
  return {
    status: reason === undefined ? "completed" : "incomplete",
    incomplete_details: reason === undefined ? null : { reason },
    model: response.model.id,
    usage: {
      input_tokens: input,
      input_tokens_details: { cached_tokens: usage.cachedInputTokens ?? 0 },
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
      total_tokens: input + output,
    },
  };
}

function itemsOf(response: ModelResponse, id: string): JsonObject[] {
  const { content } = response.message;
  const parts = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
  const items = parts.flatMap((part, index): JsonObject[] => {
    const key = `${id}-${index}`;
    if (part.type === "text") return part.text === "" ? [] : [textItem(key, part.text)];
    if (part.type === "reasoning") return [reasoningItem(key, part.text, part)];
    if (part.type === "vendor") return [];
    return [callItem(key, part.id, part.name, JSON.stringify(part.args))];
  });
  const { refusal } = response;
  return refusal === undefined ? items : [...items, { ...textItem(`${id}-no`, ""), content: [refused(refusal)] }];
}

const refused = (refusal: string): JsonObject => ({ type: "refusal", refusal });
