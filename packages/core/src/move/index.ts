/**
 * Moves a whole store into another, of any kind.
 *
 * @module
 */
export { copyStore, type CopyOptions, type CopySummary } from "./copy-store.ts";
export type { EachPart } from "./store-parts.ts";
