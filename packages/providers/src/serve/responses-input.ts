import type { AssistantPart, FilePart, Json, JsonObject, Message, ModelRequest, TextPart } from "@brainops/core";
import { isObject, listOf, numberOf, objectOf, parseJson, textOf } from "../shape/json.ts";
import type { Heard } from "./dialect.ts";
import { badRequest } from "./faults.ts";
import { fileOf } from "./file.ts";
import { unsealed } from "./sealed.ts";

/** What would need a memory of earlier responses, or a vendor's own machines. */
const unknown = ["previous_response_id", "conversation", "background", "prompt"];

/** Reads a request of OpenAI's Responses. */
export function read(body: JsonObject): Heard {
  for (const key of unknown) {
    if (body[key] !== undefined && body[key] !== null && body[key] !== false)
      throw badRequest(`'${key}' is not known here: nothing is kept between calls. Send the whole input each time.`);
  }
  const { system, messages } = historyOf(body["input"]);
  const instructions = textOf(body["instructions"]);
  const above = [...(instructions === "" ? [] : [instructions]), ...system];
  const tools = listOf(body["tools"]).map((one) => toolOf(objectOf(one)));
  const maxTokens = numberOf(body["max_output_tokens"]);
  const temperature = numberOf(body["temperature"]);
  const effort = textOf(objectOf(body["reasoning"])["effort"]);
  const { type, name, schema } = objectOf(objectOf(body["text"])["format"]);
  return {
    model: textOf(body["model"]),
    stream: body["stream"] === true,
    request: {
      ...(above.length === 0 ? {} : { system: above.join("\n\n") }),
      messages,
      ...(tools.length === 0 ? {} : { tools }),
      ...choiceOf(body["tool_choice"]),
      ...(type === "json_schema"
        ? { output: { ...(typeof name === "string" ? { name } : {}), schema: objectOf(schema) } }
        : type === "json_object"
          ? { output: { schema: { type: "object" } } }
          : {}),
      ...(maxTokens === undefined ? {} : { maxTokens }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(effort === "" ? {} : { reasoning: efforts[effort] ?? "medium" }),
      ...(isObject(body["metadata"]) ? { metadata: body["metadata"] as { readonly [key: string]: string } } : {}),
    },
  };
}

const efforts: { readonly [effort: string]: NonNullable<ModelRequest["reasoning"]> } = {
  none: "none",
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "high",
};

function choiceOf(choice: Json | undefined): Pick<ModelRequest, "toolChoice"> {
  if (choice === "auto" || choice === "none" || choice === "required") return { toolChoice: choice };
  const name = textOf(objectOf(choice)["name"]);
  return name === "" ? {} : { toolChoice: { tool: name } };
}

function toolOf(tool: JsonObject): NonNullable<ModelRequest["tools"]>[number] {
  const { type, name, description, parameters } = tool;
  if (type !== "function")
    throw badRequest(`A tool has the type '${textOf(type)}'. Expected function: others are the vendor's own.`);
  return {
    name: textOf(name),
    ...(typeof description === "string" ? { description } : {}),
    parameters: isObject(parameters) ? parameters : { type: "object", properties: {} },
  };
}

/** Items stand side by side there; here those of one turn are one message. */
function historyOf(input: Json | undefined): { readonly system: string[]; readonly messages: Message[] } {
  if (typeof input === "string") return { system: [], messages: [{ role: "user", content: input }] };
  const system: string[] = [];
  const messages: Message[] = [];
  const names = new Map<string, string>();
  const assistant = (...parts: AssistantPart[]): void => {
    const last = messages.at(-1);
    if (last?.role === "assistant" && typeof last.content !== "string")
      messages[messages.length - 1] = { role: "assistant", content: [...last.content, ...parts] };
    else messages.push({ role: "assistant", content: parts });
  };
  for (const item of listOf(input).map(objectOf)) {
    const type = textOf(item["type"]) || "message";
    const role = textOf(item["role"]);
    if (type === "message" && (role === "system" || role === "developer")) system.push(plainText(item["content"]));
    else if (type === "message" && role === "assistant") assistant({ type: "text", text: plainText(item["content"]) });
    else if (type === "message" && role === "user")
      messages.push({ role: "user", content: userContent(item["content"]) });
    else if (type === "function_call") assistant(callOf(item, names));
    else if (type === "reasoning") {
      const part = unsealed(textOf(item["encrypted_content"]));
      if (part !== undefined) assistant(part);
    } else if (type === "function_call_output") {
      const id = textOf(item["call_id"]);
      const name = names.get(id) ?? "";
      const result = { type: "tool-result" as const, id, name, result: plainText(item["output"]) };
      const last = messages.at(-1);
      if (last?.role === "tool") messages[messages.length - 1] = { role: "tool", content: [...last.content, result] };
      else messages.push({ role: "tool", content: [result] });
    } else {
      const what = type === "message" ? `the role '${role}'` : `the type '${type}'`;
      throw badRequest(`An item of the input has ${what}, which is not known here. Leave it out.`);
    }
  }
  return { system, messages };
}

function callOf(item: JsonObject, names: Map<string, string>): AssistantPart {
  const [id, name, args] = [textOf(item["call_id"]), textOf(item["name"]), textOf(item["arguments"])];
  names.set(id, name);
  const parsed = parseJson(args === "" ? "{}" : args);
  if (parsed === undefined) throw badRequest(`The arguments of the call '${id}' are no JSON.`);
  return { type: "tool-call", id, name, args: parsed };
}

const plainText = (content: Json | undefined): string =>
  typeof content === "string"
    ? content
    : listOf(content)
        .map((part) => textOf(objectOf(part)["text"]) || textOf(objectOf(part)["refusal"]))
        .join("");

function userContent(content: Json | undefined): string | readonly (TextPart | FilePart)[] {
  if (typeof content === "string") return content;
  return listOf(content).map((raw): TextPart | FilePart => {
    const part = objectOf(raw);
    const { type, file_data, file_url, filename } = part;
    if (type === "input_text") return { type: "text", text: textOf(part["text"]) };
    if (type === "input_image" && typeof part["image_url"] === "string") return fileOf(part["image_url"], "image/*");
    const address = typeof file_data === "string" ? file_data : file_url;
    if (type === "input_file" && typeof address === "string") {
      const file = fileOf(address, "application/pdf");
      return typeof filename === "string" ? { ...file, name: filename } : file;
    }
    throw badRequest(
      `A part of the input has the type '${textOf(type)}'. Expected input_text, or an input_image or input_file with its data or address.`,
    );
  });
}
