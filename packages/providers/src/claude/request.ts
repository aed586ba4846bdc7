import type { AssistantPart, FilePart, JsonObject, Message, ModelRequest, TextPart } from "@brainops/core";
import type { EncodeOptions } from "../adapter/protocol.ts";
import { compact, isObject, textOfResult } from "../shape/json.ts";
import { ownOf } from "../shape/own.ts";
import { closedSchema } from "../structured/schema.ts";

const vendor = "anthropic";

/** The vendor wants a limit with every request; this one leaves room for long answers. */
const defaultMaxTokens = 16_384;

/**
 * Writes the body of a Messages call. The API's current version knows neither temperature nor seed; older models get
 * them by the `raw` escape hatch.
 */
export function encode(request: ModelRequest, options: EncodeOptions): JsonObject {
  const output = request.output;
  const effort = request.reasoning === undefined || request.reasoning === "none" ? undefined : request.reasoning;
  const outputConfig = compact({
    effort,
    format: output === undefined ? undefined : { type: "json_schema", schema: closedSchema(output.schema) },
  });
  const turns = request.messages.flatMap(turn);
  return compact({
    model: options.model,
    max_tokens: request.maxTokens ?? defaultMaxTokens,
    system: request.system,
    messages: turns,
    tools: request.tools?.map((tool) =>
      compact({ name: tool.name, description: tool.description, input_schema: objectSchema(tool.parameters) }),
    ),
    tool_choice: toolChoice(request),
    thinking: thinking(request),
    output_config: Object.keys(outputConfig).length === 0 ? undefined : outputConfig,
    stop_sequences: request.stop,
    // The vendor keeps one label only, and asks that it name no person.
    metadata: request.metadata?.["user_id"] === undefined ? undefined : { user_id: request.metadata["user_id"] },
    cache_control: request.cache === true ? { type: "ephemeral" } : undefined,
    stream: options.stream ? true : undefined,
  });
}

function thinking(request: ModelRequest): JsonObject | undefined {
  if (request.reasoning === undefined) return undefined;
  return request.reasoning === "none" ? { type: "disabled" } : { type: "adaptive", display: "summarized" };
}

function toolChoice(request: ModelRequest): JsonObject | undefined {
  const choice = request.toolChoice;
  if (choice === undefined || (request.tools ?? []).length === 0) return undefined;
  if (typeof choice === "object") return { type: "tool", name: choice.tool };
  return { type: choice === "required" ? "any" : choice };
}

/** The vendor asks for an object schema even when a tool takes nothing. */
const objectSchema = (schema: JsonObject): JsonObject => ({ type: "object", ...schema });

function turn(message: Message): JsonObject[] {
  if (message.role === "tool") {
    const content = message.content.map((part) =>
      compact({
        type: "tool_result",
        tool_use_id: part.id,
        content: textOfResult(part.result),
        is_error: part.failed === true ? true : undefined,
      }),
    );
    return [{ role: "user", content }];
  }
  if (typeof message.content === "string") return [{ role: message.role, content: message.content }];
  const content = message.role === "user" ? message.content.map(userBlock) : message.content.flatMap(assistantBlock);
  // An assistant turn that held nothing but another vendor's reasoning is no turn here.
  return content.length === 0 ? [] : [{ role: message.role, content }];
}

function userBlock(part: TextPart | FilePart): JsonObject {
  if (part.type === "text") return { type: "text", text: part.text };
  const source =
    part.url === undefined
      ? { type: "base64", media_type: part.mediaType, data: part.data }
      : { type: "url", url: part.url };
  if (part.mediaType.startsWith("image/")) return { type: "image", source };
  if (part.mediaType.startsWith("text/") && part.data !== undefined) {
    const data = Buffer.from(part.data, "base64").toString("utf8");
    return compact({ type: "document", source: { type: "text", media_type: "text/plain", data }, title: part.name });
  }
  return compact({ type: "document", source, title: part.name });
}

function assistantBlock(part: AssistantPart): JsonObject[] {
  switch (part.type) {
    case "text":
      return part.text === "" ? [] : [{ type: "text", text: part.text }];
    case "reasoning":
      return part.vendor === vendor && isObject(part.opaque) ? [part.opaque] : [];
    case "vendor":
      return part.vendor === vendor && isObject(part.block) ? [part.block] : [];
    case "tool-call": {
      const call = { type: "tool_use", id: part.id, name: part.name, input: isObject(part.args) ? part.args : {} };
      return [{ ...ownOf(part, vendor), ...call }];
    }
  }
}
