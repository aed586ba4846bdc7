import { createHash } from "node:crypto";
import type { MemoryRecord } from "../contracts/record.ts";
import { frameOf, isFault, isMergeable } from "./frame.ts";
import { differBySlips, normalised, signature, slipKey } from "./signature.ts";

/** How alike two records are that are kept as one: in every letter that can matter, or in what they say. */
export type Likeness = "exact" | "near";

/**
 * Whether two records of one scope say the same: `exact` when nothing but white space differs, `near` when nothing differs
 * that can change what is said. Everything else about them (kind, data, tags, persons, thread, validity …) must be equal.
 * Errors of one fingerprint are the same fault, whatever numbers their texts hold. A turn of a conversation is never the same as another. Putting together what is not the same is the worse mistake, so
 * texts that differ in one word with content, one number, name or negation are two.
 *
 * @example
 * ```ts
 * import type { Brain } from "@brainops/core";
 * import { likeness } from "@brainops/core/memory";
 * declare const brain: Brain;
 * const [one, other] = await brain.recall("timeout");
 * if (one !== undefined && other !== undefined) console.log(likeness(one.record, other.record));
 * ```
 */
export function likeness(one: MemoryRecord, other: MemoryRecord): Likeness | undefined {
  if (!isMergeable(one) || !isMergeable(other) || frameOf(one) !== frameOf(other)) return undefined;
  if (normalised(one.text) === normalised(other.text)) return "exact";
  if (isFault(one)) return "near";
  const [a, b] = [signature(one.text), signature(other.text)];
  return a.some((each) => each !== "." && each !== "?") && differBySlips(a, b) ? "near" : undefined;
}

/** Records that may be the same have the same key; it is short, so that a million of them can be held. */
export function likenessKey(record: MemoryRecord): string {
  return createHash("sha256")
    .update(`${frameOf(record)}\n${isFault(record) ? "" : slipKey(signature(record.text))}`)
    .digest("base64url")
    .slice(0, 16);
}
