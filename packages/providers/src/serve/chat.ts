import type {
  AssistantPart,
  FilePart,
  Json,
  JsonObject,
  Message,
  ModelRequest,
  ModelResponse,
  TextPart,
} from "@brainops/core";
import { isObject, listOf, numberOf, objectOf, parseJson, textOf } from "../shape/json.ts";
import { answeredBy, type Dialect, type Heard } from "./dialect.ts";
import { badRequest, type Fault } from "./faults.ts";
import { fileOf } from "./file.ts";

/** OpenAI's Chat Completions. */
export const chatDialect: Dialect = {
  read,
  whole(response, id) {
    const calls = response.toolCalls.map(({ id, name, args }) => ({
      id,
      type: "function",
      function: { name, arguments: JSON.stringify(args) },
    }));
    return {
      id,
      object: "chat.completion",
      created: Math.floor(Date.now() / 1000),
      model: response.model.id,
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: response.text === "" && calls.length > 0 ? null : response.text,
            refusal: response.refusal ?? null,
            ...(calls.length === 0 ? {} : { tool_calls: calls }),
          },
          finish_reason: reasonOf(response),
          logprobs: null,
        },
      ],
      usage: usageOf(response),
      brainops: answeredBy(response),
    };
  },
  error: ({ message, openai }: Fault) => ({ error: { message, type: openai, code: openai, param: null } }),
  stream(id, body) {
    const created = Math.floor(Date.now() / 1000);
    const model = textOf(body["model"]);
    const indexes = new Map<string, number>();
    const event = (data: JsonObject): string => `data: ${JSON.stringify(data)}\n\n`;
    const chunk = (delta: JsonObject, reason: string | null = null, more: JsonObject = {}): string =>
      event({
        id,
        object: "chat.completion.chunk",
        created,
        model,
        choices: [{ index: 0, delta, finish_reason: reason }],
        ...more,
      });
    return {
      begin: () => chunk({ role: "assistant", content: "" }),
      part(part) {
        if (part.type === "text") return chunk({ content: part.text });
        if (part.type === "reasoning") return chunk({ reasoning_content: part.text });
        const known = indexes.get(part.id);
        const index = known ?? indexes.size;
        if (known === undefined) indexes.set(part.id, index);
        const call = known === undefined ? { id: part.id, type: "function" } : {};
        const named = known === undefined ? { name: part.name } : {};
        return chunk({ tool_calls: [{ index, ...call, function: { ...named, arguments: part.delta } }] });
      },
      end(response) {
        const wanted = objectOf(body["stream_options"])["include_usage"] === true;
        const last = chunk({}, reasonOf(response), { model: response.model.id, brainops: answeredBy(response) });
        const usage = { id, object: "chat.completion.chunk", created, model, choices: [], usage: usageOf(response) };
        return `${last}${wanted ? event(usage) : ""}data: [DONE]\n\n`;
      },
      // Without `[DONE]`: an answer that was cut must not look whole.
      fail: (fault) => event(this.error(fault)),
    };
  },
};

function reasonOf({ finishReason }: ModelResponse): string {
  return finishReason === "length" || finishReason === "tool_calls" || finishReason === "content_filter"
    ? finishReason
    : "stop";
}

function usageOf({ usage }: ModelResponse): JsonObject {
  const [input, output] = [usage.inputTokens ?? 0, usage.outputTokens ?? 0];
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: usage.cachedInputTokens ?? 0 },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
  };
}

function read(body: JsonObject): Heard {
  const system: string[] = [];
  const messages: Message[] = [];
  const names = new Map<string, string>();
  for (const raw of listOf(body["messages"]).map(objectOf)) {
    const role = textOf(raw["role"]);
    if (role === "system" || role === "developer") system.push(plainText(raw["content"]));
    else if (role === "user") messages.push({ role: "user", content: userContent(raw["content"]) });
    else if (role === "assistant") messages.push({ role: "assistant", content: assistantContent(raw, names) });
    else if (role === "tool") {
      const id = textOf(raw["tool_call_id"]);
      const result = { type: "tool-result" as const, id, name: names.get(id) ?? "", result: plainText(raw["content"]) };
      const last = messages.at(-1);
      if (last?.role === "tool") messages[messages.length - 1] = { role: "tool", content: [...last.content, result] };
      else messages.push({ role: "tool", content: [result] });
    } else throw badRequest(`A message has the role '${role}'. Expected system, developer, user, assistant or tool.`);
  }
  const format = objectOf(body["response_format"]);
  const choice = body["tool_choice"];
  const tools = listOf(body["tools"]).map((one) => toolOf(objectOf(one)));
  const maxTokens = numberOf(body["max_completion_tokens"]) ?? numberOf(body["max_tokens"]);
  const stop = typeof body["stop"] === "string" ? [body["stop"]] : listOf(body["stop"]).map(textOf);
  const effort = textOf(body["reasoning_effort"]);
  const forced = textOf(objectOf(objectOf(choice)["function"])["name"]);
  return {
    model: textOf(body["model"]),
    stream: body["stream"] === true,
    request: {
      ...(system.length === 0 ? {} : { system: system.join("\n\n") }),
      messages,
      ...(tools.length === 0 ? {} : { tools }),
      ...(typeof choice === "string" ? { toolChoice: choice as "auto" | "none" | "required" } : {}),
      ...(forced === "" ? {} : { toolChoice: { tool: forced } }),
      ...outputOf(format),
      ...(maxTokens === undefined ? {} : { maxTokens }),
      ...given(body, "temperature"),
      ...given(body, "seed"),
      ...(stop.length === 0 ? {} : { stop }),
      ...(effort === ""
        ? {}
        : { reasoning: effort === "minimal" ? "low" : effort === "xhigh" ? "high" : (effort as "low") }),
      ...(isObject(body["metadata"]) ? { metadata: body["metadata"] as { readonly [key: string]: string } } : {}),
    },
  };
}

const given = (body: JsonObject, key: "temperature" | "seed"): { readonly [key: string]: number } =>
  typeof body[key] === "number" ? { [key]: body[key] } : {};

function outputOf(format: JsonObject): Pick<ModelRequest, "output"> {
  if (format["type"] === "json_object") return { output: { schema: { type: "object" } } };
  if (format["type"] !== "json_schema") return {};
  const { name, schema } = objectOf(format["json_schema"]);
  return { output: { ...(typeof name === "string" ? { name } : {}), schema: objectOf(schema) } };
}

function toolOf(tool: JsonObject): NonNullable<ModelRequest["tools"]>[number] {
  if (tool["type"] !== "function")
    throw badRequest(`A tool has the type '${textOf(tool["type"])}'. Expected function.`);
  const { name, description, parameters } = objectOf(tool["function"]);
  return {
    name: textOf(name),
    ...(typeof description === "string" ? { description } : {}),
    parameters: isObject(parameters) ? parameters : { type: "object", properties: {} },
  };
}

const plainText = (content: Json | undefined): string =>
  typeof content === "string"
    ? content
    : listOf(content)
        .map((part) => textOf(objectOf(part)["text"]))
        .join("");

function userContent(content: Json | undefined): string | readonly (TextPart | FilePart)[] {
  if (typeof content === "string") return content;
  return listOf(content).map((raw): TextPart | FilePart => {
    const part = objectOf(raw);
    if (part["type"] === "text") return { type: "text", text: textOf(part["text"]) };
    if (part["type"] === "image_url") return fileOf(textOf(objectOf(part["image_url"])["url"]), "image/*");
    const { file_data, filename } = objectOf(part["file"]);
    if (part["type"] === "file" && typeof file_data === "string") {
      const file = fileOf(file_data, "application/pdf");
      return typeof filename === "string" ? { ...file, name: filename } : file;
    }
    throw badRequest(
      `A part of a message has the type '${textOf(part["type"])}'. Expected text, image_url or file with data.`,
    );
  });
}

function assistantContent(raw: JsonObject, names: Map<string, string>): AssistantPart[] {
  const text = plainText(raw["content"]);
  const calls = listOf(raw["tool_calls"]).map((one): AssistantPart => {
    const call = objectOf(one);
    const { name, arguments: args } = objectOf(call["function"]);
    const id = textOf(call["id"]);
    names.set(id, textOf(name));
    const parsed = parseJson(textOf(args) === "" ? "{}" : textOf(args));
    if (parsed === undefined) throw badRequest(`The arguments of the call '${id}' are no JSON.`);
    return { type: "tool-call", id, name: textOf(name), args: parsed };
  });
  return [...(text === "" ? [] : [{ type: "text" as const, text }]), ...calls];
}
