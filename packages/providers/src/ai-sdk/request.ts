import type { AssistantPart, FilePart, Json, JsonObject, Message, ModelRequest, TextPart } from "@brainops/core";
import { BrainOpsError } from "@brainops/core";
import { isObject, listOf, numberOf, objectOf, parseJson, textOf } from "../shape/json.ts";
import { plain } from "./wire.ts";

/** Under this name our own parts travel in the AI SDK's provider options, and come back in its history. */
export const ownName = "brainops";

/** Call options of the AI SDK as a request. */
export function requestOf(options: object): ModelRequest {
  const call = options as { readonly prompt: readonly object[]; readonly [key: string]: unknown };
  const system: string[] = [];
  const messages: Message[] = [];
  for (const raw of call.prompt) {
    const { role, content } = raw as { readonly role: string; readonly content: unknown };
    if (role === "system") system.push(String(content));
    else messages.push(messageOf(role, (content ?? []) as readonly object[]));
  }
  const rest = plain({ ...call, prompt: undefined, abortSignal: undefined });
  const format = objectOf(rest["responseFormat"]);
  const tools = listOf(rest["tools"]).map(objectOf).map(toolOf);
  const choice = objectOf(rest["toolChoice"]);
  const kind = textOf(choice["type"]);
  const reasoning = effortOf(textOf(rest["reasoning"]));
  const name = textOf(format["name"]);
  return {
    ...(system.length === 0 ? {} : { system: system.join("\n\n") }),
    messages,
    ...(tools.length === 0 ? {} : { tools }),
    ...(kind === "" || tools.length === 0
      ? {}
      : {
          toolChoice: kind === "tool" ? { tool: textOf(choice["toolName"]) } : (kind as "auto" | "none" | "required"),
        }),
    ...(format["type"] !== "json"
      ? {}
      : { output: { ...(name === "" ? {} : { name }), schema: objectOf(format["schema"]) } }),
    ...numbers(rest, { maxOutputTokens: "maxTokens", temperature: "temperature", seed: "seed" }),
    ...(Array.isArray(rest["stopSequences"]) ? { stop: listOf(rest["stopSequences"]).map(textOf) } : {}),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}

function numbers(from: JsonObject, names: { readonly [theirs: string]: string }): { readonly [ours: string]: number } {
  const found: { [ours: string]: number } = {};
  for (const [theirs, ours] of Object.entries(names)) {
    const value = numberOf(from[theirs]);
    if (value !== undefined) found[ours] = value;
  }
  return found;
}

function effortOf(word: string): NonNullable<ModelRequest["reasoning"]> | undefined {
  if (word === "minimal") return "low";
  if (word === "xhigh" || word === "max") return "high";
  return word === "none" || word === "low" || word === "medium" || word === "high" ? word : undefined;
}

function toolOf(tool: JsonObject): NonNullable<ModelRequest["tools"]>[number] {
  const name = textOf(tool["name"]);
  if (tool["type"] !== "function") {
    throw new BrainOpsError("unsupported", `The tool '${name}' runs at one vendor only, and a chain has several.`);
  }
  const description = textOf(tool["description"]);
  return { name, ...(description === "" ? {} : { description }), parameters: objectOf(tool["inputSchema"]) };
}

function messageOf(role: string, parts: readonly object[]): Message {
  if (role === "user") return { role: "user", content: parts.map(userPart) };
  if (role === "assistant") return { role: "assistant", content: parts.flatMap((part) => assistantPart(plain(part))) };
  return {
    role: "tool",
    content: parts
      .map(plain)
      .filter((part) => part["type"] === "tool-result")
      .map((part) => ({
        type: "tool-result" as const,
        id: textOf(part["toolCallId"]),
        name: textOf(part["toolName"]),
        ...resultOf(objectOf(part["output"])),
      })),
  };
}

function resultOf(output: JsonObject): { readonly result: Json; readonly failed?: boolean } {
  const type = textOf(output["type"]);
  if (type === "execution-denied") {
    return { result: textOf(output["reason"]) || "The tool was not allowed to run.", failed: true };
  }
  return { result: output["value"] ?? null, ...(type.startsWith("error") ? { failed: true } : {}) };
}

function assistantPart(part: JsonObject): readonly AssistantPart[] {
  const own = objectOf(objectOf(part["providerOptions"])[ownName])["part"];
  // What came from here goes back as it was, opaque parts included.
  if (isObject(own)) return [own as object as AssistantPart];
  if (part["type"] === "text") return [{ type: "text", text: textOf(part["text"]) }];
  if (part["type"] !== "tool-call" || part["providerExecuted"] === true) return [];
  const { input } = part;
  const args = typeof input === "string" ? (parseJson(input) ?? input) : (input ?? {});
  return [{ type: "tool-call", id: textOf(part["toolCallId"]), name: textOf(part["toolName"]), args }];
}

function userPart(raw: object): TextPart | FilePart {
  const part = raw as {
    readonly type: string;
    readonly text?: string;
    readonly data?: unknown;
    readonly mediaType?: string;
  };
  if (part.type === "text") return { type: "text", text: part.text ?? "" };
  // Since the fourth specification the data says what it is.
  const data = isTagged(part.data) ? (part.data.data ?? part.data.url) : part.data;
  const mediaType = part.mediaType ?? "application/octet-stream";
  if (data instanceof URL) return { type: "file", mediaType, url: data.href };
  if (data instanceof Uint8Array) return { type: "file", mediaType, data: Buffer.from(data).toString("base64") };
  if (typeof data === "string") {
    return /^https?:\/\//.test(data) ? { type: "file", mediaType, url: data } : { type: "file", mediaType, data };
  }
  throw new BrainOpsError(
    "unsupported",
    `A file (${mediaType}) is given in a way that is not supported. Give bytes or an address.`,
  );
}

const isTagged = (data: unknown): data is { readonly data?: unknown; readonly url?: unknown } =>
  typeof data === "object" && data !== null && "type" in data;
