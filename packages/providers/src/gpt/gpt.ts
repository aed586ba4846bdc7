import { chatCompletions } from "../chat/protocol.ts";
import { openaiPage, type ListingModel } from "../listing/listing.ts";
import { loadSdk } from "../transport/sdk.ts";
import { sdkAdapter, type SdkAdapterOptions, type SdkVendor } from "../transport/sdk-adapter.ts";
import { responses } from "./protocol.ts";

/** The model that {@link gpt} asks unless told otherwise: the newest general one that the SDK's types name. */
export const defaultGptModel = "gpt-6.1-sol";

/**
 * What {@link gpt} can be told. The key's variable is `OPENAI_API_KEY`, the model is {@link defaultGptModel}, the name is
 * `gpt`, and a client is one of `openai`. A base URL names the version.
 */
export interface GptOptions extends SdkAdapterOptions {
  /** Which of the vendor's APIs is used. Default `responses`; `chat` is for clouds and proxies that have only that. */
  readonly api?: "responses" | "chat";
}

const vendor: SdkVendor = {
  name: "gpt",
  model: defaultGptModel,
  variable: "OPENAI_API_KEY",
  baseUrl: "https://api.openai.com/v1",
  protocol: responses,
  path: "/responses",
  healthPath: "/models",
  listPath: () => "/models",
  page: openaiPage,
  async make({ name, ...settings }) {
    const { OpenAI } = await loadSdk(name, "openai", () => import("openai"));
    // The SDK would look into the environment for whom to bill.
    return new OpenAI({ ...settings, organization: null, project: null, maxRetries: 0 });
  },
};

const byChat: SdkVendor = {
  ...vendor,
  protocol: chatCompletions("openai", { maxTokens: "max_completion_tokens" }),
  path: "/chat/completions",
};

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
export const gpt = (options: GptOptions = {}): ListingModel =>
  sdkAdapter(options.api === "chat" ? byChat : vendor, options);
