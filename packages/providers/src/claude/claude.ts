import { anthropicPage, type ListingModel } from "../listing/listing.ts";
import { loadSdk } from "../transport/sdk.ts";
import { sdkAdapter, type SdkAdapterOptions, type SdkVendor } from "../transport/sdk-adapter.ts";
import { messages } from "./protocol.ts";

/** The model that {@link claude} asks unless told otherwise: the newest Opus that the SDK's types name. */
export const defaultClaudeModel = "claude-opus-5-5";

/**
 * What {@link claude} can be told. The key's variable is `ANTHROPIC_API_KEY`, the model is {@link defaultClaudeModel}, the
 * name is `claude`, and a client is one of `@anthropic-ai/sdk`.
 */
export type ClaudeOptions = SdkAdapterOptions;

const vendor: SdkVendor = {
  name: "claude",
  model: defaultClaudeModel,
  variable: "ANTHROPIC_API_KEY",
  baseUrl: "https://api.anthropic.com",
  protocol: messages,
  path: "/v1/messages",
  healthPath: "/v1/models?limit=1",
  listPath: (after) => `/v1/models?limit=1000${after === undefined ? "" : `&after_id=${encodeURIComponent(after)}`}`,
  page: anthropicPage,
  async make({ name, ...settings }) {
    const { Anthropic } = await loadSdk(name, "@anthropic-ai/sdk", () => import("@anthropic-ai/sdk"));
    // The SDK would look into the environment and its profiles for a token.
    return new Anthropic({ ...settings, authToken: null, maxRetries: 0 });
  },
};

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
export const claude = (options: ClaudeOptions = {}): ListingModel => sdkAdapter(vendor, options);
