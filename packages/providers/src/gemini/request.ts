import type {
  AssistantPart,
  FilePart,
  Json,
  JsonObject,
  Message,
  ModelRequest,
  TextPart,
  ToolCallPart,
} from "@brainops/core";
import type { EncodeOptions } from "../adapter/protocol.ts";
import { compact, isObject } from "../shape/json.ts";
import { ownOf } from "../shape/own.ts";

const vendor = "google";

/** Gemini 3 refuses calls without a signature; this value stands for "made by another model". */
const foreignSignature = "skip_thought_signature_validator";

/** Writes the body of a generateContent call. The model's id is part of the address. */
export function encode(request: ModelRequest, options: EncodeOptions): JsonObject {
  const tools = request.tools ?? [];
  const generationConfig = compact({
    maxOutputTokens: request.maxTokens,
    temperature: request.temperature,
    seed: request.seed,
    stopSequences: request.stop,
    responseMimeType: request.output === undefined ? undefined : "application/json",
    responseJsonSchema: request.output?.schema,
    thinkingConfig: thinking(request, options.model),
  });
  return compact({
    systemInstruction: request.system === undefined ? undefined : { parts: [{ text: request.system }] },
    contents: contents(request.messages),
    tools:
      tools.length === 0
        ? undefined
        : [
            {
              functionDeclarations: tools.map((tool) =>
                compact({ name: tool.name, description: tool.description, parametersJsonSchema: tool.parameters }),
              ),
            },
          ],
    toolConfig: tools.length === 0 ? undefined : toolConfig(request),
    generationConfig: Object.keys(generationConfig).length === 0 ? undefined : generationConfig,
  });
}

const budgets = { none: 0, low: 1_024, medium: 8_192, high: 24_576 } as const;
const levels = { none: "MINIMAL", low: "LOW", medium: "MEDIUM", high: "HIGH" } as const;

function thinking(request: ModelRequest, model: string): JsonObject | undefined {
  const effort = request.reasoning;
  if (effort === undefined) return undefined;
  const shown = effort === "none" ? {} : { includeThoughts: true };
  // Generation 2 counts tokens, later ones know levels.
  return /gemini-[12][.-]/.test(model)
    ? { ...shown, thinkingBudget: budgets[effort] }
    : { ...shown, thinkingLevel: levels[effort] };
}

function toolConfig(request: ModelRequest): JsonObject | undefined {
  const choice = request.toolChoice;
  if (choice === undefined) return undefined;
  const functionCallingConfig =
    typeof choice === "object"
      ? { mode: "ANY", allowedFunctionNames: [choice.tool] }
      : { mode: choice === "required" ? "ANY" : choice.toUpperCase() };
  return { functionCallingConfig };
}

function contents(messages: readonly Message[]): JsonObject[] {
  /** The vendor's own ids of its calls, which its results repeat. */
  const ids = new Map<string, Json>();
  return messages.flatMap((message): JsonObject[] => {
    if (message.role === "tool") {
      const parts = message.content.map((part) => ({
        functionResponse: compact({
          id: ids.get(part.id),
          name: part.name,
          response: part.failed === true ? { error: part.result } : asObject(part.result),
        }),
      }));
      return [{ role: "user", parts }];
    }
    const role = message.role === "user" ? "user" : "model";
    if (typeof message.content === "string") return [{ role, parts: [{ text: message.content }] }];
    for (const part of message.content) {
      const id = part.type === "tool-call" ? ownOf(part, vendor)?.["id"] : undefined;
      if (part.type === "tool-call" && id !== undefined) ids.set(part.id, id);
    }
    const parts = message.role === "user" ? message.content.map(userPart) : modelParts(message.content);
    return parts.length === 0 ? [] : [{ role, parts }];
  });
}

const asObject = (result: Json): JsonObject => (isObject(result) ? result : { result });

function userPart(part: TextPart | FilePart): JsonObject {
  if (part.type === "text") return { text: part.text };
  return part.url === undefined
    ? { inlineData: { mimeType: part.mediaType, data: part.data } }
    : { fileData: { mimeType: part.mediaType, fileUri: part.url } };
}

function modelParts(content: readonly AssistantPart[]): JsonObject[] {
  const parts: JsonObject[] = [];
  let foreign = false;
  for (const part of content) {
    if (part.type === "text") {
      if (part.text !== "") parts.push({ text: part.text });
    } else if (part.type === "tool-call") {
      parts.push(callPart(part, !foreign));
      foreign = true;
    } else if (part.vendor !== vendor) continue;
    else if (part.type === "vendor") {
      if (isObject(part.block)) parts.push(part.block);
    } else if (isObject(part.opaque) && part.opaque["thoughtSignature"] !== undefined) {
      const { thoughtSignature, ofText } = part.opaque;
      const before = ofText === true ? parts.pop() : undefined;
      parts.push({ ...(before ?? { text: part.text, ...(part.text !== "" && { thought: true }) }), thoughtSignature });
    }
  }
  return parts;
}

/** Only the first of parallel calls carries a signature, so only the first needs one made up. */
function callPart(call: ToolCallPart, first: boolean): JsonObject {
  const extras = ownOf(call, vendor);
  const signature = extras === undefined ? (first ? foreignSignature : undefined) : extras["thoughtSignature"];
  const args = isObject(call.args) ? call.args : {};
  return compact({ functionCall: compact({ id: extras?.["id"], name: call.name, args }), thoughtSignature: signature });
}
