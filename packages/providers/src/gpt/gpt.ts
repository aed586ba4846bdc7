import { adapter, defaultMaxResponseBytes } from "../adapter/adapter.ts";
import { chatCompletions } from "../chat/protocol.ts";
import { listBy, openaiPage, type ListingModel } from "../listing/listing.ts";
import { checkBaseUrl } from "../transport/base-url.ts";
import { boundedFetch } from "../transport/bounded-fetch.ts";
import { healthBy } from "../transport/health.ts";
import { apiKey, once } from "../transport/key.ts";
import { sendLike } from "../transport/like.ts";
import { answerOf, asSdk, loadSdk, sendBySdk, type SdkClient } from "../transport/sdk.ts";
import { responses } from "./protocol.ts";

/** The model that {@link gpt} asks unless told otherwise: the newest general one that the SDK's types name. */
export const defaultGptModel = "gpt-6.1-sol";

/** What {@link gpt} can be told. */
export interface GptOptions {
  /** The key. Default: the environment variable `OPENAI_API_KEY`, read at the first call. */
  readonly apiKey?: string;
  /** A client of `openai` to use as it is, instead of a key and a base URL. Its retries are not used. */
  readonly client?: SdkClient;
  /** The vendor's id of the model. Default: {@link defaultGptModel}. */
  readonly model?: string;
  /** Where the API is, with its version. Default: the vendor's. */
  readonly baseUrl?: string;
  /** Which of the vendor's APIs is used. Default `responses`; `chat` is for clouds and proxies that have only that. */
  readonly api?: "responses" | "chat";
  /** Name in chains and attempts. Default `gpt`. */
  readonly name?: string;
  /** How structured output is asked for. Default `native`. */
  readonly structured?: "native" | "tool";
  /** The most bytes of an answer. Default 64 MiB. */
  readonly maxResponseBytes?: number;
}

/**
 * GPT, by OpenAI's Responses API (or Chat Completions). Needs the package `openai`, which is loaded at the first call.
 * Nothing is stored at the vendor.
 *
 * @example
 * ```ts
 * import { gpt } from "@brainops/providers";
 * const model = gpt({ model: "gpt-6.1-terra" });
 * ```
 */
export function gpt(options: GptOptions = {}): ListingModel {
  const name = options.name ?? "gpt";
  const baseURL = options.baseUrl === undefined ? undefined : checkBaseUrl(name, options.baseUrl);
  const secrets: string[] = [];

  const made = async (send: typeof fetch): Promise<SdkClient> => {
    const key = apiKey(name, options.apiKey, "OPENAI_API_KEY", secrets);
    const { OpenAI } = await loadSdk(name, "openai", () => import("openai"));
    return new OpenAI({
      apiKey: key,
      // The SDK would look into the environment for these.
      organization: null,
      project: null,
      baseURL: baseURL ?? "https://api.openai.com/v1",
      maxRetries: 0,
      fetch: send,
    });
  };
  const client = once(async () => options.client ?? (await made(boundedFetch)));
  const chat = options.api === "chat";
  const path = chat ? "/chat/completions" : "/responses";
  return adapter({
    name,
    model: options.model ?? defaultGptModel,
    protocol: chat ? chatCompletions("openai", { maxTokens: "max_completion_tokens" }) : responses,
    send: options.client === undefined ? sendLike(name, asSdk(made, path)) : sendBySdk(client, path),
    secrets,
    maxResponseBytes: options.maxResponseBytes ?? defaultMaxResponseBytes,
    structured: options.structured ?? "native",
    health: healthBy({ name, secrets }, async ({ signal }) => {
      const sdk = await client();
      return await answerOf(() => sdk.get("/models", { maxRetries: 0, ...(signal && { signal }) }));
    }),
    models: listBy(
      { name, secrets },
      async (_after, { signal }) => {
        const sdk = await client();
        return await answerOf(() => sdk.get("/models", { maxRetries: 0, ...(signal && { signal }) }));
      },
      openaiPage,
    ),
  });
}
