import type { JsonObject } from "./json.ts";
import type { RecordData } from "./record-data.ts";

/** The six kinds of memory. */
export const recordKinds = ["experience", "decision", "learning", "error", "solution", "insight"] as const;

/** One of the six kinds of memory. */
export type RecordKind = (typeof recordKinds)[number];

/** Why one record points to another. */
export const linkTypes = ["caused-by", "solved-by", "derived-from", "supersedes", "contradicts", "about"] as const;

/** Why one record points to another. */
export type LinkType = (typeof linkTypes)[number];

/** Who says so. From outside text upwards, the more it can be relied on. */
export const trustLevels = ["outside", "model", "test", "person"] as const;

/** Who says so: a person, a test, a model, or text from outside. */
export type Trust = (typeof trustLevels)[number];

/** Which run, node and entry made a record. */
export interface Provenance {
  /** Id of the run; absent for what was remembered outside of one. */
  readonly run?: string;
  /** The branch within the run. */
  readonly path?: string;
  /** Name of the node. */
  readonly node?: string;
  /** Position in the run's journal of the entry that made it. */
  readonly position?: number;
  /** Ids of records, or addresses, that bear it out. */
  readonly evidence?: readonly string[];
}

/** One memory. Everything in it is sealed at rest but the id, kind, times and counters. */
export interface MemoryRecord {
  /** Names it in its store, whatever its version: a UUIDv7. */
  readonly id: string;
  /** What kind of memory it is; it says what `data` may hold. */
  readonly kind: RecordKind;
  /** Tenant/agent path such as `acme/shop`. A query never leaves its scope. */
  readonly scope: string;
  /** What is remembered, in words; this is what recall searches. */
  readonly text: string;
  /** Details by kind. */
  readonly data: JsonObject;
  /** Words to filter by, as they were given. */
  readonly tags: readonly string[];
  /** Conversation or episode that it belongs to. */
  readonly thread?: string;
  /** Its place in the thread: a whole number. */
  readonly sequence?: number;
  /** Who spoke or acted in it. */
  readonly actor?: string;
  /** How much it matters, 0 to 1: recall puts forward what matters more. Default 0.5. */
  readonly importance: number;
  /** 0 to 1: how sure the author was. Default 1. */
  readonly confidence: number;
  /** Who says so. Recall gives it along, so that text from outside is never taken for an order. */
  readonly trust: Trust;
  /** When it was true: milliseconds since 1970; open when absent. */
  readonly validFrom?: number;
  /** Until when it was true: milliseconds since 1970; open when absent. */
  readonly validTo?: number;
  /** Persons it is about, for erasure by subject. */
  readonly subjects: readonly string[];
  /** Where it comes from; empty for what was remembered outside of a run without evidence. */
  readonly provenance: Provenance;
  /** Errors only: groups the same fault across changing details. */
  readonly fingerprint?: string;
  /** When it was recorded: milliseconds since 1970. */
  readonly createdAt: number;
  /** 1 for the first version; each put of the same id must add one. */
  readonly version: number;
}

/** A typed arrow between two records. */
export interface Link {
  /** Id of the record that it starts from. */
  readonly from: string;
  /** Id of the record that it leads to. */
  readonly to: string;
  /** What it means. */
  readonly type: LinkType;
  /** Why it was drawn, in words. */
  readonly reason?: string;
  /** When it was recorded: milliseconds since 1970. Absent: when the record was that it starts from. */
  readonly createdAt?: number;
}

/** Counters that every record has: commutative and unversioned. All start at 0. */
export interface Counters {
  /** Times it was recalled and used. */
  readonly uses: number;
  /** Times it was tried (solutions) or seen (errors). */
  readonly tries: number;
  /** Tries that ended well. */
  readonly successes: number;
}

/** What a caller gives to remember something; the rest is filled in. Its `data` is typed by its `kind`. */
export type RecordInput = {
  [Kind in RecordKind]: RecordInputFields & {
    /** What kind of memory it is. */
    readonly kind: Kind;
    /** Details that the kind knows. Default: none. */
    readonly data?: RecordData[Kind];
  };
}[RecordKind];

/** What may be given with a record of any kind. */
export interface RecordInputFields {
  /** What is remembered, in words; recall searches it. 1 to 100,000 characters. */
  readonly text: string;
  /** Words to filter by. Default: none. */
  readonly tags?: readonly string[];
  /** Conversation or episode that it belongs to. */
  readonly thread?: string;
  /** Its place in the thread: a whole number. */
  readonly sequence?: number;
  /** Who spoke or acted. */
  readonly actor?: string;
  /** How much it matters, 0 to 1: recall puts forward what matters more. Default 0.5. */
  readonly importance?: number;
  /** How sure the author is, 0 to 1. Default 1. */
  readonly confidence?: number;
  /** Who says so. Default: `model` within a run, `person` in `brain.remember`. */
  readonly trust?: Trust;
  /** Since when it has been true: milliseconds since 1970. Default: open. */
  readonly validFrom?: number;
  /** Until when it is true: milliseconds since 1970, not before `validFrom`. Default: open. */
  readonly validTo?: number;
  /** Persons that it is about, so that all about one can be erased. Default: none. */
  readonly subjects?: readonly string[];
  /** Ids of records, or addresses, that bear it out. */
  readonly evidence?: readonly string[];
  /** Errors only: what is the same whenever the same fault comes back. */
  readonly fingerprint?: string;
  /** Arrows from the new record to others. */
  readonly links?: readonly {
    /** Id of the record that the arrow leads to. */
    readonly to: string;
    /** What the arrow means. */
    readonly type: LinkType;
    /** Why it is drawn, in words. Default: none. */
    readonly reason?: string;
  }[];
}

/** A record as recall gives it: with its counters and why it was found. */
export interface Hit {
  /** What was remembered. */
  readonly record: MemoryRecord;
  /** How often it was used and tried, as of now. */
  readonly counters: Counters;
  /** Higher is better; comparable within one recall only. */
  readonly score: number;
  /** Why it was found, in a few words, such as `words: timeout, retry`. */
  readonly why: string;
  /** Ids of the records that stand for it now, the newest first. */
  readonly supersededBy?: readonly string[];
  /** Records that say otherwise, or of which it says so. */
  readonly contradictedBy?: readonly MemoryRecord[];
  /** What stands around it in its thread, in order, where the query asked for that. */
  readonly context?: readonly MemoryRecord[];
  /** When it is of a scope that was opened to the one asked: by whom, and why. The record says which scope it is. */
  readonly shared?: {
    /** Who opened that scope, as given to `share`. */
    readonly by: string;
    /** Why it was opened. */
    readonly reason: string;
  };
  /** `true` when its text was cut to fit `maxTokens`. */
  readonly cut?: true;
}

/** What recall found, best first, and what must be known about the search itself. */
export interface Recalled extends ReadonlyArray<Hit> {
  /**
   * What was not as it should be, in sentences: that the embedder failed and only words were searched, how many records still
   * lack a vector, how many hits `maxTokens` left out. Empty when there is nothing to say.
   */
  readonly notes: readonly string[];
}

/** What to recall. */
export interface RecallQuery {
  /** Plain text; never a syntax. Empty: the newest records that fit the filter. */
  readonly text: string;
  /** Only these kinds. Default: all. */
  readonly kinds?: readonly RecordKind[];
  /** Only what has all of these tags. */
  readonly tags?: readonly string[];
  /** Only records of this fingerprint, as errors have one. */
  readonly fingerprint?: string;
  /** Only what belongs to this thread. */
  readonly thread?: string;
  /** Only what was recorded at or after this time: milliseconds since 1970. */
  readonly since?: number;
  /** Only what was recorded before this time: milliseconds since 1970. */
  readonly until?: number;
  /** Only what was true then: milliseconds since 1970. */
  readonly validAt?: number;
  /**
   * What was known then: what was recorded later does not count, nor what was superseded or contradicted later. Of a record
   * that got a new version since, the newest is given; counters are those of today.
   */
  readonly asOf?: number;
  /**
   * What becomes of records that others supersede: left out, or put after those that stand, and marked. Default `omit`, but
   * `last` with `validAt` or `asOf`.
   */
  readonly superseded?: "last" | "omit";
  /**
   * Only what went well, or badly: by what a decision's `wentWell` says, else by whether more
   * or fewer than half of the tries ended well. What says nothing about it is left out.
   */
  readonly outcome?: "good" | "bad";
  /**
   * Prefers what is linked to a record. One that is not there, or lies elsewhere, is said in the notes: nothing is linked to it
   * then.
   */
  readonly linked?: {
    /** Id of that record. */
    readonly to: string;
    /** Over how many links, in either direction. Default 1. */
    readonly depth?: number;
    /** Over which kinds of links. Default: all. */
    readonly types?: readonly LinkType[];
    /**
     * Nothing else is searched. Default false: what is linked is put forward, and found also without any word of the
     * query.
     */
    readonly only?: boolean;
  };
  /** Gives with each hit so many records before and after it in its thread. Default 0. */
  readonly context?: number;
  /**
   * Hits, with their context, are cut to about so many tokens: four characters of ASCII count as one token, and any other
   * character as one.
   */
  readonly maxTokens?: number;
  /** At most so many hits. Default 10. */
  readonly limit?: number;
}
