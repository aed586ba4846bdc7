import { createHash } from "node:crypto";

/** The number of the advisory lock that whoever changes the keys of a store holds alone, and every commit shares. */
export function keysLock(schema: string): string {
  return createHash("sha256").update(`brainops keys ${schema}`).digest().readBigInt64BE(0).toString();
}
