import type { Entry } from "../contracts/journal.ts";
import type { Json, JsonObject } from "../contracts/json.ts";
import type { Attempt, ModelRequest, ModelResponse } from "../contracts/model.ts";
import { inputContent, outputContent } from "./content.ts";
import type { Attributes } from "./open-telemetry.ts";

/** An effect that has ended. */
export type EffectEntry = Extract<Entry, { type: "effect-completed" | "effect-failed" }>;

/** How an effect shows itself as a span. */
export interface EffectSpan {
  readonly name: string;
  /** Whether it goes to another process: a model call. */
  readonly client: boolean;
  readonly attributes: Attributes;
  /** Its error's code and message. */
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** Tries at single models, when there were failures among them. */
  readonly attempts: readonly Attempt[];
  /** Whether it is what an agent does: asking a model, or calling a tool. */
  readonly agentic: boolean;
  readonly usage: { readonly input: number; readonly output: number };
}

/** What the journal keeps of an answer. */
type Kept = Omit<ModelResponse, "text" | "toolCalls" | "reasoning">;

/** What telemetry may be told about names and contents. */
export interface Naming {
  readonly providers: { readonly [model: string]: string };
  readonly content: boolean;
}

const noUsage = { input: 0, output: 0 };
const wellKnown: Naming["providers"] = { claude: "anthropic", gpt: "openai", gemini: "gcp.gemini" };

/** What is said of an effect, in the words of the GenAI conventions where they have some. */
export function effectSpan(entry: EffectEntry, naming: Naming): EffectSpan {
  const common: Attributes = {
    "brainops.effect.name": entry.name,
    "brainops.effect.class": entry.class,
    "brainops.attempt": entry.attempt,
  };
  if (entry.name === "model.generate") return modelSpan(entry, naming, common);
  if (entry.name.startsWith("tool.")) return toolSpan(entry, naming, common);
  const base = { name: entry.name, client: false, attempts: [], agentic: false, usage: noUsage };
  return { ...base, attributes: common, error: errorOf(entry) };
}

function modelSpan(entry: EffectEntry, { providers, content }: Naming, common: Attributes): EffectSpan {
  const input = entry.body?.input as { readonly model?: string; readonly request?: ModelRequest } | undefined;
  const response = entry.type === "effect-completed" ? (entry.body?.result as unknown as Kept | undefined) : undefined;
  const model = response?.model.name ?? input?.model;
  const provider = model === undefined ? "unknown" : (providers[model] ?? wellKnown[model] ?? model);
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens } = response?.usage ?? {};
  const request = input?.request;
  const attempts = response?.attempts ?? [];
  return {
    name: response === undefined ? "chat" : `chat ${response.model.id}`,
    client: true,
    agentic: true,
    error: errorOf(entry),
    attempts: attempts.some(({ outcome }) => outcome !== "answered") ? attempts : [],
    usage: { input: inputTokens ?? 0, output: outputTokens ?? 0 },
    attributes: {
      ...common,
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": provider,
      // A chain asks for what its adapters stand for: the journal has the id of the model that answered.
      "gen_ai.request.model": response?.model.id,
      "gen_ai.output.type": response === undefined ? undefined : response.output === undefined ? "text" : "json",
      "gen_ai.request.max_tokens": request?.maxTokens,
      "gen_ai.request.temperature": request?.temperature,
      "gen_ai.request.seed": request?.seed,
      "gen_ai.request.stop_sequences": request?.stop,
      "gen_ai.request.reasoning.level": request?.reasoning,
      "gen_ai.response.model": response?.model.id,
      "gen_ai.response.finish_reasons": response === undefined ? undefined : [response.finishReason],
      "gen_ai.usage.input_tokens": inputTokens ?? undefined,
      "gen_ai.usage.output_tokens": outputTokens ?? undefined,
      "gen_ai.usage.cache_read.input_tokens": cachedInputTokens,
      "gen_ai.usage.cache_write.input_tokens": cacheWriteTokens,
      // As it was called in the conventions until the middle of 2026; most readers know it by that name.
      "gen_ai.usage.cache_creation.input_tokens": cacheWriteTokens,
      "gen_ai.usage.reasoning.output_tokens": reasoningTokens,
      ...(content ? { ...inputContent(request), ...outputContent(response) } : {}),
    },
  };
}

function toolSpan(entry: EffectEntry, { content }: Naming, common: Attributes): EffectSpan {
  const tool = entry.name.slice("tool.".length);
  const result = entry.type === "effect-completed" ? (entry.body?.result as JsonObject | undefined) : undefined;
  // A tool's failure is told to the model, so it is an outcome; for whoever watches, it is an error.
  const told = result?.["error"] as { readonly code: string; readonly message: string } | undefined;
  const json = (value: Json | undefined): string | undefined =>
    value === undefined ? undefined : JSON.stringify(value);
  return {
    name: `execute_tool ${tool}`,
    client: false,
    agentic: true,
    attempts: [],
    usage: noUsage,
    error: told ?? errorOf(entry),
    attributes: {
      ...common,
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": tool,
      "gen_ai.tool.type": "function",
      ...(content
        ? {
            "gen_ai.tool.call.arguments": json(entry.body?.input),
            "gen_ai.tool.call.result": json(result?.["result"]),
          }
        : {}),
    },
  };
}

function errorOf(entry: EffectEntry): EffectSpan["error"] {
  return entry.type === "effect-failed" ? (entry.body?.error ?? { code: "erased", message: "" }) : undefined;
}
