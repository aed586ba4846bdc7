import type { FinishReason, Json, JsonObject, Usage } from "@brainops/core";
import { isObject, numberOf, objectOf } from "../shape/json.ts";

/**
 * Any language model of the AI SDK, from its second specification on: `openai("gpt-6.1-sol")` of `@ai-sdk/openai`, and
 * the like. Only what is common to all of them is named.
 */
export interface AiSdkModel {
  /** Which specification it follows. */
  readonly specificationVersion: "v2" | "v3" | "v4";
  /** Name of its provider, such as `openai.responses`. */
  readonly provider: string;
  /** The vendor's id of the model. */
  readonly modelId: string;
  /** Answers whole. */
  doGenerate(options: never): PromiseLike<unknown>;
  /** Answers in parts. */
  doStream(options: never): PromiseLike<unknown>;
}

const reasons: { readonly [reason: string]: FinishReason } = {
  stop: "stop",
  length: "length",
  "content-filter": "content_filter",
  "tool-calls": "tool_calls",
  error: "error",
};

/** Why a model stopped: a word in the second specification, a word and the vendor's own since the third. */
export function finishOf(reason: Json | undefined): FinishReason {
  const word = isObject(reason) ? reason["unified"] : reason;
  return (typeof word === "string" ? reasons[word] : undefined) ?? "unknown";
}

/**
 * Whether a stream's finish tells why it ended. The providers of the AI SDK finish cut streams as well, but then no
 * reason of the vendor has arrived: that is how they can be told from whole ones.
 */
export const tellsWhy = (reason: Json | undefined): boolean =>
  isObject(reason)
    ? reason["raw"] !== undefined || (reason["unified"] !== "other" && reason["unified"] !== "interrupted")
    : reason !== "unknown";

/** The AI SDK's word for a reason. */
export function wordOf(reason: FinishReason): AiSdkReason {
  if (reason === "content_filter") return "content-filter";
  if (reason === "tool_calls") return "tool-calls";
  return reason === "unknown" || reason === "pause" ? "other" : reason;
}

/** The reasons that the AI SDK knows. */
export type AiSdkReason = "stop" | "length" | "content-filter" | "tool-calls" | "error" | "other";

/** Tokens: flat in the second specification, in two groups since the third. */
export function usageOf(usage: Json | undefined): { readonly [K in keyof Usage]?: Usage[K] | undefined } {
  const raw = objectOf(usage);
  if (!isObject(raw["inputTokens"]) && !isObject(raw["outputTokens"])) {
    return {
      inputTokens: numberOf(raw["inputTokens"]),
      outputTokens: numberOf(raw["outputTokens"]),
      cachedInputTokens: numberOf(raw["cachedInputTokens"]) || undefined,
      reasoningTokens: numberOf(raw["reasoningTokens"]) || undefined,
    };
  }
  const input = objectOf(raw["inputTokens"]);
  const output = objectOf(raw["outputTokens"]);
  return {
    inputTokens: numberOf(input["total"]),
    outputTokens: numberOf(output["total"]),
    cachedInputTokens: numberOf(input["cacheRead"]) || undefined,
    cacheWriteTokens: numberOf(input["cacheWrite"]) || undefined,
    reasoningTokens: numberOf(output["reasoning"]) || undefined,
  };
}

/** A value that came from another library, as plain JSON: without what JSON has no word for. */
export const plain = (value: unknown): JsonObject => {
  const text = JSON.stringify(value);
  return text === undefined ? {} : objectOf(JSON.parse(text) as Json);
};
