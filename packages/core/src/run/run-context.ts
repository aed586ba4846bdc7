import type { Action } from "../contracts/action.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Guard } from "../contracts/guard.ts";
import type { Entry, EntryContent, Place } from "../contracts/journal.ts";
import type { AskedInstead } from "../contracts/run-terms.ts";
import type { Json } from "../contracts/json.ts";
import type { Model, StreamPart } from "../contracts/model.ts";
import type { Link, MemoryRecord, Recalled, RecallQuery } from "../contracts/record.ts";
import type { JournaledError } from "./errors.ts";
import type { History } from "./history.ts";
import type { Arrival, OpenWait } from "./inbox.ts";
import type { Slots } from "./slots.ts";
import type { Cursor } from "./snapshot.ts";
import type { Spending } from "./spending.ts";
import type { AppendOptions } from "./writer.ts";

/** What a run needs of the Brain that runs it. */
export interface Environment {
  readonly clock: Clock;
  /** The model of a name, or the default one. Throws `no_model`. */
  model(name?: string): Model;
  /** Throws `not_found`. */
  action(name: string): Action;
  readonly guards: readonly Guard[];
  recall(
    scopes: readonly string[],
    query: RecallQuery,
    options: { readonly accept: (record: MemoryRecord) => boolean; readonly signal: AbortSignal },
  ): Promise<Recalled>;
  /** Throws `invalid_input` when records would supersede each other. */
  checkSuperseding(links: readonly Link[]): Promise<void>;
  /** Passing parts of a model's answer, on their way to the listeners; absent when nobody listens. */
  readonly onDelta?: (place: Place, call: number, part: StreamPart) => void;
}

/** Where code and journal part. */
export interface Divergence {
  /** Position of the entry that the code does not agree with; absent when the journal has none for what was done. */
  readonly position?: number;
  /** Branch of the run: empty on the trunk. */
  readonly path: string;
  /** Name of the node; `START` when the graph itself is another. */
  readonly node: string;
  /** How often that node had run at this path before. */
  readonly visit: number;
  /** What differs, in words. */
  readonly what: string;
  /** What the journal has there. Absent when it has nothing. */
  readonly expected?: Json;
  /** What the code does there. Absent when it does nothing. */
  readonly found?: Json;
}

/** Why a run stopped without coming to its end. */
export type Stop =
  | { readonly kind: "waiting" }
  | { readonly kind: "failed"; readonly error: JournaledError }
  | { readonly kind: "broken"; readonly error: unknown }
  | { readonly kind: "aborted"; readonly reason: string }
  | { readonly kind: "drained" }
  | { readonly kind: "diverged"; readonly divergence: Divergence }
  | { readonly kind: "exhausted" };

/** One run under way: what its walk and its sessions share. */
export interface RunContext {
  readonly id: string;
  readonly scope: string;
  /** Where it remembers from: its own scope, and for a fork also that of the run it came from. */
  readonly recalls: readonly string[];
  /** Whether it is a fork: then what cannot be taken back needs a person. */
  readonly forked: boolean;
  /** What it asks its models instead of what the code does, the oldest first: it is a fork. Throws `erased`. */
  instead(): readonly AskedInstead[];
  readonly seed: string;
  /** The run that made the entry at a position: this one, or one that it is a fork of. */
  makerOf(position: number): string;
  readonly startedAt: number;
  /** True when nothing may be done and everything comes from the journal. */
  readonly replaying: boolean;
  /** Whether the journal that is replayed reaches the end of the run. */
  readonly finished: boolean;
  /** Aborted when the run is to stop. Made when it is asked for first. */
  signal(): AbortSignal;
  readonly environment: Environment;
  readonly history: History;
  readonly spending: Spending;
  readonly slots: Slots;
  append(content: EntryContent, options?: AppendOptions): Entry;
  /** Resolves when everything appended so far is durable: awaited before anything leaves the run. */
  flush(): Promise<void>;
  /** Begins to make everything durable, and goes on meanwhile; waits only when too much is not durable yet. */
  ahead(): Promise<void> | undefined;
  /** Says where the trunk stands; now and then it is kept, so that a resume need not begin at the beginning. */
  readonly checkpoint: ((cursor: () => Cursor) => void) | undefined;
  /** Ends the run's walk; the first stop counts. */
  stop(stop: Stop): void;
  readonly stopped: boolean;
  /** Counts what is going on; when it comes to nothing, the run waits for a person, or a replay is at the journal's end. */
  active(change: 1 | -1): void;
  /** Keeps hold of something that is under way outside, so that a stop can wait for it; `over` is called when it has ended. */
  track(work: Promise<unknown>, over?: () => void): void;
  /** Calls back once, when what is waited for has come; says whether it was there already. */
  wait(wait: OpenWait, deliver: (arrival: Arrival) => void): boolean;
  /** Calls a wait off: its try is over. */
  leave(id: string): void;
}
