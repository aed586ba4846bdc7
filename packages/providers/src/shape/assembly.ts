import type {
  AssistantPart,
  FinishReason,
  Json,
  JsonObject,
  ModelResponse,
  ReasoningPart,
  StreamPart,
  ToolCallPart,
  Usage,
} from "@brainops/core";
import { newCallId } from "./call-id.ts";
import { compact, isObject, keepable, parseJson } from "./json.ts";

/** One block of an answer while it is built. */
interface Block {
  readonly type: "text" | "reasoning" | "tool" | "vendor";
  text: string;
  id: string;
  name: string;
  /** Arguments that came parsed, in place of `text`. */
  args?: Json;
  /** A free-text tool: its input is the text itself. */
  readonly plain: boolean;
  /** The vendor said that the call is whole. */
  closed: boolean;
  /** The vendor went on or stopped in the middle of the call. */
  cut: boolean;
  opaque?: Json;
}

/** What is known of an answer, whole or not, as details of an error. */
export type Partial = { readonly [key: string]: Json | undefined };

/**
 * Puts an answer together from what a vendor sends, in order, and collects the parts that listeners see on the way.
 * Keys are the vendor's own (an index, an id); a new key opens a block.
 */
export interface Assembly {
  /** The vendor's id of the model that answers, once known. */
  modelId: string;
  finish: FinishReason | undefined;
  refusal: string;
  text(key: string, delta: string): void;
  reasoning(key: string, delta: string): void;
  /** The opaque form of a reasoning block, to go back to its vendor. */
  reasoningOpaque(key: string, opaque: Json): void;
  /** Opens a call, or names one that was opened without a name. `plain` is a tool that takes free text. One without an id is given one: the caller needs it to answer. */
  tool(key: string, id: string, name: string, plain?: boolean): void;
  toolDelta(key: string, delta: string): void;
  /** The whole arguments, parsed or as text, instead of what the deltas made. */
  toolArgs(key: string, args: Json): void;
  /** The call is whole. */
  toolEnd(key: string): void;
  /** The call will never be whole. */
  toolCut(key: string): void;
  toolOpaque(key: string, opaque: Json): void;
  /** A block that only its vendor understands. */
  vendor(key: string, block: Json): void;
  has(key: string): boolean;
  /** Takes over what is said of usage; later numbers replace earlier ones. */
  usage(usage: { readonly [K in keyof Usage]?: Usage[K] | undefined }): void;
  /** The vendor began again: drops everything, and tells listeners when they have seen something. */
  restart(reason: string): void;
  /** Parts to show since the last call. */
  drain(): readonly StreamPart[];
  /** What is there so far, for an error's details. Only calls that are whole are listed as calls. */
  partial(): Partial;
  response(modelName: string, requestId: string | undefined): ModelResponse;
}

/** Makes an empty assembly for answers of a vendor. */
export function assembly(vendor: string): Assembly {
  let blocks = new Map<string, Block>();
  let parts: StreamPart[] = [];
  let shown = false;
  let usage: { [K in keyof Usage]?: Usage[K] } = {};

  const show = (part: StreamPart): void => {
    shown = true;
    parts.push(part);
  };
  const open = (key: string, type: Block["type"], id = "", name = "", plain = false): Block => {
    const old = blocks.get(key);
    if (old !== undefined) return old;
    const block: Block = { type, text: "", id, name, plain, closed: false, cut: false };
    blocks.set(key, block);
    return block;
  };

  const collect = (whole: boolean): Collected => {
    const result: Collected = { parts: [], text: "", reasoning: [], toolCalls: [], incomplete: [] };
    for (const block of blocks.values()) {
      if (block.type === "text") {
        if (block.text === "") continue;
        const text = block.text.toWellFormed();
        result.text += text;
        result.parts.push({ type: "text", text });
      } else if (block.type === "reasoning") {
        if (block.text === "" && block.opaque === undefined) continue;
        const part: ReasoningPart = compact({
          type: "reasoning",
          text: block.text.toWellFormed(),
          vendor,
          opaque: block.opaque === undefined ? undefined : keepable(block.opaque),
        });
        result.reasoning.push(part);
        result.parts.push(part);
      } else if (block.type === "vendor") {
        result.parts.push({ type: "vendor", vendor, block: keepable(block.opaque ?? null) });
      } else {
        // A call without a name can neither be made nor be sent back.
        const args = block.name === "" ? undefined : argsOf(block, whole);
        if (args === undefined) {
          result.incomplete.push(block.name || "(no name)");
          continue;
        }
        const call: ToolCallPart = compact({
          type: "tool-call",
          id: block.id,
          name: block.name,
          args: keepable(args),
          opaque: block.opaque === undefined ? undefined : { vendor, value: keepable(block.opaque) },
        });
        result.toolCalls.push(call);
        result.parts.push(call);
      }
    }
    return result;
  };

  const usageNow = (): Usage => compact({ inputTokens: null, outputTokens: null, ...usage });

  return {
    modelId: "",
    finish: undefined,
    refusal: "",
    text(key, delta) {
      open(key, "text").text += delta;
      if (delta !== "") show({ type: "text", text: delta });
    },
    reasoning(key, delta) {
      open(key, "reasoning").text += delta;
      if (delta !== "") show({ type: "reasoning", text: delta });
    },
    reasoningOpaque(key, opaque) {
      open(key, "reasoning").opaque = opaque;
    },
    tool(key, id, name, plain) {
      const known = blocks.get(key);
      if (known !== undefined && (known.name !== "" || name === "")) return;
      const block = known ?? open(key, "tool", id === "" ? newCallId() : id, name, plain);
      block.name = name;
      show({ type: "tool-input", id: block.id, name, delta: "" });
    },
    toolDelta(key, delta) {
      const block = open(key, "tool");
      block.text += delta;
      if (delta !== "") show({ type: "tool-input", id: block.id, name: block.name, delta });
    },
    toolArgs(key, args) {
      const block = open(key, "tool");
      if (block.text === "") {
        const delta = typeof args === "string" ? args : JSON.stringify(args);
        if (delta !== "") show({ type: "tool-input", id: block.id, name: block.name, delta });
      }
      if (typeof args === "string") block.text = args;
      else block.args = args;
    },
    toolEnd(key) {
      const block = blocks.get(key);
      if (block !== undefined) block.closed = true;
    },
    toolCut(key) {
      const block = blocks.get(key);
      if (block !== undefined) block.cut = true;
    },
    toolOpaque(key, opaque) {
      open(key, "tool").opaque = opaque;
    },
    vendor(key, block) {
      open(key, "vendor").opaque = block;
    },
    has: (key) => blocks.has(key),
    usage(next) {
      // Some vendors say it with every event, so no lists and no copies.
      for (const field in next) {
        const count = next[field as keyof Usage];
        // A count below nothing would be money given back to a budget.
        if (typeof count === "number" ? count >= 0 && Number.isFinite(count) : count !== undefined)
          (usage as { [field: string]: unknown })[field] = count;
      }
    },
    restart(reason) {
      blocks = new Map();
      usage = {};
      if (shown) parts.push({ type: "discard", reason });
      shown = false;
    },
    drain() {
      const ready = parts;
      parts = [];
      return ready;
    },
    partial() {
      const now = collect(false);
      const known = usageNow();
      return {
        ...(now.text === "" ? {} : { text: now.text }),
        ...(now.reasoning.length === 0
          ? {}
          : { reasoning: now.reasoning as readonly object[] as readonly JsonObject[] }),
        ...(now.toolCalls.length === 0
          ? {}
          : { toolCalls: now.toolCalls as readonly object[] as readonly JsonObject[] }),
        ...(now.incomplete.length === 0 ? {} : { incompleteToolCalls: now.incomplete }),
        ...(known.inputTokens === null && known.outputTokens === null ? {} : { usage: { ...known } }),
      };
    },
    response(modelName, requestId) {
      const all = collect(this.finish !== "length");
      let finishReason = this.finish ?? "unknown";
      if (finishReason === "stop" && all.toolCalls.length > 0) finishReason = "tool_calls";
      if (this.refusal !== "" && finishReason === "stop") finishReason = "content_filter";
      return compact({
        text: all.text,
        toolCalls: all.toolCalls,
        incompleteToolCalls: all.incomplete.length === 0 ? undefined : all.incomplete,
        reasoning: all.reasoning,
        message: { role: "assistant" as const, content: all.parts },
        finishReason,
        usage: usageNow(),
        refusal: this.refusal === "" ? undefined : this.refusal.toWellFormed(),
        model: { name: modelName, id: this.modelId.toWellFormed() },
        requestId,
      });
    },
  };
}

interface Collected {
  readonly parts: AssistantPart[];
  text: string;
  readonly reasoning: ReasoningPart[];
  readonly toolCalls: ToolCallPart[];
  readonly incomplete: string[];
}

/**
 * The arguments of a call, or nothing when they never became whole. No arguments at all are an empty object, but only
 * when the vendor said that the call, or the answer, is whole: half a call must never look like one.
 */
function argsOf(block: Block, whole: boolean): Json | undefined {
  if (block.cut) return undefined;
  const closed = block.closed || whole;
  if (block.args !== undefined) return block.args;
  if (block.plain) return closed ? block.text : undefined;
  if (block.text.trim() === "") return closed ? {} : undefined;
  const args = parseJson(block.text);
  if (args === null) return closed ? {} : undefined;
  return closed || isObject(args) ? args : undefined;
}
