import { isBrainOpsError } from "@brainops/core";
import { makeTokenizer, type Tokenizer } from "@brainops/core/recall";
import { keyIds, type Sealer, type SealHeader } from "@brainops/core/sealing";
import type { Database } from "./database.ts";
import { bytes, int, text, type Row } from "./handle.ts";
import type { RecentCache } from "./recent-terms.ts";
import { makePackedCache, type PackedCache } from "./packed-cache.ts";

/** A scope as this process knows it. */
export interface ScopeState {
  readonly n: number;
  readonly key: number;
  readonly path: string;
  /** About how many records it has, as far as this process has seen. */
  records?: number;
}

/** Below which position all that was ever committed is seen by whoever reads now. */
export interface Final {
  /** In which life of the server: in another, positions may be given again. */
  readonly life: number;
  readonly below: number;
}

/** What the parts of the store share. Nothing in it need be right: the server says when it is not. */
export interface Context {
  readonly db: Database;
  /** The store's schema, quoted. */
  readonly s: string;
  readonly sealer: Sealer;
  /** The id of the key that seals what belongs to no scope. */
  storeKey: number;
  readonly scopes: Map<string, ScopeState>;
  readonly scopesByNumber: Map<number, ScopeState>;
  /** Streams whose names the server has. */
  readonly streams: Set<string>;
  /** Cuts texts into keyed words. */
  readonly tokensOf: Tokenizer;
  readonly recent: RecentCache;
  readonly packed: PackedCache;
  /** What is known to be final. */
  final: Final;
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
    storeKey: keyIds.store,
    scopes: new Map(),
    scopesByNumber: new Map(),
    streams: new Set(),
    tokensOf: makeTokenizer((term) => sealer.token("term", term)),
    recent: new Map(),
    packed: makePackedCache(),
    final: { life: 0, below: 0 },
    unpacked: new Set(),
    retryHorizon,
    vectorSchema,
  };
}

/** Makes sure that the sealer has the data keys which sealed these bytes, as far as they are still there. */
export async function loadKeys(context: Context, sealed: readonly Uint8Array[]): Promise<void> {
  const { db, s, sealer } = context;
  const missing = new Set(sealed.map((body) => sealer.keyOf("key|", body)).filter((id) => !sealer.hasKey(id)));
  if (missing.size === 0) return;
  const read = (): Promise<readonly Row[]> =>
    db.query(`select id, wrapped from ${s}.keys where id = any ($1::bigint[])`, [[...missing]]);
  let rows = await read();
  if (rows.some((row) => isNewer(context, bytes(row["wrapped"])))) {
    await refreshKeys(context);
    rows = await read();
  }
  for (const row of rows) sealer.addKey(int(row["id"]), bytes(row["wrapped"]));
}

/** Whether a key was wrapped by a master key that this process does not have yet. */
function isNewer({ sealer }: Context, wrapped: Uint8Array): boolean {
  return sealer.keyOf("key|", wrapped) > sealer.header.master;
}

/** Goes over to the master key, and the key of what belongs to no scope, that the store has now. */
export async function refreshKeys(context: Context): Promise<void> {
  const { db, s, sealer } = context;
  const [row] = await db.query(
    `select store_key, (select value from ${s}.meta where key = 'seal') as seal,
       (select value from ${s}.meta where key = 'handover') as handover from ${s}.clock`,
  );
  const header = JSON.parse(text(row?.["seal"])) as SealHeader;
  if (header.master !== sealer.header.master) sealer.takeOver(header, Buffer.from(text(row?.["handover"]), "base64"));
  context.storeKey = int(row?.["store_key"]);
  if (sealer.hasKey(context.storeKey)) return;
  const [key] = await db.query(`select wrapped from ${s}.keys where id = $1`, [context.storeKey]);
  sealer.addKey(context.storeKey, bytes(key?.["wrapped"]));
}

/** Does work that seals under the keys that this process knows; once more when the store has others by now. */
export async function withKeys<T>(context: Context, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isBrainOpsError(error) || error.details["state"] !== "BR010" || tries > 3) throw error;
      await refreshKeys(context);
    }
  }
}

/** Remembers that the server has the name of a stream. */
export function rememberStream({ streams }: Context, stream: string): void {
  if (streams.size >= 50_000) streams.clear();
  streams.add(stream);
}

/** A keyed digest of a name, in hex. */
export function nameOf({ sealer }: Context, kind: string, name: string): string {
  return sealer.nameText(kind, name);
}

/** Seals what belongs to no scope. */
export function sealText({ sealer, storeKey }: Context, place: string, plain: string): Uint8Array {
  return sealer.seal(storeKey, place, plain);
}

/** Opens sealed text whose key is loaded. */
export function openText({ sealer }: Context, place: string, sealed: Uint8Array): string {
  return sealer.open(place, sealed).toString("utf8");
}

/** Order of ids, names and keys: by UTF-16 code unit. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
