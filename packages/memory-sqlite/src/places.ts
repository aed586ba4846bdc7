/**
 * Where sealed bytes belong: authenticated with them, so that bytes moved to another row do not open. A place begins with the
 * kind of thing and a bar.
 *
 * @module
 */

/** The entries of one append. */
export function framePlace(stream: number, position: number, count: number): string {
  return `stream|${stream}|${position}|${count}`;
}

/** The name of a stream, by its digest. */
export function streamPlace(name: Uint8Array): string {
  return `stream-name|${hex(name)}`;
}

/** The path of a scope, by its digest. */
export function scopePlace(name: Uint8Array): string {
  return `scope|${hex(name)}`;
}

/** The key and value of a document, by the digest of the key. */
export function documentPlace(name: Uint8Array, version: number): string {
  return `document|${hex(name)}|${version}`;
}

/** The key of a wake, and what is kept with it. */
export function wakePlace(name: Uint8Array): string {
  return `wake|${hex(name)}`;
}

/** The reason of a link. */
export function linkPlace(source: number, target: number, type: number): string {
  return `link|${source}|${target}|${type}`;
}

/** A part of a blob. */
export function chunkPlace(blob: number, part: number, parts: number): string {
  return `blob|${blob}|${part}|${parts}`;
}

function hex(name: Uint8Array): string {
  return Buffer.from(name).toString("hex");
}
