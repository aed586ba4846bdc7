/**
 * What is done with memory beside remembering and recalling: feedback, reasons, and upkeep.
 *
 * @module
 */
export { consolidate, type ConsolidateOptions } from "./consolidate.ts";
export { consolidation, type ConsolidationGraphOptions, type ConsolidationState } from "./consolidation.ts";
export { exportMemory, importMemory, type ImportSummary } from "./export-memory.ts";
export { feedback, type Feedback, type FeedbackGiven } from "./feedback.ts";
export { fillVectors, type FillOptions, type FillSummary } from "./fill-vectors.ts";
export { findings, sentence, type ConsolidationOptions, type Finding } from "./finding.ts";
export { forget } from "./forget.ts";
export { formatWhy, type WhyFormat } from "./format-why.ts";
export { measureJunk, type Junk, type JunkReport } from "./junk.ts";
export { mergeDuplicates, type DuplicateGroup, type MergeOptions, type MergeSummary } from "./merge.ts";
export { outcomeOf, tagsAndWords, type ObserveOptions } from "./observe.ts";
export type { Pattern, PatternOptions, Tally } from "./pattern.ts";
export { retain, retentionStream, type RetainOptions, type RetentionRule, type RetentionSummary } from "./retain.ts";
export { mergedOf, type Merged } from "./frame.ts";
export { likeness, type Likeness } from "./same.ts";
export type { Progress, ProgressOptions } from "./scan.ts";
export { share, shares, shareStream, unshare, type ShareInput } from "./share.ts";
export type { Share } from "../recall/share-documents.ts";
export { upkeep, type UpkeepOptions, type UpkeepState } from "./upkeep.ts";
export { why, type Reason, type Relation, type WhyOptions } from "./why.ts";
