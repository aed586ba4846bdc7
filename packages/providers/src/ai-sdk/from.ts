import {
  isBrainOpsError,
  type Json,
  type JsonObject,
  type Model,
  type ModelRequest,
  type StreamPart,
} from "@brainops/core";
import { failure, networkFailure, vendorFailure, type Speaker } from "../fault/failure.ts";
import { assembly, type Assembly } from "../shape/assembly.ts";
import { checkRequest } from "../shape/history.ts";
import { listOf, objectOf, parseJson, textOf } from "../shape/json.ts";
import { withOutput } from "../structured/output.ts";
import { abortedError } from "../wire/body.ts";
import { callOptions, vendorOf } from "./prompt.ts";
import { finishOf, plain, tellsWhy, usageOf, type AiSdkModel } from "./wire.ts";

/**
 * Makes a Model of any language model of the AI SDK (specification 2, 3 or 4), so that its providers can stand in a chain.
 * The AI SDK itself is not needed, and its retries do not take place. `raw: { "ai-sdk": … }` becomes `providerOptions`.
 *
 * @example
 * ```ts
 * import type { AiSdkModel } from "@brainops/providers";
 * import { chain, claude, fromAiSdk } from "@brainops/providers";
 * declare const mistral: (id: string) => AiSdkModel; // of @ai-sdk/mistral
 * const model = chain([claude(), fromAiSdk(mistral("mistral-large-latest"))]);
 * ```
 */
export function fromAiSdk(
  model: AiSdkModel,
  options: {
    /** What it is called in a chain. Default: the name of its provider. */
    readonly name?: string;
  } = {},
): Model {
  const name = options.name ?? model.provider;
  const speaker: Speaker = { name, secrets: [] };

  const begin = (request: ModelRequest, signal: AbortSignal | undefined): never => {
    if (signal?.aborted === true) throw abortedError();
    checkRequest(name, request);
    return callOptions(request, model, signal) as never;
  };
  const failed = (cause: unknown, into: Assembly, signal: AbortSignal | undefined): Error => {
    if (signal?.aborted === true) return abortedError();
    return failureOf(speaker, cause, into);
  };

  return {
    name,
    id: model.modelId,
    async generate(request, { signal } = {}) {
      const into = assembly(vendorOf(model));
      const called = begin(request, signal);
      try {
        const result = plain(await model.doGenerate(called));
        into.modelId = textOf(objectOf(result["response"])["modelId"]) || model.modelId;
        for (const [index, part] of listOf(result["content"]).entries()) take(into, String(index), objectOf(part));
        into.usage(usageOf(result["usage"]));
        into.finish = finishOf(result["finishReason"]);
        return withOutput(speaker, request, into.response(name, idOf(result["response"])), "native");
      } catch (cause) {
        throw failed(cause, into, signal);
      }
    },
    async *stream(request, { signal } = {}): AsyncGenerator<StreamPart> {
      const into = assembly(vendorOf(model));
      into.modelId = model.modelId;
      const called = begin(request, signal);
      let requestId: string | undefined;
      let reader: ReadableStreamDefaultReader<unknown> | undefined;
      let over = false;
      const stop = (): void => void reader?.cancel().catch(() => undefined);
      try {
        const { stream } = (await model.doStream(called)) as { readonly stream: ReadableStream<unknown> };
        reader = stream.getReader();
        signal?.addEventListener("abort", stop, { once: true });
        for (let next = await reader.read(); !next.done; next = await reader.read()) {
          const part = next.value as { readonly type: string; readonly error?: unknown };
          if (part.type === "error") throw part.error;
          const json = plain(part);
          if (part.type === "response-metadata") {
            requestId = idOf(json) ?? requestId;
            into.modelId = textOf(json["modelId"]) || into.modelId;
          } else if (part.type === "finish") {
            into.usage(usageOf(json["usage"]));
            if (tellsWhy(json["finishReason"])) into.finish = finishOf(json["finishReason"]);
          } else event(into, json);
          for (const shown of into.drain()) yield shown;
        }
        over = true;
        if (signal?.aborted === true) throw abortedError();
        if (into.finish === undefined)
          throw failure(speaker, "stream_truncated", "the stream ended without its finish");
        yield { type: "finish", response: withOutput(speaker, request, into.response(name, requestId), "native") };
      } catch (cause) {
        throw failed(cause, into, signal);
      } finally {
        signal?.removeEventListener("abort", stop);
        if (!over) stop();
      }
    },
  };
}

const idOf = (response: Json | undefined): string | undefined => textOf(objectOf(response)["id"]) || undefined;

/** A part of a whole answer, or one that comes whole in a stream. */
function take(into: Assembly, key: string, part: JsonObject): void {
  const metadata = part["providerMetadata"];
  switch (part["type"]) {
    case "text":
      return into.text(key, textOf(part["text"]));
    case "reasoning":
      into.reasoning(key, textOf(part["text"]));
      if (metadata !== undefined) into.reasoningOpaque(key, metadata);
      return;
    case "tool-call": {
      // What the vendor ran itself is nobody else's to run.
      if (part["providerExecuted"] === true) return;
      const id = textOf(part["toolCallId"]);
      into.tool(id, id, textOf(part["toolName"]));
      into.toolArgs(id, part["input"] ?? "");
      into.toolEnd(id);
      if (metadata !== undefined) into.toolOpaque(id, metadata);
      return;
    }
    default:
  }
}

/** A part of a stream. */
function event(into: Assembly, part: JsonObject): void {
  const key = `${textOf(part["type"]).split("-")[0]} ${textOf(part["id"])}`;
  const metadata = part["providerMetadata"];
  switch (part["type"]) {
    case "text-delta":
      return into.text(key, textOf(part["delta"]));
    case "reasoning-start":
    case "reasoning-delta":
    case "reasoning-end":
      into.reasoning(key, textOf(part["delta"]));
      if (metadata !== undefined) into.reasoningOpaque(key, metadata);
      return;
    case "tool-input-start":
      if (part["providerExecuted"] !== true)
        into.tool(textOf(part["id"]), textOf(part["id"]), textOf(part["toolName"]));
      return;
    case "tool-input-delta":
      if (into.has(textOf(part["id"]))) into.toolDelta(textOf(part["id"]), textOf(part["delta"]));
      return;
    default:
      take(into, key, part);
  }
}

/** An error of the AI SDK: that of an HTTP answer brings its status, headers and body along. */
function failureOf(speaker: Speaker, cause: unknown, into: Assembly): Error {
  if (isBrainOpsError(cause)) {
    return failure(speaker, cause.code, cause.message.replace(`${speaker.name}: `, ""), {
      ...into.partial(),
      ...cause.details,
    });
  }
  const { statusCode, responseHeaders, responseBody } = (cause ?? {}) as {
    readonly statusCode?: number;
    readonly responseHeaders?: { readonly [name: string]: string };
    readonly responseBody?: string;
  };
  const message = cause instanceof Error ? cause.message : String(cause);
  if (typeof statusCode === "number" && statusCode >= 400) {
    const body = parseJson(responseBody ?? "") ?? { error: { message: responseBody ?? message } };
    return vendorFailure(speaker, body, { status: statusCode, headers: new Headers(responseHeaders) }, into.partial());
  }
  // An error event in a stream is the vendor's own object.
  if (!(cause instanceof Error)) {
    const body = typeof cause === "string" ? { error: { message: cause } } : plain(cause);
    return vendorFailure(speaker, body, { headers: new Headers() }, into.partial());
  }
  const network = /fetch failed|socket|ECONN|Cannot connect/i.test(`${message} ${String(cause.cause)}`);
  if (network) return networkFailure(speaker, cause, into.partial());
  return failure(speaker, "invalid_response", message, into.partial());
}
