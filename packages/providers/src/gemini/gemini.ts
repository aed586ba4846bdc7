import { adapter, defaultMaxResponseBytes, type Send } from "../adapter/adapter.ts";
import { geminiPage, listBy, type ListingModel } from "../listing/listing.ts";
import { checkBaseUrl } from "../transport/base-url.ts";
import { healthBy } from "../transport/health.ts";
import { apiKey, keysOf, once } from "../transport/key.ts";
import { sendLike } from "../transport/like.ts";
import { sendByFetch } from "../transport/plain.ts";
import { loadSdk } from "../transport/sdk.ts";
import { straightFetch } from "../transport/straight-fetch.ts";
import { generateContent } from "./protocol.ts";
import { answerOfGenAi, callGenAi, sendByGenAi, type GenAiClient, type GenerativeAiClient } from "./send.ts";

/** The model that {@link gemini} asks unless told otherwise: the newest that the SDK's own examples name. */
export const defaultGeminiModel = "gemini-3.8-flash";

const defaultUrl = "https://generativelanguage.googleapis.com";

/** What {@link gemini} can be told. */
export interface GeminiOptions {
  /** The key. Default: the environment variable `GEMINI_API_KEY`, read at the first call. */
  readonly apiKey?: string;
  /** A client of `@google/genai` to use as it is; or one of `@google/generative-ai`, of which only the key is used. */
  readonly client?: GenAiClient | GenerativeAiClient;
  /** The vendor's id of the model. Default: {@link defaultGeminiModel}. */
  readonly model?: string;
  /** Where the API is, without its version. Default: the vendor's. */
  readonly baseUrl?: string;
  /** Name in chains and attempts. Default `gemini`. */
  readonly name?: string;
  /** How structured output is asked for. Default `native`. */
  readonly structured?: "native" | "tool";
  /** The most bytes of an answer. Default 64 MiB. */
  readonly maxResponseBytes?: number;
}

/**
 * Gemini, by generateContent. Needs the package `@google/genai`, which is loaded at the first call, unless a client of
 * `@google/generative-ai` is handed in.
 *
 * @example
 * ```ts
 * import { gemini } from "@brainops/providers";
 * const model = gemini({ model: "gemini-2.5-flash" });
 * ```
 */
export function gemini(options: GeminiOptions = {}): ListingModel {
  const name = options.name ?? "gemini";
  const model = options.model ?? defaultGeminiModel;
  const baseUrl = checkBaseUrl(name, options.baseUrl ?? defaultUrl);
  const secrets: string[] = [];
  const given = options.client;

  const client = once(async (): Promise<GenAiClient> => {
    if (given !== undefined && "models" in given) return given;
    const key = apiKey(name, options.apiKey, "GEMINI_API_KEY", secrets);
    const { GoogleGenAI } = await loadSdk(name, "@google/genai", () => import("@google/genai"));
    // The SDK would look into the environment for all of these.
    return new GoogleGenAI({ apiKey: key, vertexai: false, httpOptions: { baseUrl } });
  });

  /** The wire is ours, so the old SDK's client lends nothing but its key. */
  const old = given !== undefined && "getGenerativeModel" in given ? given.apiKey : undefined;
  secrets.push(...keysOf(given));
  const address = `${baseUrl}/v1/models/${encodeURIComponent(model)}`;
  const headers = { "x-goog-api-key": old ?? "" };
  const whole = sendByFetch(`${address}:generateContent`, headers);
  const streamed = sendByFetch(`${address}:streamGenerateContent?alt=sse`, headers);
  const sendWithKey: Send = (body, call) => (call.stream ? streamed(body, call) : whole(body, call));

  const ours = sendLike(name, async (stream, fetch) => {
    const { models } = await client();
    await callGenAi(models, model, stream, { httpOptions: { fetch } });
  });
  const send = old !== undefined ? sendWithKey : given === undefined ? ours : sendByGenAi(client, model);

  return adapter({
    name,
    model,
    protocol: generateContent,
    send,
    secrets,
    maxResponseBytes: options.maxResponseBytes ?? defaultMaxResponseBytes,
    structured: options.structured ?? "native",
    health: healthBy({ name, secrets }, async ({ signal }) => {
      if (old !== undefined) return await straightFetch(address, { headers, ...(signal && { signal }) });
      const { models } = await client();
      return await answerOfGenAi((config) => models.get({ model, config }), signal);
    }),
    models: listBy(
      { name, secrets },
      async (after, { signal }) => {
        const page = { pageSize: 1000, ...(after === undefined ? {} : { pageToken: after }) };
        if (old !== undefined) {
          const query = Object.entries(page).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
          return await straightFetch(`${baseUrl}/v1/models?${query.join("&")}`, { headers, ...(signal && { signal }) });
        }
        const { models } = await client();
        return await answerOfGenAi((config) => models.list({ config: { ...page, ...config } }), signal);
      },
      geminiPage,
    ),
  });
}
