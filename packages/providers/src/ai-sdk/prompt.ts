import type { AssistantPart, FilePart, Json, Message, ModelRequest, TextPart, ToolResultPart } from "@brainops/core";
import { isObject } from "../shape/json.ts";
import type { AiSdkModel } from "./wire.ts";

/** Opaque parts of AI SDK models belong to `ai-sdk:` and the provider, so that no adapter takes them for its own. */
export const vendorOf = (model: Pick<AiSdkModel, "provider">): string => `ai-sdk:${model.provider}`;

const optionsOf = (vendor: string, owner: string | undefined, opaque: Json | undefined): object =>
  owner === vendor && isObject(opaque) ? { providerOptions: opaque } : {};

/** A request as the call options of the AI SDK. */
export function callOptions(request: ModelRequest, model: AiSdkModel, signal: AbortSignal | undefined): object {
  const vendor = vendorOf(model);
  const { toolChoice, output, reasoning } = request;
  return {
    prompt: [
      ...(request.system === undefined ? [] : [{ role: "system", content: request.system }]),
      ...request.messages.map((message) => messageOf(message, vendor, model.specificationVersion)),
    ],
    ...(request.maxTokens === undefined ? {} : { maxOutputTokens: request.maxTokens }),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    ...(request.stop === undefined ? {} : { stopSequences: [...request.stop] }),
    ...(reasoning === undefined || model.specificationVersion === "v2" ? {} : { reasoning }),
    ...(output === undefined
      ? {}
      : {
          responseFormat: {
            type: "json",
            schema: output.schema,
            ...(output.name === undefined ? {} : { name: output.name }),
          },
        }),
    ...(request.tools === undefined
      ? {}
      : {
          tools: request.tools.map(({ name, description, parameters }) => ({
            type: "function",
            name,
            ...(description === undefined ? {} : { description }),
            inputSchema: parameters,
          })),
        }),
    ...(toolChoice === undefined
      ? {}
      : {
          toolChoice:
            typeof toolChoice === "string" ? { type: toolChoice } : { type: "tool", toolName: toolChoice.tool },
        }),
    ...(request.raw?.["ai-sdk"] === undefined ? {} : { providerOptions: request.raw["ai-sdk"] }),
    ...(signal === undefined ? {} : { abortSignal: signal }),
  };
}

function messageOf(message: Message, vendor: string, version: AiSdkModel["specificationVersion"]): object {
  if (message.role === "tool") return { role: "tool", content: message.content.map(resultOf) };
  if (typeof message.content === "string") {
    return { role: message.role, content: [{ type: "text", text: message.content }] };
  }
  if (message.role === "user") {
    return {
      role: "user",
      content: message.content.map((part) => (part.type === "text" ? part : fileOf(part, version))),
    };
  }
  return { role: "assistant", content: message.content.flatMap((part) => assistantPart(part, vendor)) };
}

function fileOf(part: FilePart, version: AiSdkModel["specificationVersion"]): object {
  const { mediaType, data, url, name } = part;
  const file = data === undefined ? new URL(url ?? "about:blank") : data;
  const tagged = data === undefined ? { type: "url", url: file } : { type: "data", data };
  return {
    type: "file",
    mediaType,
    data: version === "v4" ? tagged : file,
    ...(name === undefined ? {} : { filename: name }),
  };
}

function assistantPart(part: AssistantPart, vendor: string): object[] {
  switch (part.type) {
    case "text":
      return [{ type: "text", text: (part satisfies TextPart).text }];
    case "reasoning":
      // Signed reasoning is of use to its own vendor alone.
      return part.vendor === vendor
        ? [{ type: "reasoning", text: part.text, ...optionsOf(vendor, part.vendor, part.opaque) }]
        : [];
    case "tool-call":
      return [
        {
          type: "tool-call",
          toolCallId: part.id,
          toolName: part.name,
          input: part.args,
          ...optionsOf(vendor, part.opaque?.vendor, part.opaque?.value),
        },
      ];
    case "vendor":
      return [];
  }
}

function resultOf(part: ToolResultPart): object {
  const { result } = part;
  const kind = typeof result === "string" ? "text" : "json";
  const type = part.failed === true ? `error-${kind}` : kind;
  return { type: "tool-result", toolCallId: part.id, toolName: part.name, output: { type, value: result } };
}
