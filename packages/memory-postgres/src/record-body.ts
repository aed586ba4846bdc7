import {
  recordKinds,
  type JsonObject,
  type MemoryRecord,
  type Provenance,
  type StoredRecord,
  type Trust,
} from "@brainops/core";
import { loadKeys, type Context, type ScopeState } from "./context.ts";
import { bytes, int, type Row, text } from "./handle.ts";
import { recordPlace } from "./places.ts";
import { loadScopes } from "./scopes.ts";

/** The sealed part of a record, under short names, without what is empty or as by default. */
interface Body {
  readonly x: string;
  readonly d?: JsonObject;
  readonly g?: readonly string[];
  readonly h?: string;
  readonly q?: number;
  readonly a?: string;
  readonly i: number;
  readonly c?: number;
  readonly t: Trust;
  readonly f?: number;
  readonly u?: number;
  readonly s?: readonly string[];
  readonly p?: Provenance;
  readonly e?: string;
}

/** Seals a record under the key of its scope. */
export function sealRecord({ sealer }: Context, record: MemoryRecord, scope: ScopeState): Uint8Array {
  const { id, createdAt, version } = record;
  const body: { [key in keyof Body]: Body[key] | undefined } = {
    x: record.text,
    d: Object.keys(record.data).length > 0 ? record.data : undefined,
    g: record.tags.length > 0 ? record.tags : undefined,
    h: record.thread,
    q: record.sequence,
    a: record.actor,
    i: record.importance,
    c: record.confidence === 1 ? undefined : record.confidence,
    t: record.trust,
    f: record.validFrom,
    u: record.validTo,
    s: record.subjects.length > 0 ? record.subjects : undefined,
    p: Object.keys(record.provenance).length > 0 ? record.provenance : undefined,
    e: record.fingerprint,
  };
  const at = recordPlace(id, scope.n, recordKinds.indexOf(record.kind), createdAt, version);
  return sealer.seal(scope.key, at, JSON.stringify(body));
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

function openRecord(context: Context, row: Row, { n: scope, path }: ScopeState): RecordRow {
  const id = text(row["id"]);
  const [kind, createdAt, version] = [int(row["kind"]), int(row["created"]), int(row["version"])];
  const sealed = context.sealer.open(recordPlace(id, scope, kind, createdAt, version), bytes(row["body"]));
  const body = JSON.parse(sealed.toString("utf8")) as Body;
  const record: MemoryRecord = {
    id,
    kind: recordKinds[kind] ?? "experience",
    scope: path,
    text: body.x,
    data: body.d ?? {},
    tags: body.g ?? [],
    ...(body.h === undefined ? {} : { thread: body.h }),
    ...(body.q === undefined ? {} : { sequence: body.q }),
    ...(body.a === undefined ? {} : { actor: body.a }),
    importance: body.i,
    confidence: body.c ?? 1,
    trust: body.t,
    ...(body.f === undefined ? {} : { validFrom: body.f }),
    ...(body.u === undefined ? {} : { validTo: body.u }),
    subjects: body.s ?? [],
    provenance: body.p ?? {},
    ...(body.e === undefined ? {} : { fingerprint: body.e }),
    createdAt,
    version,
  };
  const counters = { uses: int(row["uses"]), tries: int(row["tries"]), successes: int(row["successes"]) };
  return { record, counters, n: int(row["n"]), length: int(row["length"]) };
}
