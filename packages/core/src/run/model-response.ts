import type { Json } from "../contracts/json.ts";
import type { ReasoningPart, TextPart, ToolCallPart } from "../contracts/message.ts";
import type { ModelResponse } from "../contracts/model.ts";

/** A response as it is journaled: without what can be read off its message. */
export function packResponse(response: ModelResponse): Json {
  const { text: _text, toolCalls: _calls, reasoning: _reasoning, ...rest } = response;
  return rest as unknown as Json;
}

/** The whole response again. */
export function unpackResponse(packed: Json): ModelResponse {
  const rest = packed as unknown as Omit<ModelResponse, "text" | "toolCalls" | "reasoning">;
  const { content } = rest.message;
  const parts = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
  return {
    ...rest,
    text: parts
      .filter((part): part is TextPart => part.type === "text")
      .map((part) => part.text)
      .join(""),
    toolCalls: parts.filter((part): part is ToolCallPart => part.type === "tool-call"),
    reasoning: parts.filter((part): part is ReasoningPart => part.type === "reasoning"),
  };
}
