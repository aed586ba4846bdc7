/**
 * Moves a whole store into another, of any kind.
 *
 * @module
 */
export { copyStore, type CopyOptions, type CopySummary } from "./copy-store.ts";
export { storeParts, type StorePart } from "./store-parts.ts";
