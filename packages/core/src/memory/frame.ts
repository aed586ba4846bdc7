import type { JsonObject } from "../contracts/json.ts";
import type { MemoryRecord } from "../contracts/record.ts";
import { canonical } from "../journal/canonical.ts";

/** What was put together in a record: how often it was remembered, and when first and last. */
export interface Merged {
  /** How often it was remembered; 1 when nothing was put together in it. */
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly firstSeen: number;
  /** Milliseconds since 1970; not before `firstSeen`. */
  readonly lastSeen: number;
}

/**
 * How often a record was remembered, and when. One that nothing was merged into was remembered once. An error says it itself.
 *
 * @example
 * ```ts
 * import type { Brain } from "@brainops/core";
 * import { mergedOf } from "@brainops/core/memory";
 * declare const brain: Brain;
 * for (const { record } of await brain.recall("timeout")) console.log(mergedOf(record).count);
 * ```
 */
export function mergedOf({ kind, data, createdAt }: MemoryRecord): Merged {
  const found = (kind === "error" ? data : data["merged"]) as Partial<Merged> | undefined;
  return {
    count: typeof found?.count === "number" ? found.count : 1,
    firstSeen: typeof found?.firstSeen === "number" ? found.firstSeen : createdAt,
    lastSeen: typeof found?.lastSeen === "number" ? found.lastSeen : createdAt,
  };
}

/** What a record's `data` becomes when others were put together in it. */
function withMerged({ kind, data }: MemoryRecord, merged: Merged): JsonObject {
  return kind === "error" ? { ...data, ...merged } : { ...data, merged: { ...merged } };
}

/** The next version of the first of some records that say the same, when all of them are put together in it. */
export function putTogether(all: readonly [MemoryRecord, ...MemoryRecord[]]): MemoryRecord {
  const [record] = all;
  const seen = all.map(mergedOf);
  const data = withMerged(record, {
    count: seen.reduce((sum, { count }) => sum + count, 0),
    firstSeen: Math.min(...seen.map(({ firstSeen }) => firstSeen)),
    lastSeen: Math.max(...seen.map(({ lastSeen }) => lastSeen)),
  });
  const importance = Math.max(...all.map((each) => each.importance));
  return { ...record, data, importance, version: record.version + 1 };
}

/** What has its place in a conversation stays there, however often it is said. */
export function isMergeable({ sequence, tags }: MemoryRecord): boolean {
  return sequence === undefined && !tags.includes("verdict");
}

/** An error that says which fault it is. */
export function isFault({ kind, fingerprint }: MemoryRecord): boolean {
  return kind === "error" && fingerprint !== undefined;
}

/** Everything about a record but its text, times, weights and origin. */
export function frameOf(record: MemoryRecord): string {
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
