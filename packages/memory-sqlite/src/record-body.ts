import { recordKinds, type JsonObject, type MemoryRecord, type Provenance, type Trust } from "@brainops/core";
import { openText, loadKey, type Context, type ScopeState } from "./context.ts";
import { bytes, int, type Row, textOf } from "./handle.ts";
import { recordPlace } from "./places.ts";
import { scopeByNumber } from "./scopes.ts";

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
export function sealRecord(context: Context, record: MemoryRecord, scope: ScopeState): Uint8Array {
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
  loadKey(context, scope.key);
  const at = recordPlace(id, scope.n, recordKinds.indexOf(record.kind), createdAt, version);
  return context.sealer.seal(scope.key, at, JSON.stringify(body));
}

/** Columns that {@link openRecord} needs. */
export const recordColumns = "n, id, scope, kind, created, version, length, uses, tries, successes, body";

/** Opens a row of `records`. */
export function openRecord(context: Context, row: Row): MemoryRecord {
  const id = textOf(row["id"]);
  const [scope, kind, createdAt, version] = [row["scope"], row["kind"], row["created"], row["version"]].map(int) as [
    number,
    number,
    number,
    number,
  ];
  const text = openText(context, recordPlace(id, scope, kind, createdAt, version), bytes(row["body"]));
  const body = JSON.parse(text) as Body;
  return {
    id,
    kind: recordKinds[kind] ?? "experience",
    scope: scopeByNumber(context, scope)?.path ?? "",
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
}
