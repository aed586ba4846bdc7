import {
  BrainOpsError,
  type AssistantPart,
  type JsonObject,
  type Model,
  type ModelResponse,
  type StreamPart,
  type ToolCallPart,
  type Usage,
} from "@brainops/core";
import type {
  AiSdkAnswered,
  AiSdkBlock,
  AiSdkCallOptions,
  AiSdkContent,
  AiSdkEnd,
  AiSdkLanguageModel,
  AiSdkPart,
  AiSdkToolCall,
  AiSdkUsage,
} from "./language-model.ts";
import { ownName, requestOf } from "./request.ts";
import { wordOf } from "./wire.ts";

/**
 * Makes a language model of the AI SDK (version 7) of a Model, so that `generateText` and `streamText` get a chain's
 * failover. Who answered, and after which attempts, is in `providerMetadata.brainops`. Signed reasoning goes back to the
 * vendor that made it. Set `maxRetries: 0` there: the chain retries. What a listener was shown cannot be taken back there,
 * so a stream that begins anew (`onCut: "restart"`) ends with an error.
 *
 * @example
 * ```ts
 * import { chain, claude, gpt, toAiSdk } from "@brainops/providers";
 * const model = toAiSdk(chain([claude(), gpt()], { onCut: "continue" }));
 * // await generateText({ model, prompt: "Say hello.", maxRetries: 0 });
 * ```
 */
export function toAiSdk(model: Model): AiSdkLanguageModel {
  return {
    specificationVersion: "v4",
    provider: ownName,
    modelId: model.name,
    supportedUrls: { "*/*": [/^https?:\/\//] },
    async doGenerate(options) {
      const response = await model.generate(requestOf(options), callOf(options));
      const { content } = response.message;
      const parts = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
      return { content: parts.flatMap(contentOf), warnings: [], response: answeredBy(response), ...endOf(response) };
    },
    doStream(options) {
      const parts = translate(model.stream(requestOf(options), callOf(options)));
      const stream = new ReadableStream<AiSdkPart>({
        async pull(controller) {
          const next = await parts.next();
          if (next.done === true) controller.close();
          else controller.enqueue(next.value);
        },
        async cancel() {
          await parts.return(undefined);
        },
      });
      return Promise.resolve({ stream });
    },
  };
}

const callOf = ({ abortSignal }: AiSdkCallOptions): { readonly signal?: AbortSignal } =>
  abortSignal === undefined ? {} : { signal: abortSignal };

const metadataOf = (part: AssistantPart): AiSdkBlock =>
  "opaque" in part && part.opaque !== undefined
    ? { providerMetadata: { [ownName]: { part: part as object as JsonObject } } }
    : {};

function contentOf(part: AssistantPart): AiSdkContent[] {
  if (part.type === "text") return [{ type: "text", text: part.text }];
  if (part.type === "reasoning") return [{ type: "reasoning", text: part.text, ...metadataOf(part) }];
  if (part.type === "vendor") return [];
  return [callOfPart(part)];
}

function callOfPart(part: ToolCallPart): AiSdkToolCall {
  const input = typeof part.args === "string" ? part.args : JSON.stringify(part.args);
  return { type: "tool-call", toolCallId: part.id, toolName: part.name, input, ...metadataOf(part) };
}

const answeredBy = ({ model, requestId }: ModelResponse): AiSdkAnswered => ({
  modelId: model.id,
  ...(requestId === undefined ? {} : { id: requestId }),
});

const endOf = (response: ModelResponse): AiSdkEnd => ({
  finishReason: { unified: wordOf(response.finishReason), raw: response.finishReason },
  usage: tokens(response.usage),
  providerMetadata: {
    [ownName]: {
      model: response.model.name,
      attempts: (response.attempts ?? []) as readonly object[] as readonly JsonObject[],
    },
  },
});

function tokens(usage: Usage): AiSdkUsage {
  const input = usage.inputTokens ?? undefined;
  const output = usage.outputTokens ?? undefined;
  const { cachedInputTokens: read, cacheWriteTokens: write, reasoningTokens: reasoning } = usage;
  return {
    inputTokens: {
      total: input,
      noCache: input === undefined ? undefined : input - (read ?? 0) - (write ?? 0),
      cacheRead: read,
      cacheWrite: write,
    },
    outputTokens: { total: output, text: output === undefined ? undefined : output - (reasoning ?? 0), reasoning },
  };
}

/** The parts of a stream in the AI SDK's words: blocks that open and close. Failures are parts there, too. */
async function* translate(parts: AsyncIterable<StreamPart>): AsyncGenerator<AiSdkPart> {
  let open: { readonly type: "text" | "reasoning" | "tool-input"; readonly id: string } | undefined;
  let blocks = 0;
  const close = (): AiSdkPart[] => {
    const end: AiSdkPart[] = open === undefined ? [] : [{ type: `${open.type}-end`, id: open.id }];
    open = undefined;
    return end;
  };
  yield { type: "stream-start", warnings: [] };
  try {
    for await (const part of parts) {
      if (part.type === "discard") {
        throw new BrainOpsError(
          "stream_truncated",
          `The answer was begun anew (${part.reason}), which cannot be told here.`,
        );
      }
      if (part.type === "finish") {
        yield* close();
        const { content } = part.response.message;
        for (const one of typeof content === "string" ? [] : content) {
          const { providerMetadata } = metadataOf(one);
          if (one.type === "tool-call") yield callOfPart(one);
          // What must go back with the reasoning is known only now; a block of its own brings it.
          else if (one.type === "reasoning" && providerMetadata !== undefined) {
            const id = `signed ${(blocks += 1)}`;
            yield { type: "reasoning-start", id };
            yield { type: "reasoning-end", id, providerMetadata };
          }
        }
        yield { type: "response-metadata", ...answeredBy(part.response) };
        yield { type: "finish", ...endOf(part.response) };
        return;
      }
      const id = part.type === "tool-input" ? part.id : `${part.type} ${blocks}`;
      if (open === undefined || open.type !== part.type || (part.type === "tool-input" && open.id !== id)) {
        yield* close();
        if (part.type !== "tool-input") blocks += 1;
        open = { type: part.type, id: part.type === "tool-input" ? id : `${part.type} ${blocks}` };
        if (part.type === "tool-input") yield { type: "tool-input-start", id, toolName: part.name };
        else yield { type: `${part.type}-start`, id: open.id };
      }
      const delta = part.type === "tool-input" ? part.delta : part.text;
      if (delta !== "") yield { type: `${part.type}-delta`, id: open.id, delta };
    }
  } catch (error) {
    yield { type: "error", error };
  }
}
