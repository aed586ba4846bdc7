import type { Json, JsonObject } from "./json.ts";
import type { Counters, Link, LinkType, MemoryRecord, RecordKind } from "./record.ts";
import type { Commit, Committed, WakeQueue } from "./write.ts";

/** Narrows a read of records. Every given field must fit. */
export interface RecordFilter {
  /** Only this scope and those below it (`acme` holds `acme/shop`, not `acmecorp`). Required: there is no "everywhere". */
  readonly scope: string;
  /** Any of these. Default: all. */
  readonly kinds?: readonly RecordKind[];
  /** All of these. */
  readonly tags?: readonly string[];
  /** Exactly this one. */
  readonly fingerprint?: string;
  /** Exactly this one. */
  readonly thread?: string;
  /** Only records with a sequence, from this one on: for the neighbours in a thread. */
  readonly fromSequence?: number;
  /** Up to and with this one. */
  readonly toSequence?: number;
  /** Recorded at or after this time: milliseconds since 1970. */
  readonly since?: number;
  /** Recorded before this time: milliseconds since 1970. */
  readonly until?: number;
}

/** A record as stored. */
export interface StoredRecord {
  /** Its newest version. */
  readonly record: MemoryRecord;
  /** As they stand now: they have no versions. */
  readonly counters: Counters;
}

/** A record that holds at least one of the asked terms, with what ranking needs to know. */
export interface Candidate extends StoredRecord {
  /** How often each asked term stands in the record's text, in the order asked. */
  readonly frequencies: readonly number[];
  /** How many terms the record's text has. */
  readonly length: number;
}

/** What {@link Store.candidates} gives back. */
export interface Candidates {
  /**
   * The best `k` by the sum over the found terms of `idf(term)`, where
   * `idf = ln(1 + (N - n + 0.5) / (n + 0.5))`; ties by id, smaller first.
   */
  readonly candidates: readonly Candidate[];
  /** N: how many records fit the scope. */
  readonly total: number;
  /** Sum of their lengths in terms. */
  readonly totalLength: number;
  /** n: in how many of them each asked term stands, in the order asked. */
  readonly documentFrequencies: readonly number[];
}

/** A record whose vector is near to another. */
export interface Near extends StoredRecord {
  /** The cosine of the angle between the two vectors, -1 to 1; 0 when one of them is all zeros. */
  readonly similarity: number;
}

/** What {@link Store.near} gives back. */
export interface Nearest {
  /** The `k` records with the greatest similarity that fit the filter; ties by id, smaller first. */
  readonly nearest: readonly Near[];
  /** How many records within the filter's scope have no vector in this space. */
  readonly lacking: number;
}

/** What an embedder made of a record's text. */
export interface StoredVector {
  /** Id of the record. */
  readonly id: string;
  /** As many numbers as its space says. */
  readonly vector: Float32Array;
}

/** One entry of a stream, with its position (the first is 0). */
export interface StreamEntry {
  /** Its place: it stays the same when what is before it is trimmed. */
  readonly position: number;
  /** What was appended. */
  readonly entry: Json;
}

/** A small JSON value under a key. */
export interface StoredDocument {
  /** Unique in the store. */
  readonly key: string;
  /** What was put last. */
  readonly value: Json;
  /** 1 for the first put, one more with each. */
  readonly version: number;
  /** The record that it goes with. */
  readonly record?: string;
}

/** Something to look at, at a time. */
export interface Wake {
  /** Names what to look at, such as `run/ID`. There is one wake a key. */
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What was given along, for whoever looks. */
  readonly data?: JsonObject;
  /** The queue that it waits in; absent: in none, and only {@link Store.due} finds it. */
  readonly queue?: WakeQueue;
}

/** What happened to a record last. A record has one change in a scope, not one for each version. */
export interface Change {
  /** The position of the commit that did it, as {@link Committed} says it. */
  readonly position: number;
  /** Id of the record. */
  readonly id: string;
  /** `put`: it is there, new or as a new version. `gone`: it was erased, or moved out of the scope. */
  readonly type: "put" | "gone";
}

/** Figures about a store, for people and for tests. */
export interface StoreStats {
  /** Records by kind: all, or those in the scope asked for and below it. */
  readonly records: Readonly<Record<RecordKind, number>>;
  /** How many streams there are. */
  readonly streams: number;
  /** How many entries they hold. */
  readonly entries: number;
  /** How many documents there are. */
  readonly documents: number;
  /** Bytes on disk; 0 for a store that has none. */
  readonly bytes: number;
}

/**
 * A memory backend: keeps records, streams and documents; every write goes through one atomic {@link Store.commit}.
 *
 * An implementation is a plain object, proven by `storeSuite` of `@brainops/core/testing`. All contents are sealed at
 * rest with `@brainops/core/sealing`. Reads see every commit that was acknowledged before they began. Every limit is a whole
 * number from 0 on, or `Infinity`; `checkedReads` and `checkCommit` of `@brainops/core/sealing` refuse everything else.
 *
 * Errors: `conflict`, `commit_unknown`, `not_found`, `invalid_input`, `store_*`, `wrong_key`.
 */
export interface Store {
  /** Short name of the backend, such as `sqlite`. */
  readonly name: string;
  /** All or nothing, durable when it resolves. */
  commit(commit: Commit): Promise<Committed>;

  /** Records by id, in the order asked; those that do not exist (or were erased) are left out. */
  records(ids: readonly string[]): Promise<readonly StoredRecord[]>;
  /** Every scope that holds a record itself, sorted (by UTF-16 code unit, as `<` does): for who copies or counts a whole store. */
  scopes(): Promise<readonly string[]>;
  /** Records by filter, newest first (created time, then id, descending). */
  find(
    filter: RecordFilter,
    options?: {
      /** How many at most. Default 100. */
      readonly limit?: number;
      /** Id of the last record of the page before. `not_found` when it is gone. */
      readonly after?: string;
    },
  ): Promise<readonly StoredRecord[]>;
  /** Records that name this person among their subjects, in every scope, ordered by id. What is erased with a subject. */
  about(subject: string): Promise<readonly StoredRecord[]>;
  /** Records whose text holds at least one of the terms; see {@link Candidates}. Terms come from core's analyser. */
  candidates(terms: readonly string[], filter: RecordFilter, k: number): Promise<Candidates>;
  /**
   * The records whose vectors are nearest to a vector, by core's `cosineSimilarity`. Where a scope holds more than 1,000
   * vectors, a store may choose whom it compares by something coarser, and then miss a few; a similarity that it gives is
   * always exact. A vector that does not fit the space is `invalid_input`.
   */
  near(vector: Float32Array, space: string, filter: RecordFilter, k: number): Promise<Nearest>;
  /** Records that have no vector in a space, oldest first (created time, then id), at most `limit`. */
  unembedded(space: string, filter: RecordFilter, limit: number): Promise<readonly StoredRecord[]>;
  /** The vectors of these records in a space, ordered by id, each once; records without one are left out. For who copies them. */
  vectors(space: string, ids: readonly string[]): Promise<readonly StoredVector[]>;
  /**
   * What stands beside these records: the records of the same scope and thread whose sequence is at most `distance` away,
   * each once, without those asked for; ordered by id. Ranking takes them as context.
   */
  neighbours(ids: readonly string[], distance: number): Promise<readonly StoredRecord[]>;
  /** Arrows from a record, or towards it, oldest first. */
  links(
    id: string,
    options?: {
      /** Whether the record is where they start or where they lead to. Default `from`. */
      readonly direction?: "from" | "to";
      /** Only these. Default: all. */
      readonly types?: readonly LinkType[];
    },
  ): Promise<readonly Link[]>;

  /** Entries of a stream from a position on. */
  read(
    stream: string,
    options?: {
      /** Position of the first entry that is given. Default 0. */
      readonly from?: number;
      /** How many at most. Default: all. */
      readonly limit?: number;
    },
  ): Promise<readonly StreamEntry[]>;
  /** How long a stream is: the position that the next entry gets. 0 for an unknown stream. */
  position(stream: string): Promise<number>;
  /** Names of the streams that begin so, sorted. */
  streams(prefix: string): Promise<readonly string[]>;

  /** A document, or `undefined`. */
  document(key: string): Promise<StoredDocument | undefined>;
  /** Documents whose key begins so, sorted by key (by UTF-16 code unit, as `<` does). */
  documents(
    prefix: string,
    options?: {
      /** How many at most. Default: all. */
      readonly limit?: number;
      /** Key of the last document of the page before; it need not be there any more. */
      readonly after?: string;
    },
  ): Promise<readonly StoredDocument[]>;
  /** Bytes kept with `blob`, or `undefined`. */
  blob(scope: string, id: string): Promise<Uint8Array | undefined>;
  /** Wakes due at or before a time, earliest first; ties by key. Default: all. */
  due(at: number, limit?: number): Promise<readonly Wake[]>;
  /** One wake of each queue, due or not: what there are queues of. */
  queues(): Promise<readonly Wake[]>;
  /**
   * What is due in a queue: of each lane up to `each` wakes, earliest first, lane after lane in an order of the store's own. Up
   * to `lanes` lanes in which something is due. However much waits in a queue, it costs what is read.
   */
  dueIn(
    queue: string,
    at: number,
    options: {
      /** How many lanes at most; fewer than these are the last. */
      readonly lanes: number;
      /** How many wakes of one lane at most. */
      readonly each: number;
      /** The last lane of the look before, which need not be there any more. Default: from the beginning. */
      readonly after?: string;
    },
  ): Promise<readonly Wake[]>;
  /** The wake of a key, or `undefined`. */
  wake(key: string): Promise<Wake | undefined>;
  /** What time it is by the clock that all processes share that use this store: milliseconds since 1970. */
  now(): Promise<number>;

  /**
   * What was put into a scope (or below it) and what is gone from it since the commit at `after`, by position, then id: read
   * on after the last position to follow a store. Of a record only its last change is listed; of what is gone, its id alone is
   * kept. `not_found` when the store no longer knows all that is gone since then; read the scope anew.
   */
  changes(
    scope: string,
    options?: {
      /** Position of the commit that was looked at last. Default 0: since ever. */
      readonly after?: number;
      /** About how many at most: what one commit did is never parted. Default 1,000. */
      readonly limit?: number;
    },
  ): Promise<readonly Change[]>;

  /** Counts and sizes of what is stored; with a scope, `records` counts those in it and below it only. */
  stats(scope?: string): Promise<StoreStats>;
  /** Finishes what was begun and lets go of everything. Closing twice is harmless. */
  close(): Promise<void>;
}

/** Makes a store when the Brain starts. What a memory package's factory returns, such as `sqlite({ file })`. */
export interface StoreOpener {
  /** Short name of the backend, such as `sqlite`: the same as of the store that it opens. */
  readonly name: string;
  /** Opens, migrating when needed. Safe when many processes open at once. */
  open(): Promise<Store>;
}
