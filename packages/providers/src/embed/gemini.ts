import type { Embedder } from "@brainops/core";
import type { Send } from "../adapter/adapter.ts";
import { listOf, objectOf } from "../shape/json.ts";
import { checkBaseUrl } from "../transport/base-url.ts";
import { apiKey } from "../transport/key.ts";
import { sendByFetch } from "../transport/plain.ts";
import { embedder } from "./embedder.ts";

/** What {@link geminiEmbedder} can be told. */
export interface GeminiEmbedderOptions {
  /** The key. Default: the environment variable `GEMINI_API_KEY`, read at the first call. */
  readonly apiKey?: string;
  /** The vendor's id of the model. Default `gemini-embedding-001`. */
  readonly model?: string;
  /** Length of each vector, as far as the model can shorten them. Default 3,072. */
  readonly dimensions?: number;
  /** What the vectors are for, in the vendor's words, such as `RETRIEVAL_DOCUMENT`. Default: the vendor's. */
  readonly taskType?: string;
  /** Where the API is, without its version. Default: the vendor's. */
  readonly baseUrl?: string;
  /** What it is called; part of the space of its vectors. Default `gemini`. */
  readonly name?: string;
}

/**
 * Vectors by Gemini's batchEmbedContents. Vectors have length one, shortened ones too. Needs no package.
 *
 * @example
 * ```ts
 * import { geminiEmbedder } from "@brainops/providers";
 * const embedder = geminiEmbedder({ dimensions: 768 });
 * ```
 */
export function geminiEmbedder(options: GeminiEmbedderOptions = {}): Embedder {
  const name = options.name ?? "gemini";
  const model = `models/${(options.model ?? "gemini-embedding-001").replace(/^models\//, "")}`;
  const url = checkBaseUrl(name, options.baseUrl ?? "https://generativelanguage.googleapis.com");
  const secrets: string[] = [];
  const send: Send = async (body, call) => {
    const key = apiKey(name, options.apiKey, "GEMINI_API_KEY", secrets);
    return await sendByFetch(`${url}/v1beta/${model}:batchEmbedContents`, { "x-goog-api-key": key })(body, call);
  };
  const { dimensions, taskType } = options;
  return embedder({
    name,
    id: model,
    dimensions: dimensions ?? 3_072,
    most: 100,
    secrets,
    send,
    encode: (texts) => ({
      requests: texts.map((text) => ({
        model,
        content: { parts: [{ text }] },
        ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }),
        ...(taskType === undefined ? {} : { taskType }),
      })),
    }),
    decode: (body) => listOf(body["embeddings"]).map((one) => objectOf(one)["values"]),
  });
}
