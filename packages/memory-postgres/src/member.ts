import type { BrainOpsError, Commit, Committed, JsonObject, MemoryRecord } from "@brainops/core";
import type { Row } from "./handle.ts";
import { nameLock, supersedingLock } from "./sql/locks.ts";

/** A commit on its way. */
export interface Member {
  readonly commit: Commit;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: unknown) => void;
  /** How often the server has said that what was known about the store was out of date. */
  stale: number;
}

/** A record that may be changed or erased, as it was when it was looked at. */
export interface Known {
  /** Absent when the same commit has put it. */
  readonly n?: number;
  readonly record: MemoryRecord;
}

/** What had to be looked up before commits could be sealed and sent. */
export interface Looked {
  readonly records: ReadonlyMap<string, Known>;
  /** Numbers of the records under a mark, by mark. */
  readonly marked: ReadonlyMap<number, readonly number[]>;
  /** Frames of streams, by stream's name. */
  readonly frames: ReadonlyMap<string, readonly Row[]>;
}

/** How the server answers a member of a group: a position, or what stood in the way of which write. */
export interface Outcome {
  readonly p?: number;
  readonly e?: string;
  readonly w?: number;
  readonly m?: string;
}

/** Says what went wrong with a write of a commit. */
export type Explain = (found: string) => BrainOpsError;

/** What a group stands in others' way with, so that the server can lock it before all else, in one order for everybody. */
export interface Locks {
  /** A name that is written under: of a document, a record, a shared stream and so on. */
  name(digest: string): void;
  scope(n: number): void;
  /** All scopes that a token leads to are going to be erased. */
  within(token: number): void;
  superseding(): void;
  json(): JsonObject;
}

/** Makes an empty collection of locks. */
export function gatherLocks(): Locks {
  const [names, scopes, erased] = [new Set<number>(), new Set<number>(), new Set<number>()];
  const ascending = (numbers: ReadonlySet<number>): number[] => [...numbers].sort((a, b) => a - b);
  return {
    name: (digest) => void names.add(nameLock(digest)),
    scope: (n) => void scopes.add(n),
    within: (token) => void erased.add(token),
    superseding: () => void names.add(supersedingLock),
    json: () => ({
      ...(scopes.size > 0 ? { s: [...scopes] } : {}),
      ...(erased.size > 0 ? { x: [...erased] } : {}),
      ...(names.size > 0 ? { n: ascending(names) } : {}),
    }),
  };
}

/** Gathers sealed bytes to be sent as one value, and says where each lies; the first byte is 1. */
export interface Bodies {
  add(bytes: Uint8Array): { readonly b: number; readonly z: number };
  all(): Buffer;
}

/** Makes an empty gathering. */
export function gatherBodies(): Bodies {
  const parts: Uint8Array[] = [];
  let size = 0;
  return {
    add(bytes) {
      const b = size + 1;
      parts.push(bytes);
      size += bytes.length;
      return { b, z: bytes.length };
    },
    all: () => Buffer.concat(parts, size),
  };
}
