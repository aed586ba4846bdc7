import type { JsonObject, Message, ModelRequest } from "@brainops/core";
import { BrainOpsError } from "@brainops/core";
import type { EncodeOptions } from "../adapter/protocol.ts";
import { compact, isObject, textOfResult } from "../shape/json.ts";

/** Writes the body of a call of `/api/chat`. */
export function encode(request: ModelRequest, options: EncodeOptions): JsonObject {
  const settings = compact({
    temperature: request.temperature,
    seed: request.seed,
    stop: request.stop,
    num_predict: request.maxTokens,
  });
  return compact({
    model: options.model,
    messages: [
      ...(request.system === undefined ? [] : [{ role: "system", content: request.system }]),
      ...request.messages.flatMap(turns),
    ],
    // There is no tool choice here: no tools is the only way to forbid them.
    tools:
      request.toolChoice === "none" || (request.tools ?? []).length === 0
        ? undefined
        : request.tools?.map((tool) => ({
            type: "function",
            function: compact({ name: tool.name, description: tool.description, parameters: tool.parameters }),
          })),
    format: request.output?.schema,
    think: request.reasoning === undefined ? undefined : request.reasoning === "none" ? false : request.reasoning,
    options: Object.keys(settings).length === 0 ? undefined : settings,
    stream: options.stream,
  });
}

function turns(message: Message): JsonObject[] {
  if (message.role === "tool") {
    return message.content.map((part) => ({ role: "tool", content: textOfResult(part.result), tool_name: part.name }));
  }
  if (typeof message.content === "string") return [{ role: message.role, content: message.content }];
  if (message.role === "user") {
    const texts: string[] = [];
    const images: string[] = [];
    for (const part of message.content) {
      if (part.type === "text") texts.push(part.text);
      else if (part.mediaType.startsWith("image/") && part.data !== undefined) images.push(part.data);
      else if (part.mediaType.startsWith("text/") && part.data !== undefined) {
        texts.push(Buffer.from(part.data, "base64").toString("utf8"));
      } else {
        throw new BrainOpsError(
          "unsupported",
          `Ollama takes images and texts as data, not ${part.mediaType} by ${part.url === undefined ? "data" : "address"}. Send the content itself.`,
        );
      }
    }
    return [compact({ role: "user", content: texts.join("\n"), images: images.length === 0 ? undefined : images })];
  }
  const text = message.content.map((part) => (part.type === "text" ? part.text : "")).join("");
  const thinking = message.content
    .map((part) => (part.type === "reasoning" && part.vendor === "ollama" ? part.text : ""))
    .join("");
  const calls = message.content.filter((part) => part.type === "tool-call");
  if (text === "" && calls.length === 0) return [];
  return [
    compact({
      role: "assistant",
      content: text,
      thinking: thinking === "" ? undefined : thinking,
      tool_calls:
        calls.length === 0
          ? undefined
          : calls.map((call) => ({ function: { name: call.name, arguments: isObject(call.args) ? call.args : {} } })),
    }),
  ];
}
