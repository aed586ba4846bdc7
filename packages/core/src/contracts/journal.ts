import type { EffectClass } from "./effect.ts";
import type { ErrorCode } from "./error.ts";
import type { Json } from "./json.ts";

/** Which execution of a node an entry belongs to. */
export interface Place {
  readonly path: string;
  readonly node: string;
  readonly visit: number;
}

/** One call that a node made in one of its tries: the calls of a try are counted from 0. */
export interface CallPlace extends Place {
  readonly attempt: number;
  readonly call: number;
}

/** What a call may wait for, in no process at all: a person's answer, a signal by its name, or a time. */
export type WaitFor = "answer" | "signal" | "time";

/** What is asked, or the signal's name. */
export type WaitBody = {
  readonly text?: string | undefined;
  readonly options?: Json | undefined;
  readonly data?: Json | undefined;
  readonly signal?: string | undefined;
};

/** What a run may take; over it, the run or the call fails, whoever has taken the run over meanwhile. */
export type RunLimits = {
  /** When it must have ended: milliseconds since 1970. */
  readonly until?: number;
  /** Tokens of all model calls, in and out. Checked before each call. */
  readonly tokens?: number;
  /** How many model calls may be made. */
  readonly modelCalls?: number;
  /** US dollars of all model calls, tries that failed included. Checked before each call; each model needs a price. */
  readonly usd?: number;
};

/** What a fork asks its models instead of what the code asks them. */
export type AskedInstead = {
  /** From which of its entries on. */
  readonly from: number;
  /** Only in nodes of this name. Default: in all. */
  readonly node?: string;
  /** The model that is asked. */
  readonly model?: string;
  /** A text of the prompt (`system`, and what users say), and what stands in its place. */
  readonly prompt?: { readonly replace: string; readonly with: string };
};

/** How an error stands in a journal. */
export interface ErrorValue {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: Json;
}

/**
 * What an entry says. The `body` holds the values (inputs, results, updates); it can be erased without breaking the
 * chain. All else is the header.
 */
export type EntryContent =
  | {
      readonly type: "run-started";
      /** Version of the entry format. */
      readonly format: 1;
      /** The run's id, so that the chain covers it. */
      readonly run: string;
      readonly graph: string;
      readonly version: string;
      readonly fingerprint: string;
      readonly scope: string;
      readonly seed: string;
      readonly owner: string;
      readonly limits?: RunLimits;
      /** Runs of a higher number go first. Default 0. */
      readonly priority?: number;
      /** Groups runs, where it is limited how many of one key go on at once. */
      readonly key?: string;
      /** A fork begins with entries of other runs, the oldest first: up to a position, each, it is theirs. */
      readonly forkOf?: readonly { readonly run: string; readonly position: number; readonly scope: string }[];
      readonly body: {
        readonly input: Json;
        /** What forks ask their models instead, the oldest first. */
        readonly instead?: readonly AskedInstead[];
      };
    }
  | {
      readonly type: "run-taken";
      readonly owner: string;
      readonly epoch: number;
      /** Of the graph that goes on with it, when that is another than had it before; so is its fingerprint. */
      readonly version?: string;
      readonly fingerprint?: string;
    }
  | ({
      readonly type: "effect-intended";
      readonly name: string;
      readonly class: EffectClass;
      readonly inputHash: string;
      /** Inputs of over 1,024 characters are kept as their hash alone. */
      readonly body: { readonly input?: Json };
    } & CallPlace)
  | ({
      readonly type: "effect-completed";
      readonly name: string;
      readonly class: EffectClass;
      /** Absent where the intent has it, under the same salt. */
      readonly inputHash?: string;
      /** Milliseconds it took. */
      readonly ms: number;
      readonly body: { readonly input?: Json; readonly result?: Json };
    } & CallPlace)
  | ({
      readonly type: "effect-failed";
      readonly name: string;
      readonly class: EffectClass;
      readonly inputHash?: string;
      readonly ms: number;
      readonly body: { readonly input?: Json; readonly error: ErrorValue };
    } & CallPlace)
  | ({ readonly type: "noted"; readonly body: { readonly text: string; readonly data?: Json } } & CallPlace)
  | ({
      readonly type: "waiting";
      /** Names the wait within the run. */
      readonly wait: string;
      readonly for: WaitFor;
      /** When it is over at the latest: milliseconds since 1970. */
      readonly until?: number;
      /** Who alone may answer. */
      readonly approvers?: readonly string[];
      readonly body: WaitBody;
    } & CallPlace)
  | ({
      readonly type: "woken";
      readonly wait: string;
      readonly for: WaitFor;
      /** Whether its time was over before anything came. */
      readonly expired: boolean;
      /** Which item of the run's inbox it was. */
      readonly inbox?: number;
      /** When an answer was given, which may be long before the run picked it up: milliseconds since 1970. */
      readonly given?: number;
      readonly body: { readonly value: Json; readonly by?: string | undefined };
    } & CallPlace)
  | ({
      readonly type: "patched";
      readonly attempt: number;
      /** Name of the change that the code had when it came here. */
      readonly patch: string;
    } & Place)
  | ({
      readonly type: "node-completed";
      readonly attempt: number;
      readonly ms: number;
      /** Salted hash of what the node remembered; absent when that is nothing. */
      readonly memory?: string;
      readonly body: { readonly update: Json };
    } & Place)
  | ({
      readonly type: "node-failed";
      readonly attempt: number;
      /** Whether another attempt follows. */
      readonly retried: boolean;
      readonly body: { readonly error: ErrorValue };
    } & Place)
  | { readonly type: "run-completed"; readonly body: { readonly state: Json } }
  | { readonly type: "run-failed"; readonly body: { readonly error: ErrorValue } }
  | { readonly type: "run-aborted"; readonly body: { readonly reason: string } };

/**
 * One entry of a journal: what happened, and what makes it provable.
 *
 * `commitment` is SHA-256 over the salt and the canonical body; `hash` is SHA-256 over the previous entry's hash and
 * the canonical header, commitment included. Erasing a value removes `salt` and `body`: the chain stays whole, and
 * `isErased` says so. A store may keep big values of a body apart; read journals through the Brain, which puts them back.
 */
export type Entry = EntryContent & {
  readonly position: number;
  /** When: milliseconds since 1970. */
  readonly at: number;
  readonly salt?: string;
  readonly commitment?: string;
  readonly hash: string;
};

/** What kind of thing an entry reports. */
export type EntryType = EntryContent["type"];
