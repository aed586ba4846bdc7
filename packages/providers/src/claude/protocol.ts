import type { FinishReason, Json, JsonObject } from "@brainops/core";
import type { AnswerReader, Protocol } from "../adapter/protocol.ts";
import { malformed, reported } from "../fault/wire-error.ts";
import type { Assembly } from "../shape/assembly.ts";
import { entryOf, isObject, listOf, numberOf, objectOf, parseJson, textOf } from "../shape/json.ts";
import { encode } from "./request.ts";

/** The Messages API of Anthropic. Wire: https://platform.claude.com/docs/en/api/messages */
export const messages: Protocol = { vendor: "anthropic", framing: "sse", encode, reader };

const finishReasons: { readonly [reason: string]: FinishReason } = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  pause_turn: "pause",
  compaction: "pause",
  refusal: "content_filter",
};

/** A block that has no shape of its own, while its deltas arrive. */
interface Other {
  readonly block: { [key: string]: Json | undefined };
  input: string;
}

function reader(into: Assembly): AnswerReader {
  let ended = false;
  let prompt: { [key: string]: number } = {};
  const others = new Map<string, Other>();
  /** Parts of reasoning blocks that go back with them. */
  const signatures = new Map<string, string>();
  const thoughts = new Map<string, string>();
  /** The newest block, if it is a call that has no input yet: one that the limit cut looks like one without arguments. */
  let bare: string | undefined;

  const usage = (raw: Json | undefined): void => {
    if (!isObject(raw)) return;
    for (const key of ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"]) {
      const count = numberOf(raw[key]);
      if (count !== undefined) prompt[key] = count;
    }
    const cached = prompt["cache_read_input_tokens"] ?? 0;
    const written = prompt["cache_creation_input_tokens"] ?? 0;
    const input = prompt["input_tokens"];
    const thinking = numberOf(objectOf(raw["output_tokens_details"])["thinking_tokens"]);
    const rounds = listOf(raw["iterations"]).map(objectOf);
    into.usage({
      inputTokens: input === undefined ? undefined : input + cached + written,
      outputTokens: numberOf(raw["output_tokens"]),
      cachedInputTokens: cached || undefined,
      cacheWriteTokens: written || undefined,
      reasoningTokens: thinking || undefined,
      iterationsTotal: rounds.length < 2 ? undefined : total(rounds),
    });
  };

  const finish = (reason: Json | undefined): void => {
    if (typeof reason !== "string") return;
    into.finish = entryOf(finishReasons, reason) ?? "unknown";
    if (into.finish === "length" && bare !== undefined) into.toolCut(bare);
  };

  /** Opens a block; whole answers bring all of it at once. */
  const start = (key: string, block: JsonObject): void => {
    const type = textOf(block["type"]);
    bare = type === "tool_use" ? key : undefined;
    if (type === "text") {
      into.text(key, textOf(block["text"]));
    } else if (type === "thinking") {
      thoughts.set(key, textOf(block["thinking"]));
      signatures.set(key, textOf(block["signature"]));
      into.reasoning(key, textOf(block["thinking"]));
      keepThought(key);
    } else if (type === "redacted_thinking") {
      into.reasoningOpaque(key, block);
    } else if (type === "tool_use") {
      into.tool(key, textOf(block["id"]), textOf(block["name"]));
      const { type: _type, id: _id, name: _name, input, ...extras } = block;
      if (Object.keys(extras).length > 0) into.toolOpaque(key, extras);
      // A stream opens with an empty input, and its deltas bring the rest.
      if (isObject(input) && Object.keys(input).length > 0) into.toolArgs(key, input);
    } else {
      // Another model of the vendor's took over, and is the one that answers.
      if (type === "fallback") into.modelId = textOf(objectOf(block["to"])["model"]) || into.modelId;
      others.set(key, { block: { ...block }, input: "" });
    }
  };

  const keepThought = (key: string): void => {
    into.reasoningOpaque(key, {
      type: "thinking",
      thinking: thoughts.get(key) ?? "",
      signature: signatures.get(key) ?? "",
    });
  };

  const delta = (key: string, change: JsonObject): void => {
    const type = textOf(change["type"]);
    const other = others.get(key);
    if (other !== undefined) {
      if (type === "input_json_delta") other.input += textOf(change["partial_json"]);
      else absorb(other.block, change);
    } else if (type === "text_delta") {
      into.text(key, textOf(change["text"]));
    } else if (type === "input_json_delta") {
      if (!into.has(key)) throw malformed("a tool's input arrived before the tool");
      const piece = textOf(change["partial_json"]);
      if (piece !== "") bare = undefined;
      into.toolDelta(key, piece);
    } else if (type === "thinking_delta") {
      thoughts.set(key, (thoughts.get(key) ?? "") + textOf(change["thinking"]));
      into.reasoning(key, textOf(change["thinking"]));
    } else if (type === "signature_delta") {
      signatures.set(key, (signatures.get(key) ?? "") + textOf(change["signature"]));
    }
  };

  const stop = (key: string): void => {
    const other = others.get(key);
    if (other !== undefined) {
      const input = other.input === "" ? undefined : parseJson(other.input);
      into.vendor(key, input === undefined ? other.block : { ...other.block, input });
    } else if (thoughts.has(key)) keepThought(key);
    else into.toolEnd(key);
  };

  /** A message that is whole, or as much of it as a stream begins with; later blocks are numbered apart from those. */
  const message = (body: JsonObject): void => {
    into.modelId = textOf(body["model"]);
    usage(body["usage"]);
    for (const [index, block] of listOf(body["content"]).entries()) {
      const key = `given ${index}`;
      start(key, objectOf(block));
      stop(key);
    }
    finish(body["stop_reason"]);
  };

  return {
    whole(body) {
      if (!isObject(body)) throw malformed("the answer is no message");
      if (body["type"] === "error") throw reported(body);
      if (!Array.isArray(body["content"])) throw malformed("the answer is no message: it has no content");
      message(body);
    },
    event(event, data) {
      if (data === undefined) {
        // Gateways end every stream with what ends OpenAI's.
        if (["", "[DONE]"].includes(event.data.trim()) || event.event === "ping") return;
        throw malformed("an event of the stream is no JSON");
      }
      const body = objectOf(data);
      const key = String(numberOf(body["index"]) ?? "");
      switch (body["type"] ?? event.event) {
        case "message_start": {
          // A second message in one stream replaces the first, which was given up by the vendor.
          into.restart("the vendor started its answer again");
          prompt = {};
          for (const one of [others, thoughts, signatures]) one.clear();
          return message(objectOf(body["message"]));
        }
        case "content_block_start":
          return start(key, objectOf(body["content_block"]));
        case "content_block_delta":
          return delta(key, objectOf(body["delta"]));
        case "content_block_stop":
          return stop(key);
        case "message_delta":
          finish(objectOf(body["delta"])["stop_reason"]);
          return usage(body["usage"]);
        case "message_stop":
          ended = true;
          return;
        case "error":
          throw reported(body);
        default:
        // `ping`, and whatever is added later: the vendor asks that unknown events be ignored.
      }
    },
    ended: () => ended,
  };
}

/** Merges a delta into a block of a kind that is not known here: texts grow, other values replace. */
function absorb(block: { [key: string]: Json | undefined }, change: JsonObject): void {
  for (const [key, value] of Object.entries(change)) {
    if (key === "type") continue;
    const old = block[key];
    block[key] = typeof old === "string" && typeof value === "string" ? old + value : value;
  }
}

function total(rounds: readonly JsonObject[]): { inputTokens: number; outputTokens: number } {
  const sum = (...keys: readonly string[]): number =>
    rounds.reduce((all, round) => all + keys.reduce((part, key) => part + (numberOf(round[key]) ?? 0), 0), 0);
  return {
    inputTokens: sum("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"),
    outputTokens: sum("output_tokens"),
  };
}
