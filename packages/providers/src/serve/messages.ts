import type {
  AssistantPart,
  FilePart,
  Json,
  JsonObject,
  Message,
  ModelRequest,
  ModelResponse,
  TextPart,
  ToolResultPart,
} from "@brainops/core";
import { isObject, listOf, numberOf, objectOf, textOf } from "../shape/json.ts";
import { answeredBy, type Dialect, type Heard } from "./dialect.ts";
import { badRequest } from "./faults.ts";
import { sealed, unsealed } from "./sealed.ts";

/** Anthropic's Messages. */
export const messagesDialect: Dialect = {
  read,
  whole: (response, id) => ({
    ...head(id, response.model.id),
    content: blocksOf(response),
    stop_reason: reasonOf(response),
    usage: usageOf(response),
    brainops: answeredBy(response),
  }),
  error: ({ message, anthropic }) => ({ type: "error", error: { type: anthropic, message } }),
  stream(id, body) {
    let index = -1;
    let open = "";
    const event = (data: JsonObject): string => `event: ${textOf(data["type"])}\ndata: ${JSON.stringify(data)}\n\n`;
    const close = (): string => (open === "" ? "" : event({ type: "content_block_stop", index }));
    const block = (key: string, start: JsonObject): string => {
      if (key === open) return "";
      const before = close();
      open = key;
      index += 1;
      return `${before}${event({ type: "content_block_start", index, content_block: start })}`;
    };
    const delta = (change: JsonObject): string => event({ type: "content_block_delta", index, delta: change });
    return {
      begin: () =>
        event({
          type: "message_start",
          message: {
            ...head(id, textOf(body["model"])),
            content: [],
            stop_reason: null,
            usage: { input_tokens: 0, output_tokens: 0 },
          },
        }),
      part(part) {
        if (part.type === "text") {
          return block("text", { type: "text", text: "" }) + delta({ type: "text_delta", text: part.text });
        }
        if (part.type === "reasoning") {
          const start = block("thinking", { type: "thinking", thinking: "", signature: "" });
          return start + delta({ type: "thinking_delta", thinking: part.text });
        }
        const start = block(`tool ${part.id}`, { type: "tool_use", id: part.id, name: part.name, input: {} });
        return start + (part.delta === "" ? "" : delta({ type: "input_json_delta", partial_json: part.delta }));
      },
      end(response) {
        let text = close();
        open = "";
        // What must go back with the reasoning is known only now; a block of its own brings it.
        for (const part of response.reasoning) {
          if (part.opaque === undefined) continue;
          const start = block(`signature ${index}`, { type: "thinking", thinking: "", signature: "" });
          text += `${start}${delta({ type: "signature_delta", signature: sealed(part) })}${close()}`;
          open = "";
        }
        const change = { stop_reason: reasonOf(response), stop_sequence: null };
        const end = { type: "message_delta", delta: change, usage: usageOf(response), brainops: answeredBy(response) };
        return `${text}${event(end)}${event({ type: "message_stop" })}`;
      },
      fail: (fault) => event(messagesDialect.error(fault)),
    };
  },
};

const head = (id: string, model: string): JsonObject => ({
  id,
  type: "message",
  role: "assistant",
  model,
  stop_sequence: null,
});

function reasonOf({ finishReason }: ModelResponse): string {
  const reasons: { readonly [reason: string]: string } = {
    length: "max_tokens",
    tool_calls: "tool_use",
    content_filter: "refusal",
    pause: "pause_turn",
  };
  return reasons[finishReason] ?? "end_turn";
}

function usageOf({ usage }: ModelResponse): JsonObject {
  const { cachedInputTokens: read = 0, cacheWriteTokens: written = 0 } = usage;
  return {
    input_tokens: Math.max(0, (usage.inputTokens ?? 0) - read - written),
    output_tokens: usage.outputTokens ?? 0,
    cache_read_input_tokens: read,
    cache_creation_input_tokens: written,
  };
}

function blocksOf(response: ModelResponse): JsonObject[] {
  const { content } = response.message;
  if (typeof content === "string") return [{ type: "text", text: content }];
  return content.flatMap((part): JsonObject[] => {
    if (part.type === "text") return [{ type: "text", text: part.text }];
    if (part.type === "tool-call") return [{ type: "tool_use", id: part.id, name: part.name, input: part.args }];
    if (part.type === "vendor") return [];
    return [{ type: "thinking", thinking: part.text, signature: part.opaque === undefined ? "" : sealed(part) }];
  });
}

function read(body: JsonObject): Heard {
  const names = new Map<string, string>();
  const messages = listOf(body["messages"]).flatMap((raw) => messageOf(objectOf(raw), names));
  const system = plainText(body["system"]);
  const tools = listOf(body["tools"]).map((one) => toolOf(objectOf(one)));
  const stop = listOf(body["stop_sequences"]).map(textOf);
  const maxTokens = numberOf(body["max_tokens"]);
  const temperature = numberOf(body["temperature"]);
  const user = textOf(objectOf(body["metadata"])["user_id"]);
  const format = objectOf(objectOf(body["output_config"])["format"]);
  return {
    model: textOf(body["model"]),
    stream: body["stream"] === true,
    request: {
      ...(system === "" ? {} : { system }),
      messages,
      ...(tools.length === 0 ? {} : { tools }),
      ...choiceOf(objectOf(body["tool_choice"])),
      ...(format["type"] === "json_schema" ? { output: { schema: objectOf(format["schema"]) } } : {}),
      ...(maxTokens === undefined ? {} : { maxTokens }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(stop.length === 0 ? {} : { stop }),
      ...(textOf(objectOf(body["thinking"])["type"]) === "enabled" ? { reasoning: "medium" } : {}),
      ...(user === "" ? {} : { metadata: { user_id: user } }),
    },
  };
}

function choiceOf(choice: JsonObject): Pick<ModelRequest, "toolChoice"> {
  if (choice["type"] === "any") return { toolChoice: "required" };
  if (choice["type"] === "tool") return { toolChoice: { tool: textOf(choice["name"]) } };
  return choice["type"] === "auto" || choice["type"] === "none" ? { toolChoice: choice["type"] } : {};
}

function toolOf(tool: JsonObject): NonNullable<ModelRequest["tools"]>[number] {
  if (!isObject(tool["input_schema"])) {
    throw badRequest(
      `The tool '${textOf(tool["name"])}' has no input_schema; tools that a vendor runs are not known here.`,
    );
  }
  const description = textOf(tool["description"]);
  return {
    name: textOf(tool["name"]),
    ...(description === "" ? {} : { description }),
    parameters: tool["input_schema"],
  };
}

const plainText = (content: Json | undefined): string =>
  typeof content === "string"
    ? content
    : listOf(content)
        .map((part) => textOf(objectOf(part)["text"]))
        .join("\n\n");

/** One message; results of tools, which stand among a user's blocks there, are messages of their own here. */
function messageOf(raw: JsonObject, names: Map<string, string>): Message[] {
  const { role, content } = raw;
  if (role !== "user" && role !== "assistant") {
    throw badRequest(`A message has the role '${textOf(role)}'. Expected user or assistant.`);
  }
  if (typeof content === "string") return [{ role, content }];
  const blocks = listOf(content).map(objectOf);
  if (role === "assistant") return [{ role, content: blocks.flatMap((block) => assistantPart(block, names)) }];
  const results = blocks.filter((block) => block["type"] === "tool_result").map((block) => resultOf(block, names));
  const rest = blocks.filter((block) => block["type"] !== "tool_result").map(userPart);
  return [
    ...(results.length === 0 ? [] : [{ role: "tool" as const, content: results }]),
    ...(rest.length === 0 ? [] : [{ role: "user" as const, content: rest }]),
  ];
}

function assistantPart(block: JsonObject, names: Map<string, string>): AssistantPart[] {
  if (block["type"] === "text") return [{ type: "text", text: textOf(block["text"]) }];
  if (block["type"] === "tool_use") {
    const [id, name] = [textOf(block["id"]), textOf(block["name"])];
    names.set(id, name);
    return [{ type: "tool-call", id, name, args: block["input"] ?? {} }];
  }
  const part = unsealed(textOf(block["signature"]));
  return part === undefined ? [] : [part];
}

function resultOf(block: JsonObject, names: Map<string, string>): ToolResultPart {
  const id = textOf(block["tool_use_id"]);
  const failed = block["is_error"] === true ? { failed: true } : {};
  return { type: "tool-result", id, name: names.get(id) ?? "", result: plainText(block["content"]), ...failed };
}

function userPart(block: JsonObject): TextPart | FilePart {
  if (block["type"] === "text") return { type: "text", text: textOf(block["text"]) };
  const source = objectOf(block["source"]);
  const image = block["type"] === "image";
  if ((image || block["type"] === "document") && (source["type"] === "base64" || source["type"] === "url")) {
    const mediaType = textOf(source["media_type"]) || (image ? "image/*" : "application/pdf");
    return source["type"] === "url"
      ? { type: "file", mediaType, url: textOf(source["url"]) }
      : { type: "file", mediaType, data: textOf(source["data"]) };
  }
  throw badRequest(`A block of a message has the type '${textOf(block["type"])}', which is not known here.`);
}
