import {
  isBrainOpsError,
  type BrainOpsError,
  type Json,
  type ModelResponse,
  type ToolCallPart,
  type Usage,
} from "@brainops/core";

/** An answer, or the lack of one, in the words of fixtures/CONVENTIONS.txt. */
export interface Outcome {
  readonly text: string;
  readonly toolCalls: readonly { readonly name: string; readonly args: Json }[];
  readonly finishReason: string;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly hasReasoning: boolean;
  readonly cachedInputTokens?: number;
  readonly cacheWriteTokens?: number;
  readonly reasoningTokens?: number;
  readonly refusal?: string;
  readonly iterationsTotal?: { readonly inputTokens: number; readonly outputTokens: number };
  readonly incompleteToolCalls?: readonly string[];
  readonly error?: { readonly class: string; readonly status?: number; readonly retryAfterMs?: number };
}

/** The outcome of an answer. */
export function ofResponse(response: ModelResponse): Outcome {
  return tidy({
    text: response.text,
    toolCalls: response.toolCalls.map(({ name, args }) => ({ name, args })),
    finishReason: response.finishReason,
    ...response.usage,
    hasReasoning: response.reasoning.length > 0 || response.toolCalls.some(isSigned),
    refusal: response.refusal,
    incompleteToolCalls: response.incompleteToolCalls,
  });
}

/** The outcome of an error, with what had arrived before it. */
export function ofError(error: unknown): Outcome {
  if (!isBrainOpsError(error)) throw error;
  const { details } = error;
  const calls = (details["toolCalls"] ?? []) as readonly Json[] as readonly object[] as readonly ToolCallPart[];
  return tidy({
    text: (details["text"] ?? "") as string,
    toolCalls: calls.map(({ name, args }) => ({ name, args })),
    finishReason: "error",
    inputTokens: null,
    outputTokens: null,
    ...(details["usage"] as Usage | undefined),
    hasReasoning: details["reasoning"] !== undefined || calls.some(isSigned),
    incompleteToolCalls: details["incompleteToolCalls"] as readonly string[] | undefined,
    error: tidy({ class: error.code, status: number(error, "status"), retryAfterMs: number(error, "retryAfterMs") }),
  });
}

const number = (error: BrainOpsError, key: string): number | undefined => error.details[key] as number | undefined;

/** A call that carries its thought's signature shows that there was a thought. */
const isSigned = (call: ToolCallPart): boolean => JSON.stringify(call.opaque ?? null).includes("thoughtSignature");

function tidy<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
