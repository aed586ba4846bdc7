import type { Clock } from "../contracts/clock.ts";
import type { Entry, Place } from "../contracts/journal.ts";
import type { Json, JsonObject } from "../contracts/json.ts";
import type { StreamPart } from "../contracts/model.ts";
import type { Store } from "../contracts/store.ts";
import type { Code } from "../graph/fits.ts";
import type { Graph } from "../graph/graph.ts";
import type { Environment } from "../run/run-context.ts";
import type { Companion } from "./companion.ts";
import type { Leases } from "./leases.ts";
import type { RunResult } from "./run-result.ts";

/** What a run may be started with. */
export interface StartOptions {
  /** Starting twice with one id is starting once. Default: a fresh UUIDv7. */
  readonly id?: string;
  /** Where it remembers. Default: the Brain's scope. */
  readonly scope?: string;
  /** What its random numbers and ids come from. Default: the run's id. */
  readonly seed?: string;
  /** Aborts the run; that ends it for good. Default: nothing does. */
  readonly signal?: AbortSignal;
  /**
   * How long this process stays for a time to come (of a sleep, or of a wait that has one) rather than let the run rest as
   * `waiting`, to be resumed: milliseconds. Default: as long as it takes.
   */
  readonly patienceMs?: number;
  /**
   * Milliseconds that the whole run may take, waits included; then it fails with `timeout`. Default: as long as it
   * takes.
   */
  readonly timeoutMs?: number;
  /** What its model calls may take; the call that would go over it fails with `budget_exceeded`. Default: no limit. */
  readonly budget?: {
    /** Tokens of all model calls together, in and out. Default: unlimited. */
    readonly tokens?: number;
    /** How many model calls may be made. Default: unlimited. */
    readonly modelCalls?: number;
    /** US dollars of all model calls; each model needs a price (a chain knows it). Default: unlimited. */
    readonly usd?: number;
  };
}

/** How a run is gone on with. */
export type ResumeOptions = Pick<StartOptions, "signal" | "patienceMs">;

/** What a run that a worker is to run may be submitted with. */
export interface SubmitOptions extends Omit<StartOptions, keyof ResumeOptions> {
  /** Milliseconds until it may begin. Default 0. */
  readonly delayMs?: number;
  /** Runs of a higher number go first. Default 0. */
  readonly priority?: number;
  /** Groups runs for dispatches that limit how many of one key go on at once. Default: none. */
  readonly key?: string;
}

/** What a fork may differ in. */
export interface ForkRunOptions {
  /** How many entries of the run it begins with. Default: all but how the run ended. */
  readonly at?: number;
  /** Another input; the fork then begins anew. Default: the same. */
  readonly input?: JsonObject;
  /** Another answer to one of the run's questions; the fork then begins before that was answered. Default: the same. */
  readonly answer?: {
    /** Id of the question, as in {@link OpenQuestion}. */
    readonly question: string;
    /** What is answered in the fork. */
    readonly value: Json;
    /** Who is said to have answered. Default: nobody. */
    readonly by?: string;
  };
  /**
   * Another model, by its name in the Brain; the fork then begins before the first model call that it changes. Default:
   * the same.
   */
  readonly model?: string;
  /**
   * Another prompt: a text that stands in `system`, or in what users say, and what comes in its place; the fork then
   * begins before the first model call that it may change. Default: the same.
   */
  readonly prompt?: {
    /** The text as the code has it; every occurrence counts. */
    readonly replace: string;
    /** What stands in its place. */
    readonly with: string;
  };
  /** The nodes, by name, whose calls have the other model or prompt. Default: all. */
  readonly node?: string;
  /** The fork's id. Default: a fresh UUIDv7. */
  readonly id?: string;
  /** Where the fork remembers. Default `fork/` and its id: the memory of the run it came from is read, never written. */
  readonly scope?: string;
  /** A worker goes on with it, as with a run that was submitted. Default false: it rests until somebody resumes it. */
  readonly submit?: boolean;
}

/** How a run is executed by this process. */
export interface Manner extends ResumeOptions {
  /** How many workers in a row have died of it. Default 0. */
  readonly deaths?: number;
  /** When it was said that this process has it, by the store's clock. Default: now. */
  readonly heldAt?: number;
}

/** What running needs of the Brain. */
export interface RunsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly scope: string;
  /** Names this process: different in each, so that two owners never commit under one id. */
  readonly owner: string;
  readonly leases: Leases;
  /** Told that there may be something for a worker. */
  readonly onWork: () => void;
  readonly environment: Omit<Environment, "onDelta">;
  readonly companions: readonly Companion[];
  readonly onEntry: (run: string, graph: string, entry: Entry) => void;
  readonly onDelta: (run: string, place: Place, call: number, part: StreamPart) => void;
  /** Whether anybody wants deltas just now. */
  readonly listening: () => boolean;
}

/** The runs of one Brain. */
export interface Runs {
  start(graph: Graph, input: unknown, options: StartOptions): Promise<RunResult>;
  /** Begins a run for a worker to go on with, and gives its id. Submitting twice is submitting once. */
  submit(graph: Graph, input: unknown, options: SubmitOptions): Promise<string>;
  /** `graph`: the graph, or what finds it by the code that had the run last. */
  resume(graph: Graph | ((last: Code) => Graph), id: string, options: ResumeOptions): Promise<RunResult>;
  /**
   * Goes on with a run as a worker does: not when another process is at work on it, when its graph is another, or when its
   * workers keep dying. Gives its result when this process ran it, or when it had ended.
   */
  goOn(id: string, graphFor: (last: Code) => Graph | undefined): Promise<RunResult | undefined>;
  answer(id: string, question: string, answer: Json, by?: string): Promise<void>;
  signal(id: string, name: string, value: Json, by?: string): Promise<void>;
  abort(id: string, reason: string): Promise<void>;
  /** Makes a run that begins with entries of another, and gives its id; resume it to run it. */
  fork(id: string, options: ForkRunOptions): Promise<string>;
  /** Stops what is under way without ending it. */
  drain(): Promise<void>;
}
