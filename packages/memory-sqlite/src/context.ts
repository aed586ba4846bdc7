import { makeChainCache, type ChainCache, type RecentTerms } from "@brainops/core/postings";
import type { MemoryRecord } from "@brainops/core";
import { makeTokenizer, type Tokenizer, type Tokens } from "@brainops/core/recall";
import { keyIds, type Sealer, type SealHeader } from "@brainops/core/sealing";
import type { Background } from "./background.ts";
import { bytes, int, type Database, textOf } from "./handle.ts";
import type { LogKeeper } from "./log-keeper.ts";
import { makeCodes, type Codes } from "./codes.ts";
import { dropEntered, type PendingWake } from "./wake-changes.ts";

/** A stream as this process knows it. */
export interface StreamState {
  readonly n: number;
  length: number;
}

/** A scope as this process knows it. */
export interface ScopeState {
  readonly n: number;
  readonly key: number;
  readonly path: string;
}

/** The recent records, as this process remembers them. */
export interface Recent {
  /** That of `words` when they were read. */
  readonly state: string;
  readonly terms: RecentTerms;
  /** The scope of each. */
  readonly scopes: number[];
}

/** By how much a scope has grown: how many of its records are recent, and by kind its records and their terms. */
export interface Growth {
  recent: number;
  readonly kinds: Map<number, { records: number; terms: number }>;
}

/**
 * What the parts of the store share. The caches are right as long as nobody else has committed: `refresh` looks whether
 * the journal's last row is the one that this process wrote, and forgets everything if it is not.
 */
export interface Context {
  readonly db: Database;
  readonly sealer: Sealer;
  /** Cuts texts into keyed words. */
  readonly tokensOf: Tokenizer;
  /** The words of long texts that are about to be put, cut before the transaction begins. */
  readonly prepared: WeakMap<MemoryRecord, Tokens>;
  /** While a long transaction lets the event loop turn: resolves when it has ended. Until then nothing may be read. */
  writing: Promise<void> | undefined;
  readonly log: LogKeeper;
  /** Does what takes long and is no part of a commit. */
  readonly background: Background;
  /** How commits are made durable. */
  readonly synchronous: "full" | "normal";
  /** Whether SQLite has room for the pages of records. */
  roomy: boolean;
  /** Whether anything is known to be gone; `undefined` when it has not been looked up. */
  anyGone: boolean | undefined;
  /** The key that seals what belongs to no scope. */
  storeKey: number;
  /** The position of the commit that is being applied. */
  position: number;
  /** The `seq` of the last commit that this process knows of. */
  last: number;
  /** Rows of the journal up to this one are in `journal_index`. May lag behind the truth, never run ahead. */
  indexed: number;
  streams: Map<string, StreamState>;
  /** Streams whose names are not in `streams` yet, with their numbers; of others only those up to `looked`. */
  unentered: Map<string, { readonly n: number; readonly digest: Buffer | undefined }>;
  /** The stream that was sought last: its digest is wanted again when it is new. */
  sought: { readonly name: string; readonly digest: Buffer } | undefined;
  /** Up to this row of the journal it was looked for new streams. */
  looked: number;
  /** What was said of wakes since the journal was indexed; by others only up to `wakesLooked`. */
  wakes: Map<string, PendingWake>;
  /** Up to this row of the journal it was looked for what others say of wakes. */
  wakesLooked: number;
  readonly scopes: Map<string, ScopeState>;
  readonly scopesByNumber: Map<number, ScopeState>;
  /** Records whose terms are not packed yet, when they have been read. */
  recent: Recent | undefined;
  /**
   * What common terms have in scopes. It stays the same as long as nothing is taken out of that or packed; merging only moves it
   * elsewhere.
   */
  readonly common: ChainCache;
  /** Whether there may be something to pack or to merge. */
  unpacked: boolean;
  /** Whether far more records are recent than should be: then commits wait. */
  crowded: boolean;
  /** What the records of scopes have grown by in this commit, to be added up at its end. */
  readonly growth: Map<number, Growth>;
  /** What `id_ranges` says, or less, of ranges that were written lately. */
  readonly idNoted: Map<number, string>;
  /** All that `id_ranges` says, when it has been read. */
  idLows: Map<number, string> | undefined;
  /** For each range of records the least of these, from it on; when it has been made and has not changed since. */
  leastIds: readonly string[] | undefined;
  /** What says whom to compare a vector with. */
  readonly codes: Codes;
  /** For so many commits the ids of those without an owned append are kept. */
  readonly retryHorizon: number;
}

/** Makes a context with empty caches. */
export function makeContext(
  db: Database,
  sealer: Sealer,
  { log, background }: Pick<Context, "log" | "background">,
  synchronous: "full" | "normal",
  retryHorizon: number,
): Context {
  const context: Context = {
    db,
    sealer,
    tokensOf: makeTokenizer((term) => sealer.token("term", term)),
    prepared: new WeakMap(),
    log,
    background,
    synchronous,
    writing: undefined,
    storeKey: keyIds.store,
    position: 0,
    roomy: false,
    anyGone: undefined,
    last: -1,
    indexed: 0,
    streams: new Map(),
    unentered: new Map(),
    sought: undefined,
    looked: 0,
    wakes: new Map(),
    wakesLooked: 0,
    scopes: new Map(),
    scopesByNumber: new Map(),
    recent: undefined,
    common: makeChainCache(),
    unpacked: false,
    crowded: false,
    growth: new Map(),
    idNoted: new Map<number, string>(),
    idLows: undefined,
    leastIds: undefined,
    codes: makeCodes(),
    retryHorizon,
  };
  refresh(context);
  return context;
}

/** Gives SQLite room for the pages that a store of a million records touches again and again. */
export function makeRoom(context: Context): void {
  if (context.roomy) return;
  context.db.exec("pragma cache_size = -32768");
  context.roomy = true;
}

/** Forgets what another process may have changed. */
export function refresh(context: Context): void {
  const last = int(context.db.get("select max(seq) as last from journal")?.["last"]);
  if (last !== context.last) reload(context, last);
}

/** Forgets everything that was remembered about the file. */
export function reload(context: Context, last: number): void {
  followRotation(context);
  context.sealer.dropScopeKeys();
  // A new map, and not this one emptied: see docs/decisions/0013.
  context.streams = new Map();
  context.scopes.clear();
  context.scopesByNumber.clear();
  context.idNoted.clear();
  context.idLows = undefined;
  context.leastIds = undefined;
  context.growth.clear();
  context.anyGone = undefined;
  // Rows that only others have added since do not change what was before them.
  if (last < context.last) {
    context.unentered = new Map();
    context.looked = 0;
    context.wakes = new Map();
    context.wakesLooked = 0;
  }
  context.last = last;
  context.indexed = indexedUpTo(context);
  dropEntered(context.wakes, context.indexed);
}

/** Up to which row the journal is indexed. */
export function indexedUpTo({ db }: Context): number {
  return int(db.get("select seq from journal_index where stream = 0")?.["seq"]);
}

/** When the keys are being changed by another process, goes over to the new ones. */
function followRotation(context: Context): void {
  const { db, sealer } = context;
  const meta = db.get(`select (select value from meta where key = 'seal') as seal,
    (select value from meta where key = 'handover') as handover,
    (select value from meta where key = 'storeKey') as storeKey`);
  const header = JSON.parse(textOf(meta?.["seal"])) as SealHeader;
  if (header.master !== sealer.header.master)
    sealer.takeOver(header, Buffer.from(textOf(meta?.["handover"] ?? ""), "base64"));
  context.storeKey = int(meta?.["storeKey"]);
}

/** Reads of several statements see one state of the file. */
export function snapshot<T>(context: Context, work: () => T): T {
  context.db.run("begin");
  try {
    refresh(context);
    return work();
  } finally {
    context.db.run("commit");
  }
}

/** Makes sure that the sealer has a data key. */
export function loadKey(context: Context, id: number): void {
  if (context.sealer.hasKey(id)) return;
  const row = context.db.get("select wrapped from keys where id = ?", id);
  if (row !== undefined) context.sealer.addKey(id, bytes(row["wrapped"]));
}

/** Opens sealed text, loading its key when needed. */
export function openText(context: Context, place: string, sealed: Uint8Array): string {
  loadKey(context, context.sealer.keyOf(place, sealed));
  return context.sealer.open(place, sealed).toString("utf8");
}

/** Seals what belongs to no scope. */
export function sealText(context: Context, place: string, text: string): Uint8Array {
  loadKey(context, context.storeKey);
  return context.sealer.seal(context.storeKey, place, text);
}

/** Order of ids, names and keys: by UTF-16 code unit. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
