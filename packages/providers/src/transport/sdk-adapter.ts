import type { JsonObject } from "@brainops/core";
import { adapter, defaultMaxResponseBytes } from "../adapter/adapter.ts";
import type { Protocol } from "../adapter/protocol.ts";
import { listBy, type ListingModel, type Page } from "../listing/listing.ts";
import { checkBaseUrl } from "./base-url.ts";
import { boundedFetch } from "./bounded-fetch.ts";
import { healthBy } from "./health.ts";
import { apiKey, keysOf, once } from "./key.ts";
import { sendLike } from "./like.ts";
import { answerOf, asSdk, sendBySdk, type SdkClient } from "./sdk.ts";

/** What every adapter can be told that speaks by a vendor's SDK. */
export interface SdkAdapterOptions {
  /** The key. Default: the vendor's environment variable, read at the first call. */
  readonly apiKey?: string;
  /** A client of the vendor's SDK to use as it is, instead of a key and a base URL. Its retries are not used. */
  readonly client?: SdkClient;
  /** The vendor's id of the model. Default: `defaultClaudeModel`, or `defaultGptModel`. */
  readonly model?: string;
  /** Where the API is. Default: the vendor's. */
  readonly baseUrl?: string;
  /** Name in chains and attempts. Default `claude`, or `gpt`. */
  readonly name?: string;
  /** How structured output is asked for. Default `native`; `tool` is for models that are too old for it. */
  readonly structured?: "native" | "tool";
  /** The most bytes of an answer. Default 64 MiB. */
  readonly maxResponseBytes?: number;
}

/** What differs between the vendors whose SDKs are alike. */
export interface SdkVendor {
  /** Default name of the model in chains. */
  readonly name: string;
  /** Default id of the model. */
  readonly model: string;
  /** Environment variable of the key. */
  readonly variable: string;
  readonly baseUrl: string;
  readonly protocol: Protocol;
  /** Path of a call, under the base URL. */
  readonly path: string;
  /** Path of a small question that costs nothing. */
  readonly healthPath: string;
  /** Path of a page of the list of models, after the one that ended there. */
  readonly listPath: (after: string | undefined) => string;
  readonly page: (body: JsonObject) => Page;
  /** Makes the SDK's client, which is to send by `fetch` and to look nowhere else for keys and addresses. */
  make(options: SdkClientOptions): Promise<SdkClient>;
}

/** What a vendor's client is made of. */
export interface SdkClientOptions {
  /** The name that errors are told under. */
  readonly name: string;
  readonly apiKey: string;
  readonly baseURL: string;
  readonly fetch: typeof fetch;
}

/** Makes the adapter of a vendor with an SDK: the key, the client, the calls, health and the list of models. */
export function sdkAdapter(vendor: SdkVendor, options: SdkAdapterOptions): ListingModel {
  const { name = vendor.name, model = vendor.model, client: given } = options;
  const baseURL = checkBaseUrl(name, options.baseUrl ?? vendor.baseUrl);
  const secrets = keysOf(given);
  const speaker = { name, secrets };

  const made = async (send: typeof fetch): Promise<SdkClient> => {
    const key = apiKey(name, options.apiKey, vendor.variable, secrets);
    return await vendor.make({ name, apiKey: key, baseURL, fetch: send });
  };
  const client = once(async () => given ?? (await made(boundedFetch)));
  const get = async (path: string, signal: AbortSignal | undefined): Promise<Response> => {
    const sdk = await client();
    return await answerOf(() => sdk.get(path, { maxRetries: 0, ...(signal && { signal }) }));
  };

  return adapter({
    name,
    model,
    protocol: vendor.protocol,
    send: given === undefined ? sendLike(name, asSdk(made, vendor.path)) : sendBySdk(client, vendor.path),
    secrets,
    maxResponseBytes: options.maxResponseBytes ?? defaultMaxResponseBytes,
    structured: options.structured ?? "native",
    health: healthBy(speaker, ({ signal }) => get(vendor.healthPath, signal)),
    models: listBy(speaker, (after, { signal }) => get(vendor.listPath(after), signal), vendor.page),
  });
}
