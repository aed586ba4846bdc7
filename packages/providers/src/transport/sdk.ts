import { BrainOpsError, type JsonObject } from "@brainops/core";
import type { Send, SendOptions } from "../adapter/adapter.ts";
import type { MakeRequest } from "./like.ts";

/** What an adapter passes to a vendor's SDK with a request. */
export interface SdkRequestOptions {
  /** What is sent, as JSON. */
  readonly body?: JsonObject;
  /** Headers beside those of the client. */
  readonly headers?: { readonly [name: string]: string };
  /** Cancels the request. */
  readonly signal?: AbortSignal;
  /** Whether the answer is read as it comes. */
  readonly stream?: boolean;
  /** How often the SDK may try again by itself: always 0, since the chain does that. */
  readonly maxRetries?: number;
}

/**
 * The part of an SDK's client that an adapter uses: its authentication, its address, its headers. Clients of
 * `@anthropic-ai/sdk` and `openai` fit, and so do their variants for other clouds.
 */
export interface SdkClient {
  /** Asks at a path under the client's base URL. */
  get(path: string, options?: SdkRequestOptions): SdkAnswer;
  /** Sends to a path under the client's base URL. */
  post(path: string, options?: SdkRequestOptions): SdkAnswer;
}

/** The answer to a request, before the SDK has read it. */
export interface SdkAnswer {
  /** The raw answer. */
  asResponse(): Promise<Response>;
}

/** Loads a vendor's SDK when it is first needed. An SDK that is not installed is the error `unsupported`. */
export async function loadSdk<T>(name: string, packageName: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const missing =
      cause instanceof Error &&
      "code" in cause &&
      cause.code === "ERR_MODULE_NOT_FOUND" &&
      cause.message.includes(packageName);
    if (!missing) throw cause;
    throw new BrainOpsError(
      "unsupported",
      `${name}: the package ${packageName} is not installed. Install it (npm i ${packageName}), or hand in a client.`,
      { cause },
    );
  }
}

/** Answers of an SDK that are errors are thrown by it; this makes answers of them again, so that one reader is enough. */
export async function answerOf(call: () => SdkAnswer): Promise<Response> {
  try {
    return await call().asResponse();
  } catch (cause) {
    const status = cause instanceof Error && "status" in cause ? cause.status : undefined;
    if (typeof status !== "number" || status < 400 || status > 599) throw cause;
    const { headers, error, message } = cause as Error & { headers?: unknown; error?: unknown };
    const body = error === undefined ? message.replace(/^\d{3} /, "") : JSON.stringify(error);
    return new Response(body, { status, headers: headers instanceof Headers ? headers : new Headers() });
  }
}

/** Sends by an SDK: one try, raw answer. */
export function sendBySdk(client: () => Promise<SdkClient>, path: string): Send {
  return async (body: JsonObject, options: SendOptions) => {
    const sdk = await client();
    return await answerOf(() =>
      sdk.post(path, {
        body,
        stream: options.stream,
        maxRetries: 0,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        ...(options.idempotencyKey === undefined ? {} : { headers: { "idempotency-key": options.idempotencyKey } }),
      }),
    );
  };
}

/** Lets an SDK's client make the request of a path, for {@link sendLike}. */
export const asSdk =
  (client: (send: typeof fetch) => Promise<SdkClient>, path: string): MakeRequest =>
  async (stream, send) =>
    await (await client(send)).post(path, { body: {}, stream, maxRetries: 0 }).asResponse();
