import { createHash } from "node:crypto";

/** So many numbers stand for all names that commits lock: few enough for a server's table of locks, whatever a group holds. */
const nameLocks = 2048;
/** The number that stands for a name, by its digest. */
export const nameLock = (digest: string): number => Number.parseInt(digest.slice(0, 8), 16) % nameLocks;
/** A number that no name has stands for superseding, which is done one at a time. */
export const supersedingLock = -1;
/** And another for bounds of ids: whoever may raise one holds it alone, and whoever enters records below them shares it. */
export const boundsLock = -2;

/** The number of the advisory lock that whoever changes the keys of a store holds alone, and every commit shares. */
export function keysLock(schema: string): string {
  return createHash("sha256").update(`brainops keys ${schema}`).digest().readBigInt64BE(0).toString();
}

/** The first half of the advisory locks for names; the second is one of {@link nameLocks} numbers. */
export function namesLock(schema: string): string {
  return createHash("sha256").update(`brainops names ${schema}`).digest().readInt32BE(0).toString();
}
