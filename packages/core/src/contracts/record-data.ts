import type { Json, JsonObject } from "./json.ts";

/** What was decided, and how it went. */
export type DecisionData = JsonObject & {
  /** What there was to choose from. */
  readonly options?: readonly Json[];
  /** What was chosen; not checked against `options`. */
  readonly choice?: Json;
  /** Why this was chosen. */
  readonly reason?: string;
  /** How it was expected to go, said before it was known. */
  readonly expectedOutcome?: Json;
  /** How it really went, once that is known. */
  readonly actualOutcome?: Json;
  /** Whether it went well, once that is known: what recall's `outcome` asks for. */
  readonly wentWell?: boolean;
};

/** What is held to be true, and why. */
export type LearningData = JsonObject & {
  /** What is held to be true, in a sentence. */
  readonly claim?: string;
  /** Ids of records, or addresses, or quotes. */
  readonly evidence?: readonly string[];
  /** How sure the author is, 0 to 1. */
  readonly confidence?: number;
};

/** A fault, and how often it was seen. */
export type ErrorData = JsonObject & {
  /** The same as the record's own `fingerprint`, where it is kept here too. */
  readonly fingerprint?: string;
  /** A whole number from 1 on. */
  readonly count?: number;
  /** Milliseconds since 1970. */
  readonly firstSeen?: number;
  /** Milliseconds since 1970; not before `firstSeen`. */
  readonly lastSeen?: number;
};

/** What helps against an error. */
export type SolutionData = JsonObject & {
  /** The name of an action and its arguments; several are done one after the other. */
  readonly remedy?: RemedyData | readonly RemedyData[];
  /** Whole numbers; where the record's counters are used instead, these are left out. */
  readonly tries?: number;
  /** How many of the tries ended well. */
  readonly successes?: number;
  /** How the newest try ended. */
  readonly lastOutcome?: "worked" | "failed";
};

/** An action by its name, with its arguments. */
export type RemedyData = {
  /** Name of a registered action. */
  readonly action: string;
  /** Its arguments. Default: none. */
  readonly args?: JsonObject;
};

/** What shows in several records. */
export type InsightData = JsonObject & {
  /** In words, or with figures. */
  readonly pattern?: string | JsonObject;
  /** Ids of the records that it shows in. */
  readonly records?: readonly string[];
};

/** What the `data` of each kind of record holds. Every field may be left out, and fields of one's own may be added. */
export interface RecordData {
  /** What happened: any JSON. */
  readonly experience: JsonObject;
  /** Options, choice, reason, and how it went. */
  readonly decision: DecisionData;
  /** A claim and what it stands on. */
  readonly learning: LearningData;
  /** How often a fault was seen, and when. */
  readonly error: ErrorData;
  /** A remedy, and how often it helped. */
  readonly solution: SolutionData;
  /** A pattern, and the records that it shows in. */
  readonly insight: InsightData;
}
