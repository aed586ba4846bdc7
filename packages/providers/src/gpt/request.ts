import type {
  AssistantPart,
  FilePart,
  JsonObject,
  Message,
  ModelRequest,
  TextPart,
  ToolCallPart,
} from "@brainops/core";
import type { EncodeOptions } from "../adapter/protocol.ts";
import { compact, isObject, textOf, textOfResult } from "../shape/json.ts";
import { isStrict } from "../structured/schema.ts";

const vendor = "openai";

/** Writes the body of a Responses call. Nothing is stored at the vendor: the whole history goes with every request. */
export function encode(request: ModelRequest, options: EncodeOptions): JsonObject {
  const tools = request.tools ?? [];
  const output = request.output;
  return compact({
    model: options.model,
    instructions: request.system,
    input: input(request.messages),
    tools:
      tools.length === 0
        ? undefined
        : tools.map((tool) =>
            compact({
              type: "function",
              name: tool.name,
              description: tool.description,
              parameters: tool.parameters,
              strict: isStrict(tool.parameters),
            }),
          ),
    tool_choice: tools.length === 0 ? undefined : toolChoice(request),
    text:
      output === undefined
        ? undefined
        : {
            format: {
              type: "json_schema",
              name: output.name ?? "answer",
              schema: output.schema,
              strict: isStrict(output.schema),
            },
          },
    reasoning:
      request.reasoning === undefined
        ? undefined
        : request.reasoning === "none"
          ? { effort: "none" }
          : { effort: request.reasoning, summary: "auto" },
    include: ["reasoning.encrypted_content"],
    store: false,
    max_output_tokens: request.maxTokens,
    temperature: request.temperature,
    metadata: request.metadata,
    stream: options.stream ? true : undefined,
  });
}

function toolChoice(request: ModelRequest): string | JsonObject | undefined {
  const choice = request.toolChoice;
  return typeof choice === "object" ? { type: "function", name: choice.tool } : choice;
}

function input(messages: readonly Message[]): JsonObject[] {
  /** What kind of output answers a call, by the call's id. */
  const kinds = new Map<string, string>();
  return messages.flatMap((message): JsonObject[] => {
    if (message.role === "tool") {
      return message.content.map((part) => ({
        type: kinds.get(part.id) ?? "function_call_output",
        call_id: part.id,
        output: textOfResult(part.result),
      }));
    }
    if (typeof message.content === "string") return [{ role: message.role, content: message.content }];
    if (message.role === "user") return [{ role: "user", content: message.content.map(userPart) }];
    for (const part of message.content) {
      const kind = part.type === "tool-call" ? outputKind(part) : undefined;
      if (kind !== undefined && part.type === "tool-call") kinds.set(part.id, kind);
    }
    return message.content.flatMap(assistantItem);
  });
}

const own = (call: ToolCallPart): JsonObject =>
  call.opaque?.vendor === vendor && isObject(call.opaque.value) ? call.opaque.value : {};

function outputKind(call: ToolCallPart): string | undefined {
  const opaque = own(call);
  if (opaque["custom"] === true) return "custom_tool_call_output";
  return isObject(opaque["item"]) ? `${textOf(opaque["item"]["type"])}_output` : undefined;
}

function assistantItem(part: AssistantPart): JsonObject[] {
  switch (part.type) {
    case "text":
      return part.text === "" ? [] : [{ role: "assistant", content: part.text }];
    case "reasoning":
      // Without its encrypted content an item could only be found in the vendor's store, which is not used.
      return part.vendor === vendor && isObject(part.opaque) && textOf(part.opaque["encrypted_content"]) !== ""
        ? [part.opaque]
        : [];
    case "vendor":
      return part.vendor === vendor && isObject(part.block) ? [part.block] : [];
    case "tool-call": {
      const { custom, item, ...extras } = own(part);
      if (isObject(item)) return [item];
      const call = { call_id: part.id, name: part.name };
      return custom === true
        ? [{ type: "custom_tool_call", ...call, input: textOfResult(part.args) }]
        : [{ ...extras, type: "function_call", ...call, arguments: JSON.stringify(part.args) }];
    }
  }
}

function userPart(part: TextPart | FilePart): JsonObject {
  if (part.type === "text") return { type: "input_text", text: part.text };
  const data = `data:${part.mediaType};base64,${part.data ?? ""}`;
  if (part.mediaType.startsWith("image/")) return { type: "input_image", detail: "auto", image_url: part.url ?? data };
  return part.url === undefined
    ? { type: "input_file", filename: part.name ?? "file", file_data: data }
    : { type: "input_file", file_url: part.url };
}
