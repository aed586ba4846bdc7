import type { MemoryRecord } from "../contracts/record.ts";
import type { RecordFilter } from "../contracts/store.ts";

/**
 * Whether a scope is another, or lies below it: `acme/shop` is within `acme`, `acmecorp` is not.
 *
 * @example
 * ```ts
 * import { isWithin } from "@brainops/core/recall";
 * console.log(isWithin("acme/shop", "acme"), isWithin("acmecorp", "acme")); // true false
 * ```
 */
export function isWithin(scope: string, outer: string): boolean {
  return scope === outer || scope.startsWith(`${outer}/`);
}

/**
 * Whether a record fits a filter: what the filter of every store means.
 *
 * @example
 * ```ts
 * import type { MemoryRecord } from "@brainops/core";
 * import { fitsFilter } from "@brainops/core/recall";
 * declare const records: readonly MemoryRecord[];
 * const errors = records.filter((record) => fitsFilter(record, { scope: "acme", kinds: ["error"] }));
 * ```
 */
export function fitsFilter(record: MemoryRecord, filter: RecordFilter): boolean {
  return (
    isWithin(record.scope, filter.scope) &&
    (filter.kinds === undefined || filter.kinds.includes(record.kind)) &&
    (filter.tags ?? []).every((tag) => record.tags.includes(tag)) &&
    (filter.fingerprint === undefined || record.fingerprint === filter.fingerprint) &&
    (filter.thread === undefined || record.thread === filter.thread) &&
    (filter.fromSequence === undefined || (record.sequence ?? -Infinity) >= filter.fromSequence) &&
    (filter.toSequence === undefined || (record.sequence ?? Infinity) <= filter.toSequence) &&
    (filter.since === undefined || record.createdAt >= filter.since) &&
    (filter.until === undefined || record.createdAt < filter.until)
  );
}
