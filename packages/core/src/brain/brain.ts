import type { Clock } from "../contracts/clock.ts";
import type { Listener } from "../contracts/event.ts";
import type { Entry } from "../contracts/journal.ts";
import type { JournalPages } from "../journal/pages.ts";
import type { Json, JsonObject } from "../contracts/json.ts";
import type { Model } from "../contracts/model.ts";
import type { Embedder } from "../contracts/embedder.ts";
import type { GraphInfo, Health, Plugin } from "../contracts/plugin.ts";
import type { Recalled, RecallQuery, RecordInput } from "../contracts/record.ts";
import type { Store, StoreOpener } from "../contracts/store.ts";
import type { Graph } from "../graph/graph.ts";
import type { ReplayResult } from "../run/replay.ts";
import type { Comparison } from "../run/compare.ts";
import type { LedgerFilter, LedgerLine } from "../run/ledger.ts";
import type { EraseOptions, ErasureReport } from "./erase-options.ts";
import type { RunSummary } from "./journals.ts";
import type { Registry } from "./registry.ts";
import type { RunResult } from "./run-result.ts";
import type { PruneOptions } from "./retention.ts";
import type { ForkRunOptions, ResumeOptions, StartOptions, SubmitOptions } from "./run-options.ts";
import type { SetAside } from "./set-aside.ts";
import type { JournalSource, JournalText, Sealing } from "./transfer.ts";
import type { Worker, WorkOptions } from "./worker.ts";

/** What a Brain is made of. */
export interface BrainOptions {
  /** Where everything is kept, such as `sqlite({ file: "brain.db" })`. */
  readonly store: StoreOpener;
  /**
   * The model that nodes ask unless they name another; a chain, most often. Default: the first that is registered, in `models`
   * or by a plugin; without any, who asks is told `no_model`.
   */
  readonly model?: Model;
  /** Models that nodes may name. Default: none. */
  readonly models?: readonly Model[];
  /**
   * Lets recall search meanings, too, among the records that have a vector: `fillVectors` of `@brainops/core/memory` gives them
   * theirs. Without it, words are searched.
   */
  readonly embedder?: Embedder;
  /** Set up in this order, and closed in reverse. Their names differ. Default: none. */
  readonly plugins?: readonly Plugin[];
  /** Graphs that can be run, resumed and replayed by name. Default: none, beside those of plugins. */
  readonly graphs?: readonly GraphInfo[];
  /** Where runs remember unless they are given a scope of their own: a path such as `acme/shop`. Default `main`. */
  readonly scope?: string;
  /** Where times come from, and what waits. Default: the system's; a test hands in `virtualClock()` of `@brainops/core/testing`. */
  readonly clock?: Clock;
  /**
   * How long a run stays with a process that says nothing more, as one that has died does: milliseconds. Then a worker of
   * another process takes it over. Default 30,000.
   */
  readonly leaseMs?: number;
  /** What this process is called where it takes a run, before something that makes it unique. Default: nothing. */
  readonly name?: string;
  /** Told of entries once they are durable, and of passing deltas; as `brain.on`. Default: none. */
  readonly listeners?: readonly Listener[];
}

/** Assembles a store, models and plugins; runs graphs. */
export interface Brain {
  /** The open store; it is closed with the Brain. */
  readonly store: Store;
  /** Where runs remember unless they are given a scope of their own. */
  readonly scope: string;
  /** Runs a graph to its rest. Errors: `invalid_input`, `not_found`, `conflict`; a failing node is a result, not an error. */
  run<Input, S>(graph: Graph<Input, S>, input: Input, options?: StartOptions): Promise<RunResult<S>>;
  /** The same for a registered graph, by its name. */
  run(graph: string, input: JsonObject, options?: StartOptions): Promise<RunResult>;
  /**
   * Begins a run for a worker to go on with, here or in another process, and gives its id. Submitting twice under one id is
   * submitting once. Errors: `invalid_input`, `not_found`, `conflict`.
   */
  submit<Input, S>(graph: Graph<Input, S>, input: Input, options?: SubmitOptions): Promise<string>;
  /** The same for a registered graph, by its name. */
  submit(graph: string, input: JsonObject, options?: SubmitOptions): Promise<string>;
  /**
   * Goes on, from now on, with every run of a registered graph that needs somebody: submitted ones, those whose time has
   * come or for whom something was left, and those whose process has died. Runs that another process is at work on are
   * left to it. Stop it, or close the Brain.
   */
  work(options?: WorkOptions): Worker;
  /** Runs that no worker goes on with by itself, and why. `resume` goes on with one. */
  setAside(): Promise<readonly SetAside[]>;
  /**
   * Goes on with a run after a crash, a close or an answer. One that has ended gives its result again, one that is under way here
   * is waited for, and one that another process has is taken over from it. Errors: `not_found` for an unknown run or graph,
   * `diverged` for a graph of another version, `conflict` when somebody else takes it over at this very moment, `journal_corrupt`.
   */
  resume<Input, S>(id: string, graph: Graph<Input, S>, options?: ResumeOptions): Promise<RunResult<S>>;
  /** The same for a registered graph; its name need be given only when it is not the one in the journal. */
  resume(id: string, graph?: string, options?: ResumeOptions): Promise<RunResult>;
  /** Answers a question of a run, once. Errors: `not_found`, `already_answered`, `invalid_input`, `denied`. */
  answer(id: string, question: string, answer: Json, by?: string): Promise<void>;
  /** Sends a run a signal, which it may be waiting for or come to wait for. Errors: `not_found`, `conflict` when it has ended. */
  signal(id: string, name: string, value?: Json, by?: string): Promise<void>;
  /** Ends a run for good. Errors: `not_found`, `conflict` when it has ended. */
  abort(id: string, reason: string): Promise<void>;
  /**
   * Runs a journal again, offline, and compares: a run's id, or the text of an exported journal. Without a graph it takes the
   * registered one that had the run last. Errors: `not_found`, `journal_corrupt`, `wrong_key`, `invalid_input` for another
   * graph, `erased`.
   */
  replay(source: JournalSource, graph?: Graph): Promise<ReplayResult>;
  /**
   * Makes a run that begins with entries of another, and differs from there on: in its input, an answer, the model or the
   * prompt. Gives its id; `resume` runs it, and `compare` shows both beside each other. It has its own scope for what
   * it remembers, and asks before it does what cannot be taken back. Errors: `not_found`, `invalid_input`, `no_model`, `denied`.
   *
   * @example
   * ```ts
   * import type { Brain } from "@brainops/core";
   * declare const brain: Brain;
   * const cheaper = await brain.fork("run-1", { model: "local", node: "summarise" });
   * await brain.resume(cheaper);
   * const { runs, differing } = await brain.compare("run-1", cheaper);
   * console.log(differing, runs.map(({ usd, tokens, ms }) => ({ usd, tokens, ms })));
   * ```
   */
  fork(id: string, options?: ForkRunOptions): Promise<string>;
  /** Two runs beside each other: results, tokens, time, and where they part. Errors: `not_found`. */
  compare(first: string, second: string): Promise<Comparison>;
  /** The effects of a run, with their classes, keys and outcomes, in order. Errors: `not_found`. */
  ledger(id: string, filter?: LedgerFilter): Promise<readonly LedgerLine[]>;
  /** The entries of a run from a position on: those that are there, then those to come, until it has ended. Errors: `not_found`. */
  follow(
    id: string,
    options?: {
      /** Position of the first entry that is given. Default 0. */
      readonly from?: number;
    },
  ): AsyncIterable<Entry>;
  /** A run's journal as text, whole, to be replayed anywhere; with a key, sealed under it. Errors: `not_found`, `journal_corrupt`. */
  export(id: string, options?: Sealing): Promise<string>;
  /**
   * The same in pieces, for a journal that is too long to be held as a whole. Errors: `not_found`, `journal_corrupt`.
   *
   * @example
   * ```ts
   * import { createWriteStream } from "node:fs";
   * import { Readable } from "node:stream";
   * import { pipeline } from "node:stream/promises";
   * import type { Brain } from "@brainops/core";
   * declare const brain: Brain;
   * await pipeline(Readable.from(brain.exportPieces("run-1")), createWriteStream("run-1.jsonl"));
   * ```
   */
  exportPieces(id: string, options?: Sealing): AsyncIterable<string>;
  /**
   * Takes in an exported journal as a run, and gives its id. It is a text, or what begins to read one in pieces, such as
   * `() => createReadStream(file, "utf8")`: it is checked to its last byte, and then read again. A long one takes several
   * commits; one that was broken off is gone on with by importing it again, and until then nobody can go on with the run.
   * Errors: `journal_corrupt`, `wrong_key`, `conflict`.
   */
  import(journal: JournalText, options?: Sealing): Promise<string>;
  /** Forgets the journals of ended runs, by age and number, and gives their ids; what they remembered stays. */
  prune(options?: PruneOptions): Promise<readonly string[]>;
  /**
   * Erases records by id, scope, subject or run, and every value in journals, snapshots, inboxes and blobs that quotes
   * them. Journals stay provable; what is left of them says `erased`. Runs under way that are touched lose their owner.
   * What speaks of it without a label is reported, not erased. Erasing again is harmless, and goes on with what was broken
   * off. Errors: `invalid_input`, `not_found` for an unknown run, `aborted`.
   */
  erase(options: EraseOptions): Promise<ErasureReport>;
  /** A run's entries, all of them. Errors: `not_found`. */
  journal(id: string): Promise<readonly Entry[]>;
  /** The same a page at a time, as they are when it is called. Errors: `not_found`. */
  journalPages(id: string): Promise<JournalPages>;
  /** All runs, the newest first. */
  runs(): Promise<readonly RunSummary[]>;
  /** Finds memories, best first; what was not as it should be is in the `notes` of the result. Errors: `invalid_input`. */
  recall(
    query: string | RecallQuery,
    options?: {
      /** Where to look. Default: the Brain's scope. */
      readonly scope?: string;
    },
  ): Promise<Recalled>;
  /**
   * Remembers something outside of a run. Returns the record's id. An error whose `fingerprint` is known in its scope makes no
   * second record, when nothing else differs but its text: it is counted there (`data.count`, `firstSeen`, `lastSeen`), and the
   * id is that of the error that is known. Errors: `invalid_input`, `not_found` for an arrow to nowhere.
   */
  remember(
    record: RecordInput,
    options?: {
      /** Where to remember. Default: the Brain's scope. */
      readonly scope?: string;
    },
  ): Promise<string>;
  /** Tells the listener of events until the returned function is called. */
  on(listener: Listener): () => void;
  /** Runs a registered command. Errors: `not_found`, `invalid_input`, `denied`. */
  command(
    name: string,
    args: JsonObject,
    options?: {
      /** Aborted when the command is to stop. Default: nothing stops it. */
      readonly signal?: AbortSignal;
    },
  ): Promise<Json>;
  /** Starts the registered loops; they stop when the Brain is closed. */
  startLoops(): void;
  /** What was registered, by name. */
  readonly registry: Registry;
  /** How the plugins are doing; well when all of them are. */
  health(): Promise<{
    /** Whether every plugin is well. Without plugins: true. */
    readonly ok: boolean;
    /** Each plugin's own answer, in the order in which they were set up; `brain` is what was handed in directly. */
    readonly plugins: readonly (Health & {
      /** Name of the plugin. */
      readonly name: string;
    })[];
  }>;
  /** Stops what runs (it can be resumed), closes the plugins in reverse order, then the store. */
  close(): Promise<void>;
}
