import type { Model, ModelCallOptions, ModelRequest, StreamPart } from "@brainops/core";

/** A stream in the groups in which its parts arrived. */
export type Batches = (request: ModelRequest, options: ModelCallOptions) => AsyncGenerator<readonly StreamPart[]>;

/**
 * The adapters' own way to stream. Parts arrive in groups, one for each piece that the network brings; handing each part
 * on alone through two generators costs more than everything else that a chain does.
 */
const known = new WeakMap<Model, Batches>();

/** Remembers that a model can stream in groups. */
export function withBatches(model: Model, batches: Batches): void {
  known.set(model, batches);
}

/** A model's stream in groups; of one part each where the model knows none. */
export function batchesOf(model: Model): Batches {
  return known.get(model) ?? ((request, options) => oneByOne(model.stream(request, options)));
}

async function* oneByOne(parts: AsyncIterable<StreamPart>): AsyncGenerator<readonly StreamPart[]> {
  for await (const part of parts) yield [part];
}
