import type { FinishReason, Json, JsonObject } from "@brainops/core";
import type { AnswerReader, Protocol } from "../adapter/protocol.ts";
import { malformed, reported, WireError } from "../fault/wire-error.ts";
import type { Assembly } from "../shape/assembly.ts";
import { compact, entryOf, firstAnswer, isObject, listOf, numberOf, objectOf, textOf } from "../shape/json.ts";
import { applyPartial, type PartialState } from "./partial-args.ts";
import { encode } from "./request.ts";

/** Gemini's generateContent. Wire: https://ai.google.dev/api/generate-content */
export const generateContent: Protocol = { vendor: "google", framing: "sse", encode, reader };

const finishReasons: { readonly [reason: string]: FinishReason } = {
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "content_filter",
  RECITATION: "content_filter",
  BLOCKLIST: "content_filter",
  PROHIBITED_CONTENT: "content_filter",
  SPII: "content_filter",
  IMAGE_SAFETY: "content_filter",
  IMAGE_PROHIBITED_CONTENT: "content_filter",
  IMAGE_RECITATION: "content_filter",
  CONTINUATION: "pause",
};

/** Reasons that mean that the model's call was of no use. */
const badCalls = new Set(["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"]);

/** Whether a prompt was not let through. Where there is no answer the vendor may say so in words only. */
function isBlocked(feedback: JsonObject, unanswered: boolean): boolean {
  const reason = textOf(feedback["blockReason"]);
  if (reason !== "") return !reason.endsWith("UNSPECIFIED");
  return unanswered && textOf(feedback["blockReasonMessage"]) !== "";
}

/** What a body of Gemini's has at least one of; most have the first. */
const members = ["candidates", "promptFeedback", "usageMetadata", "modelVersion", "responseId", "error"];

function reader(into: Assembly): AnswerReader {
  let blocks = 0;
  /** The kind of the newest block, so that pieces of one text are joined. */
  let kind = "";
  let open: { readonly key: string; readonly partial: PartialState } | undefined;
  let key = "";
  let met = false;
  let strange = false;
  const counts: { [field: string]: Json | undefined } = {};

  // Called for every event, so nothing is made that is there already.
  const keyFor = (next: string): string => {
    if (next === kind && next !== "other") return key;
    kind = next;
    blocks += 1;
    key = `block ${blocks}`;
    return key;
  };

  const functionCall = (call: JsonObject, signature: Json | undefined): void => {
    const name = textOf(call["name"]);
    // The end of a call that is over already.
    if (name === "" && open === undefined) return;
    if (name !== "" || open === undefined) {
      if (open !== undefined) into.toolCut(open.key);
      const id = textOf(call["id"]);
      open = { key: keyFor("other"), partial: { args: {}, growing: new Set() } };
      into.tool(open.key, id, name);
      const opaque = compact({ id: id === "" ? undefined : id, thoughtSignature: signature });
      if (Object.keys(opaque).length > 0) into.toolOpaque(open.key, opaque);
    }
    if (isObject(call["args"])) open.partial.args = { ...open.partial.args, ...call["args"] };
    for (const piece of listOf(call["partialArgs"])) applyPartial(open.partial, objectOf(piece));
    if (call["willContinue"] === true) return;
    into.toolArgs(open.key, open.partial.args);
    into.toolEnd(open.key);
    open = undefined;
  };

  const part = (raw: JsonObject): void => {
    const signature = raw["thoughtSignature"];
    if (isObject(raw["functionCall"])) return functionCall(raw["functionCall"], signature);
    if (typeof raw["text"] === "string") {
      const words = raw["text"];
      if (raw["thought"] === true) {
        const place = keyFor("thought");
        into.reasoning(place, words);
        if (signature !== undefined) into.reasoningOpaque(place, { thoughtSignature: signature });
        return;
      }
      if (words !== "") into.text(keyFor("text"), words);
      if (signature !== undefined) {
        const follows = words !== "";
        into.reasoningOpaque(keyFor("other"), { thoughtSignature: signature, ...(follows && { ofText: true }) });
      }
      return;
    }
    if (Object.keys(raw).length > 0) into.vendor(keyFor("other"), raw);
  };

  const usage = (raw: Json | undefined): void => {
    if (!isObject(raw)) return;
    Object.assign(counts, raw);
    const count = (field: string): number | undefined => numberOf(counts[field]);
    const answer = count("candidatesTokenCount");
    const thought = count("thoughtsTokenCount");
    const prompt = count("promptTokenCount");
    into.usage({
      inputTokens: prompt === undefined ? undefined : prompt + (count("toolUsePromptTokenCount") ?? 0),
      outputTokens: answer === undefined && thought === undefined ? undefined : (answer ?? 0) + (thought ?? 0),
      cachedInputTokens: count("cachedContentTokenCount") || undefined,
      reasoningTokens: thought || undefined,
    });
  };

  const take = (body: JsonObject): void => {
    if (body["error"] !== undefined && body["error"] !== null) throw reported(body);
    if (textOf(body["modelVersion"]) !== "") into.modelId = textOf(body["modelVersion"]);
    usage(body["usageMetadata"]);
    const candidate = firstAnswer(body["candidates"]);
    for (const one of listOf(objectOf(candidate?.["content"])["parts"])) part(objectOf(one));
    if (isBlocked(objectOf(body["promptFeedback"]), candidate === undefined)) into.finish = "content_filter";
    const reason = textOf(candidate?.["finishReason"]);
    if (reason === "" || reason === "FINISH_REASON_UNSPECIFIED") return;
    const words = textOf(candidate?.["finishMessage"]);
    if (badCalls.has(reason)) {
      throw new WireError(`the model's call is of no use (${reason})${words && `: ${words}`}`, {
        code: "invalid_tool_call",
      });
    }
    if (reason === "MALFORMED_RESPONSE") throw malformed(`the model's answer is malformed${words && `: ${words}`}`);
    // A later reason replaces an earlier one: a stream may say STOP and then RECITATION.
    into.finish = entryOf(finishReasons, reason) ?? "unknown";
  };

  const known = (body: JsonObject): boolean => members.some((member) => member in body);

  return {
    whole(body) {
      const first = Array.isArray(body) ? listOf(body)[0] : body;
      if (!isObject(first) || !known(first)) throw malformed("the answer is none of Gemini's: it has no candidates");
      for (const one of Array.isArray(body) ? listOf(body) : [body]) take(objectOf(one));
    },
    event(event, data) {
      const body = Array.isArray(data) ? listOf(data)[0] : data;
      if (event.data.trim() === "" || event.data.trim() === "[DONE]") return;
      if (!isObject(body)) throw malformed("an event of the stream is none of Gemini's");
      // What is added later is left alone; a stream of nothing else is none of Gemini's.
      if (!known(body)) {
        strange = true;
        return;
      }
      met = true;
      take(body);
    },
    ended: () => {
      if (strange && !met) throw malformed("no event of the stream is one of Gemini's");
      if (open !== undefined) into.toolCut(open.key);
      return into.finish !== undefined;
    },
  };
}
