/**
 * Words to terms, and candidates to ranked hits: everything about recall that is the same for every store.
 *
 * @module
 */
export { analyse, analysePiece, analyserVersion, countTerms, piecesOf } from "./analyse.ts";
export { makeTokenizer, type Tokenizer, type Tokens } from "./tokenizer.ts";
export { fitsFilter, isWithin } from "./fits-filter.ts";
export { cosineSimilarity } from "./cosine.ts";
export { inverseFrequency } from "./inverse-frequency.ts";
export { recall, recallFrom, type RecallOptions } from "./recall.ts";
export { spaceOf } from "./embed-query.ts";
export { confidenceNow, importanceNow, lowerBound } from "./standing.ts";
