import type { ErrorCode, FinishReason, Json, JsonObject } from "@brainops/core";
import type { AnswerReader, Protocol } from "../adapter/protocol.ts";
import { malformed, reported, WireError } from "../fault/wire-error.ts";
import type { Assembly } from "../shape/assembly.ts";
import { entryOf, firstAnswer, isObject, listOf, numberOf, objectOf, textOf } from "../shape/json.ts";
import { encoder, type ChatDialect } from "./request.ts";

/** Chat Completions, as OpenAI defined it and many servers speak it. Wire: https://platform.openai.com/docs/api-reference/chat */
export function chatCompletions(vendor: string, dialect: ChatDialect): Protocol {
  return { vendor, framing: "sse", encode: encoder(vendor, dialect), reader };
}

const finishReasons: { readonly [reason: string]: FinishReason } = {
  stop: "stop",
  eos: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  length: "length",
  max_tokens: "length",
  model_length: "length",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  content_filter: "content_filter",
  refusal: "content_filter",
  sensitive: "content_filter",
};

/** Reasons that mean that the server gave up in the middle. */
const failures: { readonly [reason: string]: ErrorCode } = {
  error: "server_error",
  abort: "server_error",
  network_error: "server_error",
  insufficient_system_resource: "overloaded",
};

/** Where servers put a model's reasoning. The first that is there counts. */
const thoughtFields = ["reasoning_content", "reasoning", "thinking"] as const;

function reader(into: Assembly): AnswerReader {
  /** The open call of each index, since some servers number all calls alike. */
  const calls = new Map<number, { readonly key: string; readonly id: string }>();
  const details: Json[] = [];
  let count = 0;
  let thought = "";

  const call = (raw: JsonObject, position: number): void => {
    const index = numberOf(raw["index"]) ?? position;
    const id = textOf(raw["id"]);
    const custom = isObject(raw["custom"]) ? raw["custom"] : undefined;
    const body = custom ?? objectOf(raw["function"]);
    const name = textOf(body["name"]);
    let open = calls.get(index);
    if (open === undefined || (id !== "" && open.id !== "" && id !== open.id && name !== "")) {
      if (open !== undefined) into.toolEnd(open.key);
      count += 1;
      open = { key: `call ${count}`, id };
      calls.set(index, open);
    }
    into.tool(open.key, id, name, custom !== undefined);
    if (isObject(raw["extra_content"])) into.toolOpaque(open.key, { extra_content: raw["extra_content"] });
    const input = custom === undefined ? body["arguments"] : custom["input"];
    if (typeof input === "string") into.toolDelta(open.key, input);
    else if (isObject(input)) into.toolArgs(open.key, input);
  };

  /** A message, or a piece of one: both have the same fields. */
  const message = (raw: JsonObject): void => {
    const field = thoughtFields.find((one) => textOf(raw[one]) !== "");
    if (field !== undefined) {
      thought += textOf(raw[field]);
      into.reasoning("reasoning", textOf(raw[field]));
      // How the server named it is how it wants it back.
      into.reasoningOpaque("reasoning", { [field]: thought });
    }
    if (listOf(raw["reasoning_details"]).length > 0) {
      details.push(...listOf(raw["reasoning_details"]));
      into.reasoningOpaque("reasoning", { reasoning_details: details });
    }
    content(raw["content"]);
    into.refusal += textOf(raw["refusal"]);
    for (const [position, item] of listOf(raw["tool_calls"]).entries()) call(objectOf(item), position);
    if (isObject(raw["function_call"])) call({ function: raw["function_call"] }, 0);
  };

  const content = (raw: Json | undefined): void => {
    if (typeof raw === "string") return into.text("text", raw);
    for (const item of listOf(raw)) {
      const part = objectOf(item);
      if (part["type"] === "refusal") into.refusal += textOf(part["refusal"]);
      else if (part["type"] === "thinking") {
        const words = listOf(part["thinking"]).map((one) => textOf(objectOf(one)["text"]));
        into.reasoning("reasoning", words.join(""));
      } else into.text("text", textOf(part["text"]));
    }
  };

  const usage = (raw: Json | undefined): void => {
    if (!isObject(raw)) return;
    const prompt = objectOf(raw["prompt_tokens_details"]);
    const completion = objectOf(raw["completion_tokens_details"]);
    into.usage({
      inputTokens: numberOf(raw["prompt_tokens"]),
      outputTokens: numberOf(raw["completion_tokens"]),
      cachedInputTokens: (numberOf(prompt["cached_tokens"]) ?? numberOf(raw["prompt_cache_hit_tokens"])) || undefined,
      cacheWriteTokens: numberOf(prompt["cache_write_tokens"]) || undefined,
      reasoningTokens: (numberOf(completion["reasoning_tokens"]) ?? numberOf(raw["reasoning_tokens"])) || undefined,
    });
  };

  const take = (body: JsonObject, part: "message" | "delta"): void => {
    if (body["error"] !== undefined && body["error"] !== null) throw reported(body);
    if (body["object"] === "error") throw reported(body);
    if (into.modelId === "") into.modelId = textOf(body["model"]);
    usage(body["usage"] ?? objectOf(body["x_groq"])["usage"]);
    const choice = firstAnswer(body["choices"]);
    if (choice === undefined) return;
    message(objectOf(choice[part] ?? choice["message"]));
    const reason = textOf(choice["finish_reason"]);
    const code = entryOf(failures, reason);
    if (code !== undefined) {
      throw isObject(choice["error"])
        ? reported({ error: choice["error"] })
        : new WireError(`the vendor failed while it answered (${reason})`, { code });
    }
    if (reason !== "") into.finish = entryOf(finishReasons, reason) ?? "unknown";
  };

  return {
    whole(body) {
      if (
        !isObject(body) ||
        (!Array.isArray(body["choices"]) && body["error"] === undefined && body["object"] !== "error")
      ) {
        throw malformed("the answer is no chat completion: it has no choices");
      }
      take(body, "message");
      if (firstAnswer(body["choices"]) === undefined) throw malformed("the answer has no choice that could be read");
    },
    event(event, data) {
      if (event.data.trim() === "[DONE]" || event.data.trim() === "") return;
      if (!isObject(data)) throw malformed("an event of the stream is no JSON object");
      if (event.event === "error") throw reported(data);
      take(data, "delta");
    },
    ended: () => into.finish !== undefined,
  };
}
