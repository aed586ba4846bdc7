import { adapter, defaultMaxResponseBytes } from "../adapter/adapter.ts";
import { chatCompletions } from "../chat/protocol.ts";
import { networkFailure, type Speaker } from "../fault/failure.ts";
import { ollamaChat } from "../ollama/protocol.ts";
import { listBy, ollamaPage, openaiPage, type ListingModel } from "../listing/listing.ts";
import { checkBaseUrl } from "../transport/base-url.ts";
import { healthBy } from "../transport/health.ts";
import { cleanKey, once } from "../transport/key.ts";
import { orAborted, sendByFetch } from "../transport/plain.ts";
import { straightFetch } from "../transport/straight-fetch.ts";
import { abortedError } from "../wire/body.ts";
import { discoverModel, discoverProtocol, openaiUrl, type LocalProtocol, type LocalServer } from "./discover.ts";

/** Where {@link local} looks unless told otherwise: Ollama's own address. */
export const defaultLocalUrl = "http://127.0.0.1:11434";

/** What {@link local} can be told. */
export interface LocalOptions {
  /** The server's address, with or without `/v1`. Default: {@link defaultLocalUrl}. */
  readonly baseUrl?: string;
  /** The model's id on that server. Default: the first that the server lists, asked for at the first call. */
  readonly model?: string;
  /** What the server speaks. Default `auto`: found out at the first call. */
  readonly protocol?: LocalProtocol | "auto";
  /** A key, for servers that want one. Default: none. */
  readonly apiKey?: string;
  /** Headers to send with every request. Default: none. */
  readonly headers?: { readonly [name: string]: string };
  /** Name in chains and attempts. Default `local`. */
  readonly name?: string;
  /** How structured output is asked for. Default `native`; `tool` is for servers that know no response format. */
  readonly structured?: "native" | "tool";
  /** The field that limits the answer on OpenAI-compatible servers. Default `max_tokens`. */
  readonly maxTokensField?: "max_tokens" | "max_completion_tokens";
  /** The most bytes of an answer. Default 64 MiB. */
  readonly maxResponseBytes?: number;
}

/**
 * A model on a server of your own: Ollama, or anything that speaks OpenAI's Chat Completions (llama.cpp, LM Studio,
 * vLLM and many hosted ones). Needs no package.
 *
 * @example
 * ```ts
 * import { local } from "@brainops/providers";
 * const ollama = local({ model: "llama3.2" });
 * const vllm = local({ baseUrl: "http://127.0.0.1:8000/v1", model: "qwen3", protocol: "openai" });
 * ```
 */
export function local(options: LocalOptions = {}): ListingModel {
  const name = options.name ?? "local";
  const secrets = secretsIn(options.headers);
  const key = options.apiKey === undefined ? undefined : cleanKey(name, options.apiKey, secrets);
  const speaker: Speaker = { name, secrets };
  const server: LocalServer = {
    baseUrl: checkBaseUrl(name, options.baseUrl ?? defaultLocalUrl),
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...options.headers,
    },
  };

  const build = (protocol: LocalProtocol, model: string): ListingModel => {
    const ollama = protocol === "ollama";
    const dialect = { maxTokens: options.maxTokensField ?? "max_tokens" };
    const ping = ollama ? `${server.baseUrl}/api/version` : openaiUrl(server.baseUrl, "/models");
    const list = ollama ? `${server.baseUrl}/api/tags` : ping;
    return adapter({
      name,
      model,
      protocol: ollama ? ollamaChat : chatCompletions("openai-compatible", dialect),
      send: sendByFetch(
        ollama ? `${server.baseUrl}/api/chat` : openaiUrl(server.baseUrl, "/chat/completions"),
        server.headers,
      ),
      secrets,
      maxResponseBytes: options.maxResponseBytes ?? defaultMaxResponseBytes,
      structured: options.structured ?? "native",
      health: healthBy(speaker, ({ signal }) =>
        straightFetch(ping, { headers: server.headers, ...(signal && { signal }) }),
      ),
      models: listBy(
        speaker,
        (_after, { signal }) => straightFetch(list, { headers: server.headers, ...(signal && { signal }) }),
        ollama ? ollamaPage : openaiPage,
      ),
    });
  };
  if (options.model !== undefined && (options.protocol === "ollama" || options.protocol === "openai")) {
    return build(options.protocol, options.model);
  }

  const found = once(async () => {
    const wanted = options.protocol ?? "auto";
    const protocol = wanted === "auto" ? await discoverProtocol(speaker, server) : wanted;
    return build(protocol, options.model ?? (await discoverModel(speaker, server, protocol)));
  });
  /** The search is shared by all callers, so one caller's abort ends only its own waiting. */
  const model = async (signal: AbortSignal | undefined): Promise<ListingModel> => {
    try {
      return await orAborted(found(), signal);
    } catch (cause) {
      throw signal?.aborted === true ? abortedError() : networkFailure(speaker, cause);
    }
  };
  return {
    name,
    ...(options.model === undefined ? {} : { id: options.model }),
    generate: async (request, call = {}) => await (await model(call.signal)).generate(request, call),
    async *stream(request, call = {}) {
      yield* (await model(call.signal)).stream(request, call);
    },
    models: async (call = {}) => await (await model(call.signal)).models(call),
    async health(call = {}) {
      try {
        return (await (await model(call.signal)).health?.(call)) ?? { ok: true };
      } catch (cause) {
        return { ok: false, detail: networkFailure(speaker, cause).message };
      }
    },
  };
}

/** The values of headers that are there to prove something. */
const secretsIn = (headers: LocalOptions["headers"] = {}): string[] =>
  Object.entries(headers).flatMap(([header, value]) =>
    /auth|key|token|secret|cookie/i.test(header) ? [value.replace(/^(bearer|basic) /i, "")] : [],
  );
