import type { AssistantPart, FilePart, JsonObject, Message, ModelRequest, TextPart } from "@brainops/core";
import type { EncodeOptions } from "../adapter/protocol.ts";
import { compact, isObject, textOf, textOfResult } from "../shape/json.ts";
import { functionOutput, outputWriter, type WriteOutput } from "./call-outputs.ts";
import { ownOf } from "../shape/own.ts";
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
  /** How results are written, by the call's id. */
  const writers = new Map<string, WriteOutput>();
  return messages.flatMap((message): JsonObject[] => {
    if (message.role === "tool") {
      return message.content.map((part) => (writers.get(part.id) ?? functionOutput)(part));
    }
    if (typeof message.content === "string") return [{ role: message.role, content: message.content }];
    if (message.role === "user") return [{ role: "user", content: message.content.map(userPart) }];
    for (const part of message.content) {
      const own = part.type === "tool-call" ? ownOf(part, vendor) : undefined;
      if (own !== undefined && part.type === "tool-call") writers.set(part.id, outputWriter(own));
    }
    return message.content.flatMap(assistantItem);
  });
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
      const { custom, item, ...extras } = ownOf(part, vendor) ?? {};
      if (isObject(item)) return [item];
      const call = { call_id: part.id, name: part.name };
      return custom === true
        ? [{ ...extras, type: "custom_tool_call", ...call, input: textOfResult(part.args) }]
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
