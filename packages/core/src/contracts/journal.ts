import type { EffectClass } from "./effect.ts";
import type { ErrorCode } from "./error.ts";
import type { Json } from "./json.ts";
import type { AskedInstead, RunLimits } from "./run-terms.ts";

/** Which execution of a node an entry belongs to. */
export interface Place {
  /** The branch: empty on the trunk, such as `/plan#0.1` (fork, its visit, index of the branch) beside it. */
  readonly path: string;
  /** Name of the node in its graph. */
  readonly node: string;
  /** How often this node had run at this path before: 0 the first time. */
  readonly visit: number;
}

/** One call that a node made in one of its tries: the calls of a try are counted from 0. */
export interface CallPlace extends Place {
  /** Which try of the node: 1 for the first. */
  readonly attempt: number;
  /** Which call of that try: 0 for the first. */
  readonly call: number;
}

/** What a call may wait for, in no process at all: a person's answer, a signal by its name, or a time. */
export type WaitFor = "answer" | "signal" | "time";

/** What is asked, or the signal's name. */
export type WaitBody = {
  /** The question, in words. Absent for signals and times. */
  readonly text?: string | undefined;
  /** The answers to choose from; any answer will do when absent. */
  readonly options?: Json | undefined;
  /** What helps to decide, as the node gave it. */
  readonly data?: Json | undefined;
  /** Name of the signal that is waited for. Absent for questions and times. */
  readonly signal?: string | undefined;
};

/** How an error stands in a journal. */
export interface ErrorValue {
  /** As of the thrown {@link BrainOpsError}; `node_failed` or `effect_failed` for any other error. */
  readonly code: ErrorCode;
  /** What happened, for people. */
  readonly message: string;
  /** As of the thrown error, where they are plain JSON. Absent when it had none. */
  readonly details?: Json;
}

/**
 * What an entry says. The `body` holds the values (inputs, results, updates); it can be erased without breaking the
 * chain. All else is the header.
 */
export type EntryContent =
  | {
      /** A run, or a fork of one, began: always the first entry. */
      readonly type: "run-started";
      /** Version of the entry format. */
      readonly format: 1;
      /** The run's id, so that the chain covers it. */
      readonly run: string;
      /** Name of the graph. */
      readonly graph: string;
      /** Version of the graph's code that the run began with. */
      readonly version: string;
      /** Fingerprint of that graph: its structure, schemas and versions of nodes. */
      readonly fingerprint: string;
      /** Scope that the run remembers in. */
      readonly scope: string;
      /** What its random numbers and ids are drawn from. */
      readonly seed: string;
      /** The process that began it. */
      readonly owner: string;
      /** What the run may take; absent when nothing is limited. */
      readonly limits?: RunLimits;
      /** Runs of a higher number go first. Default 0. */
      readonly priority?: number;
      /** Groups runs, where it is limited how many of one key go on at once. */
      readonly key?: string;
      /** A fork begins with entries of other runs, the oldest first: up to a position, each, it is theirs. */
      readonly forkOf?: readonly {
        /** Id of the run that these entries are from. */
        readonly run: string;
        /** Entries before this position are from it. */
        readonly position: number;
        /** Scope of that run: a fork recalls from it, and does not write to it. */
        readonly scope: string;
      }[];
      /** What can be erased. */
      readonly body: {
        /** What the run was given, with defaults filled in. */
        readonly input: Json;
        /** What forks ask their models instead, the oldest first. */
        readonly instead?: readonly AskedInstead[];
      };
    }
  | {
      /** A process took the run over: from here on only it may append. */
      readonly type: "run-taken";
      /** The process that took it. */
      readonly owner: string;
      /** How often the run has been taken over, this time included. */
      readonly epoch: number;
      /** Of the graph that goes on with it, when that is another than had it before; so is its fingerprint. */
      readonly version?: string;
      /** Fingerprint of the graph that goes on with it. Present when `version` is. */
      readonly fingerprint?: string;
    }
  | ({
      /**
       * An effect that cannot simply be done again is about to be done. Without an outcome behind it, it is in doubt.
       */
      readonly type: "effect-intended";
      /** Name of the effect. */
      readonly name: string;
      /** Class of the effect. */
      readonly class: EffectClass;
      /** Hash of the entry's salt and the canonical input: what a replay compares. */
      readonly inputHash: string;
      /** Inputs of over 1,024 characters are kept as their hash alone. */
      readonly body: {
        /** What went in. */
        readonly input?: Json;
      };
    } & CallPlace)
  | ({
      /** An effect was done. */
      readonly type: "effect-completed";
      /** Name of the effect. */
      readonly name: string;
      /** Class of the effect. */
      readonly class: EffectClass;
      /** Absent where the intent has it, under the same salt. */
      readonly inputHash?: string;
      /** Milliseconds it took. */
      readonly ms: number;
      /** What can be erased. */
      readonly body: {
        /** What went in. Absent where the intent has it, or where it is kept as its hash. */
        readonly input?: Json;
        /** What it returned; absent when that was nothing. */
        readonly result?: Json;
      };
    } & CallPlace)
  | ({
      /** An effect threw. */
      readonly type: "effect-failed";
      /** Name of the effect. */
      readonly name: string;
      /** Class of the effect. */
      readonly class: EffectClass;
      /** Absent where the intent has it. */
      readonly inputHash?: string;
      /** Milliseconds until it threw. */
      readonly ms: number;
      /** What can be erased. */
      readonly body: {
        /** What went in. Absent where the intent has it, or where it is kept as its hash. */
        readonly input?: Json;
        /** What it threw. */
        readonly error: ErrorValue;
      };
    } & CallPlace)
  | ({
      /** A node said something with `ctx.note`. */
      readonly type: "noted";
      /** What can be erased. */
      readonly body: {
        /** What it said. */
        readonly text: string;
        /** What it gave along. */
        readonly data?: Json;
      };
    } & CallPlace)
  | ({
      /** A call waits for somebody, or for a time. */
      readonly type: "waiting";
      /** Names the wait within the run. */
      readonly wait: string;
      /** What is waited for. */
      readonly for: WaitFor;
      /** When it is over at the latest: milliseconds since 1970. */
      readonly until?: number;
      /** Who alone may answer. */
      readonly approvers?: readonly string[];
      /** What can be erased: what was asked, or the signal's name. */
      readonly body: WaitBody;
    } & CallPlace)
  | ({
      /** A wait is over. */
      readonly type: "woken";
      /** The wait that it ends. */
      readonly wait: string;
      /** What was waited for. */
      readonly for: WaitFor;
      /** Whether its time was over before anything came. */
      readonly expired: boolean;
      /** Which item of the run's inbox it was. */
      readonly inbox?: number;
      /** When an answer was given, which may be long before the run picked it up: milliseconds since 1970. */
      readonly given?: number;
      /** What can be erased. */
      readonly body: {
        /** The answer, or what came with the signal; `null` when a time was over. */
        readonly value: Json;
        /** Who answered or sent the signal, where that was said. */
        readonly by?: string | undefined;
      };
    } & CallPlace)
  | ({
      /** Code asked `ctx.patched` for a change, and was told yes. */
      readonly type: "patched";
      /** Which try of the node: 1 for the first. */
      readonly attempt: number;
      /** Name of the change that the code had when it came here. */
      readonly patch: string;
    } & Place)
  | ({
      /** A node returned. What it remembered is written in the same commit. */
      readonly type: "node-completed";
      /** Which try of the node: 1 for the first. */
      readonly attempt: number;
      /** Milliseconds that this try took, its waits included. */
      readonly ms: number;
      /** Salted hash of what the node remembered; absent when that is nothing. */
      readonly memory?: string;
      /** What can be erased. */
      readonly body: {
        /**
         * The keys of the state that it returned, with their new values (for a key with a reducer, what the reducer
         * takes).
         */
        readonly update: Json;
      };
    } & Place)
  | ({
      /** A node threw, or its time was over. */
      readonly type: "node-failed";
      /** Which try of the node: 1 for the first. */
      readonly attempt: number;
      /** Whether another attempt follows. */
      readonly retried: boolean;
      /** What can be erased. */
      readonly body: {
        /** What it threw. */
        readonly error: ErrorValue;
      };
    } & Place)
  | {
      /** The run came to its end: nothing follows. */
      readonly type: "run-completed";
      /** What can be erased. */
      readonly body: {
        /** The state that it ended with. */
        readonly state: Json;
      };
    }
  | {
      /** The run failed: nothing follows. */
      readonly type: "run-failed";
      /** What can be erased. */
      readonly body: {
        /** The error of the node that failed for good, or of the run itself, such as `timeout`. */
        readonly error: ErrorValue;
      };
    }
  | {
      /** Somebody ended the run: nothing follows. */
      readonly type: "run-aborted";
      /** What can be erased. */
      readonly body: {
        /** Why, as given to `brain.abort`. */
        readonly reason: string;
      };
    };

/**
 * One entry of a journal: what happened, and what makes it provable.
 *
 * `commitment` is SHA-256 over the salt and the canonical body; `hash` is SHA-256 over the previous entry's hash and
 * the canonical header, commitment included. Erasing a value removes `salt` and `body`: the chain stays whole, and
 * `isErased` says so. A store may keep big values of a body apart; read journals through the Brain, which puts them back.
 */
export type Entry = EntryContent & {
  /** Its place in the journal: 0 for the first. */
  readonly position: number;
  /** When: milliseconds since 1970. */
  readonly at: number;
  /** 22 random characters; an effect's outcome has those of its intent. Erased with the body; absent without a value. */
  readonly salt?: string;
  /** Base64url. Absent when the entry has no body. */
  readonly commitment?: string;
  /** Base64url. The next entry's hash stands on it. */
  readonly hash: string;
};

/** What kind of thing an entry reports. */
export type EntryType = EntryContent["type"];
