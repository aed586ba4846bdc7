import type {
  AssistantPart,
  FilePart,
  JsonObject,
  Message,
  ModelRequest,
  TextPart,
  ToolCallPart,
} from "@brainops/core";
import type { EncodeOptions, Protocol } from "../adapter/protocol.ts";
import { compact, isObject, textOfResult } from "../shape/json.ts";
import { ownOf } from "../shape/own.ts";
import { isStrict } from "../structured/schema.ts";

/** What differs between the servers that speak Chat Completions. */
export interface ChatDialect {
  /** Newer models of OpenAI know only `max_completion_tokens`; most other servers only `max_tokens`. */
  readonly maxTokens: "max_tokens" | "max_completion_tokens";
}

/** Writes the bodies of Chat Completions calls in a dialect. */
export function encoder(vendor: string, dialect: ChatDialect): Protocol["encode"] {
  return (request: ModelRequest, options: EncodeOptions): JsonObject => {
    const tools = request.tools ?? [];
    const output = request.output;
    return compact({
      model: options.model,
      messages: [
        ...(request.system === undefined ? [] : [{ role: "system", content: request.system }]),
        ...request.messages.flatMap((message) => turns(message, vendor)),
      ],
      tools:
        tools.length === 0
          ? undefined
          : tools.map((tool) => ({
              type: "function",
              function: compact({ name: tool.name, description: tool.description, parameters: tool.parameters }),
            })),
      tool_choice: tools.length === 0 ? undefined : toolChoice(request),
      response_format:
        output === undefined
          ? undefined
          : {
              type: "json_schema",
              json_schema: { name: output.name ?? "answer", schema: output.schema, strict: isStrict(output.schema) },
            },
      [dialect.maxTokens]: request.maxTokens,
      temperature: request.temperature,
      seed: request.seed,
      stop: request.stop,
      reasoning_effort: request.reasoning,
      metadata: request.metadata,
      stream: options.stream ? true : undefined,
      stream_options: options.stream ? { include_usage: true } : undefined,
    });
  };
}

function toolChoice(request: ModelRequest): string | JsonObject | undefined {
  const choice = request.toolChoice;
  return typeof choice === "object" ? { type: "function", function: { name: choice.tool } } : choice;
}

function turns(message: Message, vendor: string): JsonObject[] {
  if (message.role === "tool") {
    return message.content.map((part) => ({ role: "tool", tool_call_id: part.id, content: textOfResult(part.result) }));
  }
  if (typeof message.content === "string") return [{ role: message.role, content: message.content }];
  if (message.role === "user") {
    const [only, ...more] = message.content;
    if (only?.type === "text" && more.length === 0) return [{ role: "user", content: only.text }];
    return [{ role: "user", content: message.content.map(userPart) }];
  }
  return assistant(message.content, vendor);
}

function assistant(parts: readonly AssistantPart[], vendor: string): JsonObject[] {
  const text = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
  const calls = parts.filter((part) => part.type === "tool-call");
  if (text === "" && calls.length === 0) return [];
  // Reasoning goes back only where the model is in the middle of using tools; elsewhere servers refuse or ignore it.
  const thoughts =
    calls.length === 0
      ? []
      : parts.flatMap((part) =>
          part.type === "reasoning" && part.vendor === vendor && isObject(part.opaque) ? [part.opaque] : [],
        );
  return [
    compact({
      role: "assistant",
      content: text === "" ? null : text,
      ...Object.assign({}, ...thoughts),
      tool_calls: calls.length === 0 ? undefined : calls.map((call) => toolCall(call, vendor)),
    }),
  ];
}

function toolCall(call: ToolCallPart, vendor: string): JsonObject {
  return {
    ...ownOf(call, vendor),
    id: call.id,
    type: "function",
    function: { name: call.name, arguments: JSON.stringify(call.args) },
  };
}

function userPart(part: TextPart | FilePart): JsonObject {
  if (part.type === "text") return { type: "text", text: part.text };
  const url = part.url ?? `data:${part.mediaType};base64,${part.data ?? ""}`;
  if (part.mediaType.startsWith("image/")) return { type: "image_url", image_url: { url } };
  if (part.mediaType.startsWith("audio/") && part.data !== undefined) {
    const format = part.mediaType.endsWith("wav") ? "wav" : "mp3";
    return { type: "input_audio", input_audio: { data: part.data, format } };
  }
  return { type: "file", file: { filename: part.name ?? "file", file_data: url } };
}
