import type { Json } from "../contracts/json.ts";
import type { AssistantPart, FilePart, Message, ToolResultPart } from "../contracts/message.ts";
import type { ModelRequest, ModelResponse } from "../contracts/model.ts";
import type { Attributes } from "./open-telemetry.ts";

// Contents in the JSON that the GenAI conventions give messages. Only when they are asked for.

/** What was sent, as far as the journal keeps it: long requests are there as their hash alone. */
export function inputContent(request: ModelRequest | undefined): Attributes {
  if (request === undefined) return {};
  const { system, messages } = request;
  return {
    "gen_ai.input.messages": JSON.stringify(
      messages.map((message) => ({ role: message.role, parts: partsOf(message) })),
    ),
    ...(system === undefined
      ? {}
      : { "gen_ai.system_instructions": JSON.stringify([{ type: "text", content: system }]) }),
  };
}

/** What was answered. */
export function outputContent(response: Pick<ModelResponse, "message" | "finishReason"> | undefined): Attributes {
  if (response === undefined) return {};
  const { message, finishReason } = response;
  const finish_reason = finishReason === "tool_calls" ? "tool_call" : finishReason;
  return { "gen_ai.output.messages": JSON.stringify([{ role: message.role, parts: partsOf(message), finish_reason }]) };
}

function partsOf({ content }: Message): Json {
  if (typeof content === "string") return [{ type: "text", content }];
  return (content as readonly (AssistantPart | FilePart | ToolResultPart)[]).map(partOf);
}

function partOf(part: AssistantPart | FilePart | ToolResultPart): Json {
  switch (part.type) {
    case "text":
    case "reasoning":
      return { type: part.type, content: part.text };
    case "tool-call":
      return { type: "tool_call", id: part.id, name: part.name, arguments: part.args };
    case "tool-result":
      return { type: "tool_call_response", id: part.id, response: part.result };
    case "file":
      // Bytes stay where they are.
      return { type: "file", mime_type: part.mediaType };
    case "vendor":
      return { type: part.vendor };
  }
}
