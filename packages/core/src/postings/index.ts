/**
 * The index of words as stores keep it that pack it themselves: for each term the records that hold it, packed into blocks, and
 * how the best of many matches are found in them. Terms are keyed tokens of 48 bits; records are whole numbers.
 *
 * @example
 * ```ts
 * import { eachPosting, packChunks, packTerms } from "@brainops/core/postings";
 * const kept = packTerms({ tokens: [7, 9], counts: [1, 3] }); // what one record holds
 * for (const chunk of packChunks(7, { records: [3, 8, 21], frequencies: [1, 1, 2] }))
 *   eachPosting(chunk, (record, frequency) => console.log(record, frequency)); // who holds one term
 * ```
 *
 * @module
 */
export { apart } from "./apart.ts";
export { findAmong, findBest, type Best, type BestOptions } from "./best.ts";
export { readBlock, writeBlocks, type Block, type BlockSizes } from "./block.ts";
export { eachPosting, mostCounted, packChunks, withoutRecords, type Chunk, type Postings } from "./chunk.ts";
export { makeChainCache, type ChainCache } from "./chain-cache.ts";
export { chainsOf, frequencyOf, type Chain, type TermPostings } from "./chain.ts";
export { addRecentTerms, findRecentTerms, noRecentTerms, type RecentTerms } from "./recent-terms.ts";
export { holds, type Held } from "./scores.ts";
export { bytesPerTerm, eachTerm, packTerms, type CountedTokens } from "./terms.ts";
export type { Ties } from "./top.ts";
