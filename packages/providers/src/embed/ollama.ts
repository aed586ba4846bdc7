import type { Embedder } from "@brainops/core";
import { listOf } from "../shape/json.ts";
import { checkBaseUrl } from "../transport/base-url.ts";
import { sendByFetch } from "../transport/plain.ts";
import { embedder } from "./embedder.ts";

/** What {@link ollamaEmbedder} is told. */
export interface OllamaEmbedderOptions {
  /** The model's id there, such as `nomic-embed-text`. */
  readonly model: string;
  /** Length of each vector, such as 768 for `nomic-embed-text`. */
  readonly dimensions: number;
  /** The server's address. Default `http://127.0.0.1:11434`. */
  readonly baseUrl?: string;
  /** What it is called; part of the space of its vectors. Default `ollama`. */
  readonly name?: string;
}

/**
 * Vectors by a model that Ollama runs. A text that is longer than the model takes is an error, not cut.
 *
 * @example
 * ```ts
 * import { ollamaEmbedder } from "@brainops/providers";
 * const embedder = ollamaEmbedder({ model: "nomic-embed-text", dimensions: 768 });
 * ```
 */
export function ollamaEmbedder(options: OllamaEmbedderOptions): Embedder {
  const name = options.name ?? "ollama";
  const url = checkBaseUrl(name, options.baseUrl ?? "http://127.0.0.1:11434");
  return embedder({
    name,
    id: options.model,
    dimensions: options.dimensions,
    most: 512,
    secrets: [],
    send: sendByFetch(`${url}/api/embed`, {}),
    encode: (texts) => ({ model: options.model, input: [...texts], truncate: false }),
    decode: (body) => listOf(body["embeddings"]),
  });
}
