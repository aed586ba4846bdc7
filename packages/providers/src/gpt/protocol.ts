import type { Json, JsonObject } from "@brainops/core";
import type { AnswerReader, Protocol } from "../adapter/protocol.ts";
import { malformed, reported } from "../fault/wire-error.ts";
import type { Assembly } from "../shape/assembly.ts";
import { isObject, listOf, numberOf, objectOf, textOf } from "../shape/json.ts";
import { clientCall, isHosted, mayBeHosted } from "./client-calls.ts";
import { encode } from "./request.ts";

/** The Responses API of OpenAI. Wire: https://platform.openai.com/docs/api-reference/responses */
export const responses: Protocol = { vendor: "openai", framing: "sse", encode, reader };

function reader(into: Assembly): AnswerReader {
  let ended = false;
  /** Items that are read to their end, by position. */
  const done = new Set<string>();
  const refusals = new Map<string, string>();
  /** Text that deltas have brought, by item and part, so that the whole item adds only what is missing. */
  const streamed = new Set<string>();

  const refuse = (key: string, words: string): void => {
    refusals.set(key, words);
    into.refusal = [...refusals.values()].join("");
  };

  /** Opens what has to be there before its deltas. */
  const added = (key: string, item: JsonObject): void => {
    // That there was reasoning counts even if the stream breaks before it is whole.
    if (item["type"] === "reasoning") into.reasoningOpaque(key, item);
    const call = clientCall(item);
    if (call !== undefined && !mayBeHosted(item)) into.tool(key, call.id, call.name, call.plain);
  };

  /** Reads an item that is whole. */
  const finished = (key: string, item: JsonObject, all: readonly JsonObject[]): void => {
    if (done.has(key)) return;
    done.add(key);
    const call = clientCall(item);
    if (item["type"] === "message") {
      for (const [index, raw] of listOf(item["content"]).entries()) {
        const part = objectOf(raw);
        const place = `${key}.${index}`;
        if (part["type"] === "refusal") refuse(place, textOf(part["refusal"]));
        else if (!streamed.has(place)) into.text(place, textOf(part["text"]));
      }
    } else if (item["type"] === "reasoning") {
      if (!streamed.has(key)) into.reasoning(key, thoughts(item));
      into.reasoningOpaque(key, item);
    } else if (call !== undefined && !isHosted(item, all)) {
      into.tool(key, call.id, call.name, call.plain);
      into.toolArgs(key, call.args);
      if (call.opaque !== undefined) into.toolOpaque(key, call.opaque);
      // A status of in_progress means that the call is waiting for us; only incomplete means that it was cut.
      if (item["status"] !== "incomplete") into.toolEnd(key);
    } else {
      into.vendor(key, item);
    }
  };

  /** Reads what a response says about itself, and those of its items that no event brought. */
  const end = (response: JsonObject): void => {
    if (textOf(response["model"]) !== "") into.modelId = textOf(response["model"]);
    usage(into, response["usage"]);
    const items = listOf(response["output"]).map(objectOf);
    for (const [index, item] of items.entries()) finished(String(index), item, items);
    if (isObject(response["error"])) throw reported({ error: response["error"] });
    const status = textOf(response["status"]);
    if (status === "failed" || status === "cancelled")
      throw reported({ error: { message: `the response was ${status}` } });
    if (status === "incomplete") {
      const reason = textOf(objectOf(response["incomplete_details"])["reason"]);
      into.finish =
        reason === "content_filter" ? "content_filter" : reason === "max_output_tokens" ? "length" : "unknown";
    } else into.finish = status === "completed" || status === "" ? "stop" : "unknown";
  };

  return {
    whole(body) {
      if (!isObject(body)) throw malformed("the answer is no JSON object");
      // A response that failed is a whole one: it says what it took, and why.
      if (isObject(body["error"]) && !Array.isArray(body["output"])) throw reported(body);
      if (!Array.isArray(body["output"])) throw malformed("the answer is no response: it has no output");
      end(body);
    },
    event(event, data) {
      if (event.data.trim() === "[DONE]" || event.data.trim() === "") return;
      if (!isObject(data)) throw malformed("an event of the stream is no JSON object");
      const type = textOf(data["type"]) || event.event;
      const key = String(numberOf(data["output_index"]) ?? textOf(data["item_id"]));
      const place = `${key}.${numberOf(data["content_index"]) ?? 0}`;
      const delta = textOf(data["delta"]);
      switch (type) {
        case "response.created":
        case "response.in_progress":
          into.modelId = textOf(objectOf(data["response"])["model"]);
          return;
        case "response.output_item.added":
          return added(key, objectOf(data["item"]));
        case "response.output_text.delta":
          streamed.add(place);
          return into.text(place, delta);
        case "response.refusal.delta":
          return refuse(place, (refusals.get(place) ?? "") + delta);
        case "response.reasoning_summary_part.added":
          // Parts of a summary are paragraphs.
          if (streamed.has(key)) into.reasoning(key, "\n\n");
          return;
        case "response.reasoning_summary_text.delta":
        case "response.reasoning_text.delta":
          streamed.add(key);
          return into.reasoning(key, delta);
        case "response.function_call_arguments.delta":
        case "response.custom_tool_call_input.delta":
          if (!into.has(key)) throw malformed("a tool's input arrived before the tool");
          return into.toolDelta(key, delta);
        case "response.output_item.done":
          // Who runs a shell call is known when the whole response is.
          return mayBeHosted(objectOf(data["item"])) ? undefined : finished(key, objectOf(data["item"]), []);
        case "response.completed":
        case "response.incomplete":
        case "response.failed":
          ended = true;
          return end(objectOf(data["response"]));
        case "error":
          throw reported(data);
        default:
          // Progress of tools that the vendor runs, and whatever is added later.
          if (isObject(data["error"])) throw reported(data);
      }
    },
    ended: () => ended,
  };
}

/** What may be shown of a reasoning item. */
function thoughts(item: JsonObject): string {
  const texts = (list: Json | undefined): string[] => listOf(list).map((part) => textOf(objectOf(part)["text"]));
  const summary = texts(item["summary"]);
  return (summary.length > 0 ? summary : texts(item["content"])).join("\n\n");
}

function usage(into: Assembly, raw: Json | undefined): void {
  if (!isObject(raw)) return;
  const input = objectOf(raw["input_tokens_details"]);
  into.usage({
    inputTokens: numberOf(raw["input_tokens"]),
    outputTokens: numberOf(raw["output_tokens"]),
    cachedInputTokens: numberOf(input["cached_tokens"]) || undefined,
    cacheWriteTokens: numberOf(input["cache_write_tokens"]) || undefined,
    reasoningTokens: numberOf(objectOf(raw["output_tokens_details"])["reasoning_tokens"]) || undefined,
  });
}
