import { adapter, defaultMaxResponseBytes } from "../adapter/adapter.ts";
import { anthropicPage, listBy, type ListingModel } from "../listing/listing.ts";
import { checkBaseUrl } from "../transport/base-url.ts";
import { boundedFetch } from "../transport/bounded-fetch.ts";
import { healthBy } from "../transport/health.ts";
import { apiKey, once } from "../transport/key.ts";
import { sendLike } from "../transport/like.ts";
import { answerOf, asSdk, loadSdk, sendBySdk, type SdkClient } from "../transport/sdk.ts";
import { messages } from "./protocol.ts";

/** The model that {@link claude} asks unless told otherwise: the newest Opus that the SDK's types name. */
export const defaultClaudeModel = "claude-opus-5-5";

/** What {@link claude} can be told. */
export interface ClaudeOptions {
  /** The key. Default: the environment variable `ANTHROPIC_API_KEY`, read at the first call. */
  readonly apiKey?: string;
  /** A client of `@anthropic-ai/sdk` to use as it is, instead of a key and a base URL. Its retries are not used. */
  readonly client?: SdkClient;
  /** The vendor's id of the model. Default: {@link defaultClaudeModel}. */
  readonly model?: string;
  /** Where the API is. Default: the vendor's. */
  readonly baseUrl?: string;
  /** Name in chains and attempts. Default `claude`. */
  readonly name?: string;
  /** How structured output is asked for. Default `native`; `tool` is for models that are too old for it. */
  readonly structured?: "native" | "tool";
  /** The most bytes of an answer. Default 64 MiB. */
  readonly maxResponseBytes?: number;
}

/**
 * Claude, by Anthropic's Messages API. Needs the package `@anthropic-ai/sdk`, which is loaded at the first call.
 *
 * @example
 * ```ts
 * import { claude } from "@brainops/providers";
 * const model = claude();
 * const { text } = await model.generate({ messages: [{ role: "user", content: "Say hello." }] });
 * ```
 */
export function claude(options: ClaudeOptions = {}): ListingModel {
  const name = options.name ?? "claude";
  const baseURL = options.baseUrl === undefined ? undefined : checkBaseUrl(name, options.baseUrl);
  const secrets: string[] = [];

  const made = async (send: typeof fetch): Promise<SdkClient> => {
    const key = apiKey(name, options.apiKey, "ANTHROPIC_API_KEY", secrets);
    const { Anthropic } = await loadSdk(name, "@anthropic-ai/sdk", () => import("@anthropic-ai/sdk"));
    return new Anthropic({
      apiKey: key,
      // The SDK would look into the environment and its profiles for these.
      authToken: null,
      baseURL: baseURL ?? "https://api.anthropic.com",
      maxRetries: 0,
      fetch: send,
    });
  };
  const client = once(async () => options.client ?? (await made(boundedFetch)));
  const path = "/v1/messages";

  return adapter({
    name,
    model: options.model ?? defaultClaudeModel,
    protocol: messages,
    send: options.client === undefined ? sendLike(name, asSdk(made, path)) : sendBySdk(client, path),
    secrets,
    maxResponseBytes: options.maxResponseBytes ?? defaultMaxResponseBytes,
    structured: options.structured ?? "native",
    health: healthBy({ name, secrets }, async ({ signal }) => {
      const sdk = await client();
      return await answerOf(() => sdk.get("/v1/models?limit=1", { maxRetries: 0, ...(signal && { signal }) }));
    }),
    models: listBy(
      { name, secrets },
      async (after, { signal }) => {
        const sdk = await client();
        const query = after === undefined ? "" : `&after_id=${encodeURIComponent(after)}`;
        const path = `/v1/models?limit=1000${query}`;
        return await answerOf(() => sdk.get(path, { maxRetries: 0, ...(signal && { signal }) }));
      },
      anthropicPage,
    ),
  });
}
