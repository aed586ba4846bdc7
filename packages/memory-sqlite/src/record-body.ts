import type { MemoryRecord } from "@brainops/core";
import { bodyOf, headOf, recordOf, recordPlace } from "@brainops/core/sealing";
import { openText, loadKey, type Context, type ScopeState } from "./context.ts";
import { bytes, int, type Row, textOf } from "./handle.ts";
import { scopeByNumber } from "./scopes.ts";

/** Seals a record under the key of its scope. */
export function sealRecord(context: Context, record: MemoryRecord, scope: ScopeState): Uint8Array {
  loadKey(context, scope.key);
  return context.sealer.seal(scope.key, recordPlace(headOf(record, scope.n)), bodyOf(record));
}

/** Columns that {@link openRecord} needs. */
export const recordColumns = "n, id, scope, kind, created, version, length, uses, tries, successes, body";

/** Opens a row of `records`. */
export function openRecord(context: Context, row: Row): MemoryRecord {
  const head = {
    id: textOf(row["id"]),
    scope: int(row["scope"]),
    kind: int(row["kind"]),
    createdAt: int(row["created"]),
    version: int(row["version"]),
  };
  const body = openText(context, recordPlace(head), bytes(row["body"]));
  return recordOf(head, body, scopeByNumber(context, head.scope)?.path ?? "");
}
