import type { ModelCallOptions } from "./model.ts";

/** Turns texts into vectors, for recall by meaning. */
export interface Embedder {
  /** Short, such as `ollama`. Part of the space of its vectors. */
  readonly name: string;
  /** The vendor's id of the model. Vectors of two models are never compared, so say it where a name may stand for several. */
  readonly id?: string;
  /** Length of each vector. */
  readonly dimensions: number;
  /** One vector a text, in order. */
  embed(texts: readonly string[], options?: ModelCallOptions): Promise<readonly Float32Array[]>;
}
