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
  | {
      /** Puts a record. */
      readonly type: "record";
      /** The whole record; its `version` is one more than the stored one. */
      readonly record: MemoryRecord;
    }
  | {
      /** Draws an arrow. */
      readonly type: "link";
      /** From, to, type and reason. */
      readonly link: Link;
    }
  | {
      /** Adds to a counter. */
      readonly type: "count";
      /** Id of the record. */
      readonly id: string;
      /** Which of its counters. */
      readonly counter: keyof Counters;
      /** What to add: a whole number, negative to take away. */
      readonly by: number;
    }
  | {
      /** Keeps a vector. */
      readonly type: "vector";
      /** Id of the record. */
      readonly id: string;
      /** Version of the record whose text it is of. */
      readonly version: number;
      /** Name of the embedder and the length of its vectors, such as `gpt/1536`. */
      readonly space: string;
      /** As many numbers as the space says. */
      readonly vector: Float32Array;
    }
  | {
      /** Adds to the end of a stream, which begins with its first entry. */
      readonly type: "append";
      /** Name of the stream. */
      readonly stream: string;
      /** What to add, in order; may be none, to check `expectedPosition` alone. */
      readonly entries: readonly Json[];
      /**
       * The text that each entry is packed as (`packEntry` of `@brainops/core/sealing`), by whoever has it anyway. It says the
       * same as `entries`; a store may keep it instead of encoding them again, and reads it with `unpackEntry`.
       */
      readonly texts?: readonly string[];
      /** How long the stream must be. Left out: however long it is. */
      readonly expectedPosition?: number;
    }
  | {
      /** Drops old entries of a stream. */
      readonly type: "trim";
      /** Name of the stream. */
      readonly stream: string;
      /** Entries before this position are dropped. */
      readonly before: number;
    }
  | {
      /** Puts or deletes a document. */
      readonly type: "document";
      /** Its key. */
      readonly key: string;
      /** Its new value; `null` deletes it. */
      readonly value: Json;
      /** The version that must be stored; 0: none. Left out: any. */
      readonly expectedVersion?: number;
      /** Id of the record that it goes with. Left out: it stands for itself. */
      readonly record?: string;
    }
  | {
      /** Keeps bytes, or adds a reference to the same bytes. */
      readonly type: "blob";
      /** The scope that it belongs to: erasing that erases it. */
      readonly scope: string;
      /** Hash of the contents, by which it is read. */
      readonly id: string;
      /** The contents. */
      readonly bytes: Uint8Array;
    }
  | {
      /** Gives one reference to bytes back. */
      readonly type: "unblob";
      /** The scope that they were kept under. */
      readonly scope: string;
      /** Hash of the contents. */
      readonly id: string;
    }
  | {
      /** Sets, moves or takes away a wake. */
      readonly type: "wake";
      /** Names what to look at. */
      readonly key: string;
      /** When: milliseconds since 1970; `null` takes the wake away. */
      readonly at: number | null;
      /** What helps whoever looks. Default: nothing. */
      readonly data?: JsonObject;
      /** The queue that it waits in. Default: none. */
      readonly queue?: WakeQueue;
    }
  | {
      /** Takes values out of entries for good. */
      readonly type: "redact";
      /** Name of the stream. */
      readonly stream: string;
      /** Ascending. */
      readonly positions: readonly number[];
      /** Names of the members to take out of each of these entries. */
      readonly members: readonly string[];
    }
  | {
      /** Makes records unreadable for good; the given fields add up. */
      readonly type: "erase";
      /** Records by id. */
      readonly ids?: readonly string[];
      /** All records and blobs of this scope and those below it. */
      readonly scope?: string;
      /** All records that name this person among their subjects. */
      readonly subject?: string;
    };

/** Where a wake waits, so that whoever can do nothing about it need not read it. Both are non-empty texts. */
export interface WakeQueue {
  /** Of the queue, such as the one of a graph's version. */
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
  /** What is written, in this order. */
  readonly writes: readonly Write[];
}

/** The acknowledgement of a commit: it is durable. */
export interface Committed {
  /** Grows with every commit of the store. */
  readonly position: number;
}
