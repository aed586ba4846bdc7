import { isBrainOpsError } from "../contracts/error.ts";
import type { Embedder } from "../contracts/embedder.ts";

/** So much of a text is embedded, in UTF-16 units: what models take, mostly. */
const longestEmbedded = 8000;

/** What a query means, as a vector in a space. */
export interface Meaning {
  readonly vector: Float32Array;
  readonly space: string;
}

/**
 * The space of an embedder's vectors: its name, its model where it says which, and how long they are.
 *
 * @example
 * ```ts
 * import type { Embedder } from "@brainops/core";
 * import { spaceOf } from "@brainops/core/recall";
 * declare const embedder: Embedder;
 * console.log(spaceOf(embedder)); // such as "gpt/text-embedding-3-small/1536"
 * ```
 */
export function spaceOf({ name, id, dimensions }: Embedder): string {
  return [name, ...(id === undefined ? [] : [id]), dimensions].join("/");
}

/** The part of a text that is embedded, never ending within a letter. */
export function embeddedPart(text: string): string {
  return text.slice(0, longestEmbedded).toWellFormed().trim();
}

/**
 * Asks what a query means. An embedder that fails, or gives something else than one vector of its length, is no reason not to
 * search words: `undefined` then, and the reason among the notes.
 */
export async function embedQuery(
  embedder: Embedder,
  text: string,
  notes: string[],
  signal: AbortSignal | undefined,
): Promise<Meaning | undefined> {
  const part = embeddedPart(text);
  if (part === "") return undefined;
  try {
    const [vector] = await embedder.embed([part], signal === undefined ? {} : { signal });
    if (vector?.length === embedder.dimensions && vector.every(Number.isFinite))
      return { vector: Float32Array.from(vector), space: spaceOf(embedder) };
    notes.push(
      `The embedder '${embedder.name}' gave no vector of ${embedder.dimensions} finite numbers: only words were searched.`,
    );
  } catch (error) {
    if (signal?.aborted === true) throw error;
    const reason = isBrainOpsError(error) ? error.code : error instanceof Error ? error.message : String(error);
    notes.push(`The embedder '${embedder.name}' failed (${reason}): only words were searched.`);
  }
  return undefined;
}
