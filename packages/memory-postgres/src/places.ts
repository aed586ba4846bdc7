/**
 * Where sealed bytes belong: authenticated with them, so that bytes moved to another row do not open. A place begins with the
 * kind of thing and a bar. Names are digests, in hex.
 *
 * @module
 */

/** The entries of one append: to a position, or, in a shared stream, as a part of a commit. */
export function framePlace(
  stream: string,
  position: number,
  part: number | undefined,
  count: number,
  commit: string,
): string {
  return `stream|${stream}|${part === undefined ? position : `part ${part}`}|${count}|${commit}`;
}

/** The name of a stream. */
export const streamPlace = (name: string): string => `stream-name|${name}`;

/** The path of a scope. */
export const scopePlace = (name: string): string => `scope|${name}`;

/** The key and value of a document. */
export const documentPlace = (name: string): string => `document|${name}`;

/** The key of a wake, and what is kept with it. */
export const wakePlace = (name: string): string => `wake|${name}`;

/** What a link says beside its ends and type. */
export const linkPlace = (from: string, to: string, type: number): string => `link|${from}|${to}|${type}`;

/** A part of a blob. */
export const chunkPlace = (blob: string, part: number, parts: number): string => `blob|${blob}|${part}|${parts}`;
