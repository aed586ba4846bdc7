import { BrainOpsError } from "../contracts/error.ts";
import type { Embedder } from "../contracts/embedder.ts";
import type { MemoryRecord } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { uuid7 } from "../journal/random.ts";
import { embeddedPart, spaceOf } from "../recall/embed-query.ts";
import { commitSurely } from "../run/commit.ts";
import { checkScope } from "../sealing/check.ts";

/** How {@link fillVectors} goes about it. */
export interface FillOptions {
  /** So many texts are embedded at once. Default 64. */
  readonly batch?: number;
  /** Told after every batch how many records got a vector so far, and how many still lack one. */
  readonly onProgress?: (progress: {
    /** How many records got a vector so far. */
    readonly filled: number;
    /** How many still lack one. */
    readonly lacking: number;
  }) => void;
  /** Stops after the batch that is under way; the call then throws `aborted`. */
  readonly signal?: AbortSignal;
}

/** What {@link fillVectors} did. */
export interface FillSummary {
  /** How many records got a vector. */
  readonly filled: number;
  /** How many calls the embedder took. */
  readonly batches: number;
}

/**
 * Gives every record of a scope, and below it, that lacks one the embedder's vector of its text, oldest first. Every batch is a
 * commit of its own, so what was done stays done: broken off or called again, it goes on with what is left. Run it beside the work,
 * from a loop or after an import; recall says how many records still lack a vector, and finds those by words.
 *
 * Of a long text its first 8,000 characters are embedded. A text that changes meanwhile gets the vector of its new words.
 *
 * Errors: `invalid_input` without a scope, `aborted`, `invalid_response` when the embedder gives other vectors than it says, and
 * those of the embedder and the store.
 *
 * @example
 * ```ts
 * import { fillVectors } from "@brainops/core/memory";
 * import type { Embedder, Store } from "@brainops/core";
 * declare const store: Store;
 * declare const embedder: Embedder;
 * await fillVectors(store, embedder, "acme", { onProgress: ({ lacking }) => console.log(`${lacking} to go`) });
 * ```
 */
export async function fillVectors(
  store: Store,
  embedder: Embedder,
  scope: string,
  options: FillOptions = {},
): Promise<FillSummary> {
  checkScope(scope);
  const { batch = 64, onProgress, signal } = options;
  if (!Number.isSafeInteger(batch) || batch < 1)
    throw new BrainOpsError("invalid_input", "The batch of fillVectors must be a whole number from 1 on.");
  const space = spaceOf(embedder);
  let [filled, batches] = [0, 0];
  // What is behind has a vector, mostly; only at the end is it looked at again.
  let since: number | undefined;
  for (;;) {
    if (signal?.aborted === true)
      throw new BrainOpsError("aborted", `Stopped; ${filled} records got their vectors. Call it again to go on.`);
    const page = await store.unembedded(space, { scope, ...(since === undefined ? {} : { since }) }, batch);
    const last = page.at(-1);
    if (last === undefined && since === undefined) return { filled, batches };
    since = last?.record.createdAt;
    if (last === undefined) continue;
    const writes = await vectorsFor(
      embedder,
      space,
      page.map(({ record }) => record),
      signal,
    );
    await commitSurely(store, uuid7(Date.now()), writes);
    filled += page.length;
    batches++;
    if (onProgress !== undefined)
      onProgress({
        filled,
        lacking: (await store.near(new Float32Array(embedder.dimensions), space, { scope }, 0)).lacking,
      });
  }
}

async function vectorsFor(
  embedder: Embedder,
  space: string,
  records: readonly MemoryRecord[],
  signal: AbortSignal | undefined,
): Promise<Write[]> {
  const texts = records.map(({ text }) => embeddedPart(text));
  const asked = texts.filter((text) => text !== "");
  const vectors = asked.length === 0 ? [] : await embedder.embed(asked, signal === undefined ? {} : { signal });
  const wrong = vectors.find((vector) => vector.length !== embedder.dimensions || !vector.every(Number.isFinite));
  if (vectors.length !== asked.length || wrong !== undefined)
    throw new BrainOpsError(
      "invalid_response",
      `The embedder '${embedder.name}' was given ${asked.length} texts, and must give as many vectors of ${embedder.dimensions} finite numbers.`,
    );
  let at = 0;
  return records.map(({ id, version }, i) => ({
    type: "vector",
    id,
    version,
    space,
    // A text without anything in it means nothing, and is near to nothing.
    vector: texts[i] === "" ? new Float32Array(embedder.dimensions) : Float32Array.from(vectors[at++] ?? []),
  }));
}
