import type { Json, JsonObject } from "./json.ts";
import type { Counters, Link, MemoryRecord } from "./record.ts";

/**
 * One write of a commit.
 *
 * - `record`: put a record. Its version must be one more than the stored one (1 when new), else `conflict`.
 * - `link`: draw an arrow; drawing it twice is harmless. Both ends must exist, else `not_found`. One of type `supersedes` that
 *   would close a circle of its type (the shortest: a record and itself) is `invalid_input`.
 * - `count`: add to a counter of a record, at most 1,000,000,000 either way. Commutative; a record that is gone is passed over.
 * - `vector`: keep what an embedder made of a record's text, in a space: the embedder's name and the length of its vectors,
 *   such as `gpt/1536`. One a record and space; the last one counts. Passed over when the record is gone or its version is
 *   not `version`: then the vector is not of its text. A put with another text drops the record's vectors. A vector of
 *   another length is `invalid_input`.
 * - `append`: add entries to the end of a stream. With `expectedPosition` (owned streams: journals) it fails with
 *   `conflict` when the stream is not exactly that long; without it (shared streams) it never conflicts.
 * - `trim`: drop the entries of a stream before a position. Positions of the others stay.
 * - `document`: put (or, with `null`, delete) a small JSON value under a key. With `expectedVersion` it fails with
 *   `conflict` when the stored version differs; 0 means "must not exist". With `record` it goes with that record, which must
 *   exist, else `not_found`: it is deleted when the record is erased, in whatever way. The last put says with which, or with none.
 * - `blob`: keep bytes under a scope and the hash of their contents, which a store seals like any other name (keyed, so that
 *   nobody who has the file can tell equal contents); the same bytes in one scope are kept once, and
 *   `unblob` gives one reference back (the bytes go with the last one).
 * - `wake`: remember to look at `key` at a time (milliseconds since 1970), with what helps then, in a queue if one is named; a
 *   later wake of the same key replaces it, and `null` takes it away.
 * - `redact`: take members out of entries of a stream, in place and for good; what else they hold stays, and so do their
 *   positions. It fails with `conflict` when one of them is not there or has none of the members: somebody was faster.
 * - `erase`: make records unreadable for good: by id, or everything in a scope (below it too), or about a subject.
 */
export type Write =
  | { readonly type: "record"; readonly record: MemoryRecord }
  | { readonly type: "link"; readonly link: Link }
  | { readonly type: "count"; readonly id: string; readonly counter: keyof Counters; readonly by: number }
  | {
      readonly type: "vector";
      readonly id: string;
      readonly version: number;
      readonly space: string;
      readonly vector: Float32Array;
    }
  | {
      readonly type: "append";
      readonly stream: string;
      readonly entries: readonly Json[];
      /**
       * The JSON text of each entry, by whoever has it anyway. It says the same as `entries`; a store may keep it instead of
       * encoding them again.
       */
      readonly texts?: readonly string[];
      readonly expectedPosition?: number;
    }
  | { readonly type: "trim"; readonly stream: string; readonly before: number }
  | {
      readonly type: "document";
      readonly key: string;
      readonly value: Json;
      readonly expectedVersion?: number;
      readonly record?: string;
    }
  | { readonly type: "blob"; readonly scope: string; readonly id: string; readonly bytes: Uint8Array }
  | { readonly type: "unblob"; readonly scope: string; readonly id: string }
  | {
      readonly type: "wake";
      readonly key: string;
      readonly at: number | null;
      readonly data?: JsonObject;
      readonly queue?: WakeQueue;
    }
  | {
      readonly type: "redact";
      readonly stream: string;
      /** Ascending. */
      readonly positions: readonly number[];
      readonly members: readonly string[];
    }
  | {
      readonly type: "erase";
      readonly ids?: readonly string[];
      readonly scope?: string;
      readonly subject?: string;
    };

/** Where a wake waits, so that whoever can do nothing about it need not read it. Both are non-empty texts. */
export interface WakeQueue {
  readonly name: string;
  /** Lanes of a queue are read in turn, so that none waits behind another's many. */
  readonly lane: string;
}

/** Writes that happen together or not at all. They are applied in order: a later one sees what an earlier one did. */
export interface Commit {
  /**
   * Unique, and the name of these very writes; committing again with the id of a commit that succeeded is success and
   * writes nothing. Never use the id of one commit for other writes.
   */
  readonly id: string;
  readonly writes: readonly Write[];
}

/** The acknowledgement of a commit: it is durable. */
export interface Committed {
  /** Grows with every commit of the store. */
  readonly position: number;
}
