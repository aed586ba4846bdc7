/**
 * For authors of stores: what a store lets in, how its contents are sealed at rest, and by which tokens they are found.
 *
 * @module
 */
export { checkCommit, checkFilter, checkRecord, checkScope, checkSpace, longestName, longestText } from "./check.ts";
export { checkedReads } from "./checked-reads.ts";
export { sealingOverhead } from "./cipher.ts";
export { beginnings, blobParts, filterMarks, marksOf } from "./marks.ts";
export { bodyOf, headOf, recordOf, recordPlace, type RecordHead } from "./record-body.ts";
export { createSealer, keyIds, openSealer, type Sealer, type SealHeader, type Succession } from "./sealer.ts";
export { withoutMembers } from "./without-members.ts";
export { type Secret, type Stretch } from "./secret.ts";
