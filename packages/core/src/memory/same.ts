import { createHash } from "node:crypto";
import type { JsonObject } from "../contracts/json.ts";
import type { MemoryRecord } from "../contracts/record.ts";
import { canonical } from "../journal/canonical.ts";
import { differBySlips, normalised, signature, slipKey } from "./signature.ts";

/** How alike two records are that are kept as one: in every letter that can matter, or in what they say. */
export type Likeness = "exact" | "near";

/** What was put together in a record: how often it was remembered, and when first and last. */
export interface Merged {
  readonly count: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
}

/** How often a record was remembered, and when. One that nothing was merged into was remembered once. An error says it itself. */
export function mergedOf({ kind, data, createdAt }: MemoryRecord): Merged {
  const found = (kind === "error" ? data : data["merged"]) as Partial<Merged> | undefined;
  return {
    count: typeof found?.count === "number" ? found.count : 1,
    firstSeen: typeof found?.firstSeen === "number" ? found.firstSeen : createdAt,
    lastSeen: typeof found?.lastSeen === "number" ? found.lastSeen : createdAt,
  };
}

/** What a record's `data` becomes when others were put together in it. */
export function withMerged({ kind, data }: MemoryRecord, merged: Merged): JsonObject {
  return kind === "error" ? { ...data, ...merged } : { ...data, merged: { ...merged } };
}

/**
 * Whether two records of one scope say the same: `exact` when nothing but white space differs, `near` when nothing differs
 * that can change what is said. Everything else about them (kind, data, tags, persons, thread, validity …) must be equal.
 * Errors of one fingerprint are the same fault, whatever numbers their texts hold. A turn of a conversation is never the same as another. Putting together what is not the same is the worse mistake, so
 * texts that differ in one word with content, one number, name or negation are two.
 */
export function likeness(one: MemoryRecord, other: MemoryRecord): Likeness | undefined {
  if (!isMergeable(one) || !isMergeable(other) || frameOf(one) !== frameOf(other)) return undefined;
  if (normalised(one.text) === normalised(other.text)) return "exact";
  if (isFault(one)) return "near";
  const [a, b] = [signature(one.text), signature(other.text)];
  return a.some((each) => each !== "." && each !== "?") && differBySlips(a, b) ? "near" : undefined;
}

/** What has its place in a conversation stays there, however often it is said. */
export function isMergeable({ sequence, tags }: MemoryRecord): boolean {
  return sequence === undefined && !tags.includes("verdict");
}

/** Records that may be the same have the same key; it is short, so that a million of them can be held. */
export function likenessKey(record: MemoryRecord): string {
  return createHash("sha256")
    .update(`${frameOf(record)}\n${isFault(record) ? "" : slipKey(signature(record.text))}`)
    .digest("base64url")
    .slice(0, 16);
}

/** An error that says which fault it is. */
function isFault({ kind, fingerprint }: MemoryRecord): boolean {
  return kind === "error" && fingerprint !== undefined;
}

/** Everything about a record but its text, times, weights and origin. */
function frameOf(record: MemoryRecord): string {
  const { kind, scope, thread, actor, fingerprint, validFrom, validTo } = record;
  const { merged: _merged, ...more } = record.data;
  const { count: _count, firstSeen: _first, lastSeen: _last, ...rest } = more;
  const data = kind === "error" ? rest : more;
  const sorted = (list: readonly string[]): string[] => [...list].sort();
  return canonical({
    kind,
    scope,
    data,
    tags: sorted(record.tags),
    subjects: sorted(record.subjects),
    thread: thread ?? null,
    actor: actor ?? null,
    fingerprint: fingerprint ?? null,
    validFrom: validFrom ?? null,
    validTo: validTo ?? null,
  });
}
