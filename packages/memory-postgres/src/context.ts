import { keyIds, type Sealer } from "@brainops/core/sealing";
import type { Database } from "./database.ts";
import { bytes, int } from "./handle.ts";
import type { RecentCache } from "./recent-terms.ts";

/** A scope as this process knows it. */
export interface ScopeState {
  readonly n: number;
  readonly key: number;
  readonly path: string;
  /** About how many records it has, as far as this process has seen. */
  records?: number;
}

/** What the parts of the store share. Nothing in it need be right: the server says when it is not. */
export interface Context {
  readonly db: Database;
  /** The store's schema, quoted. */
  readonly s: string;
  readonly sealer: Sealer;
  readonly scopes: Map<string, ScopeState>;
  readonly scopesByNumber: Map<number, ScopeState>;
  /** Streams whose names the server has. */
  readonly streams: Set<string>;
  readonly recent: RecentCache;
  /** Scopes that a query has seen with many records that are not packed. */
  readonly unpacked: Set<number>;
  /** For so many commits the ids of those without an owned append are kept. */
  readonly retryHorizon: number;
  /** The schema of pgvector, quoted; `undefined` when it is not installed. */
  readonly vectorSchema: string | undefined;
}

/** Makes a context with empty caches. */
export function makeContext(db: Database, sealer: Sealer, retryHorizon: number, vectorSchema?: string): Context {
  return {
    db,
    s: db.schema,
    sealer,
    scopes: new Map(),
    scopesByNumber: new Map(),
    streams: new Set(),
    recent: new Map(),
    unpacked: new Set(),
    retryHorizon,
    vectorSchema,
  };
}

/** Makes sure that the sealer has the data keys which sealed these bytes, as far as they are still there. */
export async function loadKeys({ db, s, sealer }: Context, sealed: readonly Uint8Array[]): Promise<void> {
  const missing = new Set(sealed.map((body) => sealer.keyOf("key|", body)).filter((id) => !sealer.hasKey(id)));
  if (missing.size === 0) return;
  const rows = await db.query(`select id, wrapped from ${s}.keys where id = any ($1::bigint[])`, [[...missing]]);
  for (const row of rows) sealer.addKey(int(row["id"]), bytes(row["wrapped"]));
}

/** A keyed digest of a name, in hex. */
export function nameOf({ sealer }: Context, kind: string, name: string): string {
  return sealer.name(kind, name).toString("hex");
}

/** Seals what belongs to no scope. */
export function sealText({ sealer }: Context, place: string, text: string): Uint8Array {
  return sealer.seal(keyIds.store, place, text);
}

/** Opens sealed text whose key is loaded. */
export function openText({ sealer }: Context, place: string, sealed: Uint8Array): string {
  return sealer.open(place, sealed).toString("utf8");
}

/** Order of ids, names and keys: by UTF-16 code unit. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
