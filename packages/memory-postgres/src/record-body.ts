import type { MemoryRecord, StoredRecord } from "@brainops/core";
import { bodyOf, headOf, recordOf, recordPlace } from "@brainops/core/sealing";
import { loadKeys, type Context, type ScopeState } from "./context.ts";
import { bytes, int, type Row, text } from "./handle.ts";
import { loadScopes } from "./scopes.ts";

/** Seals a record under the key of its scope. */
export function sealRecord({ sealer }: Context, record: MemoryRecord, scope: ScopeState): Uint8Array {
  return sealer.seal(scope.key, recordPlace(headOf(record, scope.n)), bodyOf(record));
}

/** A record as it is stored: with its number, which another version of it does not share. */
export interface RecordRow extends StoredRecord {
  readonly n: number;
  readonly length: number;
}

/** Reads the columns that {@link openRecords} needs, of rows named `r`; what follows may narrow and order them. */
export const selectRecords = (s: string, more = "null"): string =>
  `select ${more}, r.n, r.id, r.scope, r.kind, r.created, r.version, r.length, r.body,
     coalesce(c.uses, 0) as uses, coalesce(c.tries, 0) as tries, coalesce(c.successes, 0) as successes
   from ${s}.records r left join ${s}.counters c on c.id = r.id`;

/** Opens rows of records. Those whose scope has been erased since they were read are left out. */
export async function openRecords(context: Context, rows: readonly Row[]): Promise<RecordRow[]> {
  if (rows.length === 0) return [];
  const { sealer } = context;
  const scopes = await loadScopes(
    context,
    rows.map((row) => int(row["scope"])),
  );
  const bodies = rows.map((row) => bytes(row["body"]));
  await loadKeys(context, bodies);
  return rows.flatMap((row, i) => {
    const scope = scopes.get(int(row["scope"]));
    const key = sealer.keyOf("record|", bodies[i] ?? new Uint8Array(0));
    return scope === undefined || !sealer.hasKey(key) ? [] : [openRecord(context, row, scope)];
  });
}

function openRecord({ sealer }: Context, row: Row, { n: scope, path }: ScopeState): RecordRow {
  const head = {
    id: text(row["id"]),
    scope,
    kind: int(row["kind"]),
    createdAt: int(row["created"]),
    version: int(row["version"]),
  };
  const body = sealer.open(recordPlace(head), bytes(row["body"])).toString("utf8");
  const counters = { uses: int(row["uses"]), tries: int(row["tries"]), successes: int(row["successes"]) };
  return { record: recordOf(head, body, path), counters, n: int(row["n"]), length: int(row["length"]) };
}
