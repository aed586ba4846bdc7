import type { Chunk } from "./posting-chunk.ts";

/** A block that holds one term alone, as far as its row says. */
export interface LoneBlock {
  readonly segment: number;
  /** How often something has been taken out of its segment. */
  readonly version: number;
  readonly term: number;
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** Blocks of common terms, remembered from query to query, the one used longest ago first. */
export interface BlockCache {
  readonly held: Map<string, readonly Chunk[]>;
  bytes: number;
}
