import type { Embedder } from "@brainops/core";
import type { Send } from "../adapter/adapter.ts";
import { listOf, numberOf, objectOf } from "../shape/json.ts";
import { checkBaseUrl } from "../transport/base-url.ts";
import { apiKey } from "../transport/key.ts";
import { sendByFetch } from "../transport/plain.ts";
import { sendBySdk, type SdkClient } from "../transport/sdk.ts";
import { embedder } from "./embedder.ts";

/** What {@link gptEmbedder} can be told. */
export interface GptEmbedderOptions {
  /** The key. Default: the environment variable `OPENAI_API_KEY`, read at the first call. */
  readonly apiKey?: string;
  /** A client of `openai` to send with. Default: none is needed. */
  readonly client?: SdkClient;
  /** The vendor's id of the model. Default `text-embedding-3-small`. */
  readonly model?: string;
  /** Length of each vector. Default: the model's own, 1,536 or 3,072; it has to be given for models not known here. */
  readonly dimensions?: number;
  /** Where the API is, with its version; also of any compatible server. Default: the vendor's. */
  readonly baseUrl?: string;
  /** What it is called; part of the space of its vectors. Default `gpt`. */
  readonly name?: string;
}

/**
 * Vectors by OpenAI's embeddings API, or by any server that speaks it. Vectors have length one. Needs no package.
 *
 * @example
 * ```ts
 * import { gptEmbedder } from "@brainops/providers";
 * const [vector] = await gptEmbedder({ model: "text-embedding-3-large" }).embed(["A bear in a pit."]);
 * ```
 */
export function gptEmbedder(options: GptEmbedderOptions = {}): Embedder {
  const name = options.name ?? "gpt";
  const model = options.model ?? "text-embedding-3-small";
  const own = model === "text-embedding-3-large" ? 3_072 : 1_536;
  const url = checkBaseUrl(name, options.baseUrl ?? "https://api.openai.com/v1");
  const secrets: string[] = [];
  const { client } = options;
  const byKey: Send = async (body, call) => {
    const key = apiKey(name, options.apiKey, "OPENAI_API_KEY", secrets);
    return await sendByFetch(`${url}/embeddings`, { authorization: `Bearer ${key}` })(body, call);
  };
  return embedder({
    name,
    id: model,
    dimensions: options.dimensions ?? own,
    most: 2_048,
    secrets,
    send: client === undefined ? byKey : sendBySdk(() => Promise.resolve(client), "/embeddings"),
    encode: (input) => ({
      model,
      input: [...input],
      encoding_format: "base64",
      // Asking a model for the length that it has anyway is an error at some servers.
      ...(options.dimensions === undefined || options.dimensions === own ? {} : { dimensions: options.dimensions }),
    }),
    decode: (body) =>
      listOf(body["data"])
        .map(objectOf)
        .toSorted((a, b) => (numberOf(a["index"]) ?? 0) - (numberOf(b["index"]) ?? 0))
        .map((one) => one["embedding"]),
  });
}
