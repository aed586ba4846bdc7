import type { JsonObject } from "../contracts/json.ts";
import { recordKinds, type MemoryRecord, type Provenance, type Trust } from "../contracts/record.ts";

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

/** What a store keeps of a record beside its sealed part, to find and to order it by. */
export interface RecordHead {
  /** The record's id. */
  readonly id: string;
  /** The number of the scope in the store. */
  readonly scope: number;
  /** The kind's place among all kinds. */
  readonly kind: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** The record's version. */
  readonly version: number;
}

/** The head of a record in a scope of this number. */
export function headOf({ id, kind, createdAt, version }: MemoryRecord, scope: number): RecordHead {
  return { id, scope, kind: recordKinds.indexOf(kind), createdAt, version };
}

/** Where the sealed part of a record belongs: all of its head is bound to it. */
export function recordPlace({ id, scope, kind, createdAt, version }: RecordHead): string {
  return `record|${scope}|${kind}|${createdAt}|${version}|${id}`;
}

/** The part of a record that is sealed, as text. */
export function bodyOf(record: MemoryRecord): string {
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
  return JSON.stringify(body);
}

/** Puts a record together again: from its head, what {@link bodyOf} gave, and the path of its scope. */
export function recordOf({ id, kind, createdAt, version }: RecordHead, text: string, scope: string): MemoryRecord {
  const body = JSON.parse(text) as Body;
  return {
    id,
    kind: recordKinds[kind] ?? "experience",
    scope,
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
