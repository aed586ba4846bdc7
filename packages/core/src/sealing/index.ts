/**
 * For authors of stores: what a store lets in, how its contents are sealed at rest, and by which tokens they are found.
 *
 * @example
 * ```ts
 * import type { Commit } from "@brainops/core";
 * import { checkCommit, createSealer, keyIds, openSealer } from "@brainops/core/sealing";
 * const sealer = await createSealer("a passphrase of your own"); // of a new store
 * const [header, wrapped] = [sealer.header, sealer.newKey(keyIds.store)]; // the store keeps both, in the clear
 *
 * const again = await openSealer(header, "a passphrase of your own");
 * again.addKey(keyIds.store, wrapped);
 * export function take(commit: Commit): Buffer {
 *   checkCommit(commit); // refuses what every store has to refuse
 *   return again.seal(keyIds.store, `commit|${commit.id}`, JSON.stringify(commit.writes));
 * }
 * ```
 *
 * @module
 */
export { checkCommit, checkFilter, checkRecord, checkScope, checkSpace, longestName, longestText } from "./check.ts";
export { checkedReads } from "./checked-reads.ts";
export { sealingOverhead } from "./cipher.ts";
export { beginnings, blobParts, filterMarks, marksOf } from "./marks.ts";
export { packEntry, unpackEntry } from "../journal/packed.ts";
export { bodyOf, headOf, recordOf, recordPlace, type RecordHead } from "./record-body.ts";
export { createSealer, keyIds, openSealer, type Sealer, type SealHeader, type Succession } from "./sealer.ts";
export { withoutMembers } from "./without-members.ts";
export { type Secret, type Stretch } from "./secret.ts";
