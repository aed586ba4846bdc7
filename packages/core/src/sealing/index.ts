/**
 * For authors of stores: what a store lets in, and how its contents are sealed at rest.
 *
 * @module
 */
export { checkCommit, checkFilter, checkRecord, checkScope, checkSpace, longestName, longestText } from "./check.ts";
export { checkedReads } from "./checked-reads.ts";
export { sealingOverhead } from "./cipher.ts";
export { createSealer, keyIds, openSealer, type Sealer, type SealHeader, type Succession } from "./sealer.ts";
export { withoutMembers } from "./without-members.ts";
export { type Secret, type Stretch } from "./secret.ts";
