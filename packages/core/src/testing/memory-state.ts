import type { Link } from "../contracts/record.ts";
import type { WakeQueue } from "../contracts/write.ts";

/** What one stream of the in-memory store holds: entries as JSON text, from a position on. */
export interface MemoryStream {
  /** Position of the first entry that is still there. */
  base: number;
  entries: string[];
}

/** One record of the in-memory store. */
export interface MemoryEntry {
  /** The record as JSON text, so that nobody can change it from outside. */
  json: string;
  scope: string;
  thread: string | undefined;
  sequence: number | undefined;
  subjects: readonly string[];
  createdAt: number;
  version: number;
  frequencies: ReadonlyMap<string, number>;
  length: number;
  counters: { uses: number; tries: number; successes: number };
  /** The position of the commit that put it. */
  changed: number;
}

/** A document as it is kept. */
export interface KeptDocument {
  readonly json: string;
  readonly version: number;
  readonly record: string | undefined;
}

/** A wake as it is kept. */
export interface KeptWake {
  readonly key: string;
  readonly at: number;
  readonly queue: WakeQueue | undefined;
  readonly json: string;
}

/** Everything the in-memory store knows. */
export interface MemoryState {
  position: number;
  readonly commits: Map<string, number>;
  readonly records: Map<string, MemoryEntry>;
  /** What is gone from a scope, by {@link goneKey}. */
  readonly gone: Map<string, { readonly id: string; readonly scope: string; readonly position: number }>;
  readonly postings: Map<string, Set<string>>;
  /** What embedders made of a record's text, by id, then by space. */
  readonly vectors: Map<string, ReadonlyMap<string, Float32Array>>;
  readonly links: Map<string, Link>;
  readonly streams: Map<string, MemoryStream>;
  readonly documents: Map<string, KeptDocument>;
  readonly blobs: Map<string, { readonly scope: string; readonly bytes: Uint8Array; references: number }>;
  /** As JSON text. */
  readonly wakes: Map<string, KeptWake>;
}

/** A state with nothing in it. */
export function emptyState(): MemoryState {
  return {
    position: 0,
    commits: new Map(),
    records: new Map(),
    gone: new Map(),
    postings: new Map(),
    vectors: new Map(),
    links: new Map(),
    streams: new Map(),
    documents: new Map(),
    blobs: new Map(),
    wakes: new Map(),
  };
}

/** The key of a record that is gone from a scope. */
export function goneKey(scope: string, id: string): string {
  return `${scope}\n${id}`;
}

/** The key of a blob: its scope and id cannot run into each other, since neither holds a control character. */
export function blobKey(scope: string, id: string): string {
  return `${scope}\n${id}`;
}

/** Order of ids and keys in every store: by code unit, never by locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
