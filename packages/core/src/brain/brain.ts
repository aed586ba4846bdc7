import { EventEmitter } from "eventemitter3";
import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { BrainEvent, Listener } from "../contracts/event.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Json, JsonObject } from "../contracts/json.ts";
import type { Model } from "../contracts/model.ts";
import type { GraphInfo, Health, Plugin } from "../contracts/plugin.ts";
import type { Hit, RecallQuery, RecordInput } from "../contracts/record.ts";
import type { Store, StoreOpener, Write } from "../contracts/store.ts";
import type { Graph } from "../graph/graph.ts";
import { importJournal, exportJournal } from "../journal/export.ts";
import { uuid7 } from "../journal/random.ts";
import { countUses } from "../memory/count-uses.ts";
import { createRecord } from "../memory/create-record.ts";
import { recall } from "../recall/index.ts";
import { replay, type ReplayResult } from "../run/replay.ts";
import { commitSurely } from "../run/commit.ts";
import { compareRuns, type Comparison } from "../run/compare.ts";
import { ledger, type LedgerFilter, type LedgerLine } from "../run/ledger.ts";
import { createCommands } from "./commands.ts";
import { followRun } from "./events.ts";
import { listRuns, requireJournal, requireStart, type RunSummary } from "./journals.ts";
import { createLoops } from "./loops.ts";
import { setUp, type Registry } from "./registry.ts";
import type { RunResult } from "./run-result.ts";
import { recallScopes } from "./recall-scopes.ts";
import { pruneRuns, takeIn, type PruneOptions } from "./retention.ts";
import type { ForkRunOptions, Runs, StartOptions } from "./run-options.ts";
import { createRuns } from "./runs.ts";
import { systemClock } from "./system-clock.ts";

/** What a Brain is made of. */
export interface BrainOptions {
  /** Where everything is kept, such as `sqlite({ file: "brain.db" })`. */
  readonly store: StoreOpener;
  /** The model that nodes ask unless they name another; a chain, most often. */
  readonly model?: Model;
  /** Models that nodes may name. */
  readonly models?: readonly Model[];
  readonly plugins?: readonly Plugin[];
  /** Graphs that can be run, resumed and replayed by name. */
  readonly graphs?: readonly GraphInfo[];
  /** Default scope of runs and memory. Default `main`. */
  readonly scope?: string;
  readonly clock?: Clock;
  readonly listeners?: readonly Listener[];
}

/** Assembles a store, models and plugins; runs graphs. */
export interface Brain {
  readonly store: Store;
  /** Default scope of runs and memory. */
  readonly scope: string;
  /** Runs a graph to its rest. Errors: `invalid_input`, `not_found`, `conflict`; a failing node is a result, not an error. */
  run<Input, S>(graph: Graph<Input, S>, input: Input, options?: StartOptions): Promise<RunResult<S>>;
  /** The same for a registered graph, by its name. */
  run(graph: string, input: JsonObject, options?: StartOptions): Promise<RunResult>;
  /** Goes on with a run after a crash, a close or an answer. One that has ended gives its result again. */
  resume<Input, S>(
    id: string,
    graph: Graph<Input, S>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<RunResult<S>>;
  /** The same for a registered graph; its name need be given only when it is not the one in the journal. */
  resume(id: string, graph?: string, options?: { readonly signal?: AbortSignal }): Promise<RunResult>;
  /** Answers a question of a run, once. Errors: `not_found`, `already_answered`. */
  answer(id: string, question: string, answer: Json, by?: string): Promise<void>;
  /** Sends a run a signal, which it may be waiting for or come to wait for. Errors: `not_found`. */
  signal(id: string, name: string, value?: Json, by?: string): Promise<void>;
  /** Ends a run for good. Errors: `not_found`, `conflict` when it has ended. */
  abort(id: string, reason: string): Promise<void>;
  /** Runs a journal again, offline, and compares: a run's id, or the text of an exported journal. */
  replay(source: { readonly run: string } | { readonly journal: string }, graph?: Graph): Promise<ReplayResult>;
  /**
   * Makes a run that begins with entries of another, and gives its id; `resume` runs it. It has its own scope for what
   * it remembers, and asks before it does what cannot be taken back. Errors: `not_found`, `invalid_input`.
   */
  fork(id: string, options?: ForkRunOptions): Promise<string>;
  /** Two runs beside each other: results, tokens, time, and where they part. */
  compare(first: string, second: string): Promise<Comparison>;
  /** The effects of a run, with their classes, keys and outcomes. */
  ledger(id: string, filter?: LedgerFilter): Promise<readonly LedgerLine[]>;
  /** The entries of a run from a position (default 0) on: those that are there, then those to come, until it has ended. */
  follow(id: string, options?: { readonly from?: number }): AsyncIterable<Entry>;
  /** A run's journal as text that can be replayed anywhere. */
  export(id: string): Promise<string>;
  /** A run's journal, from its first entry. Errors: `not_found`. */
  /** Takes in an exported journal as a run, and gives its id. Errors: `journal_corrupt`, `conflict`. */
  import(journal: string): Promise<string>;
  /** Forgets the journals of ended runs, by age and number, and gives their ids; what they remembered stays. */
  prune(options?: PruneOptions): Promise<readonly string[]>;
  /** A run's entries, all of them. Errors: `not_found`. */
  journal(id: string): Promise<readonly Entry[]>;
  /** All runs, the newest first. */
  runs(): Promise<readonly RunSummary[]>;
  /** Finds memories. */
  recall(query: string | RecallQuery, options?: { readonly scope?: string }): Promise<readonly Hit[]>;
  /** Remembers something outside of a run. Returns the record's id. */
  remember(record: RecordInput, options?: { readonly scope?: string }): Promise<string>;
  /** Tells the listener of events until the returned function is called. */
  on(listener: Listener): () => void;
  /** Runs a registered command. Errors: `not_found`, `invalid_input`, `denied`. */
  command(name: string, args: JsonObject, options?: { readonly signal?: AbortSignal }): Promise<Json>;
  /** Starts the registered loops; they stop when the Brain is closed. */
  startLoops(): void;
  /** What was registered, by name. */
  readonly registry: Registry;
  /** How the plugins are doing; well when all of them are. */
  health(): Promise<{ readonly ok: boolean; readonly plugins: readonly (Health & { readonly name: string })[] }>;
  /** Stops what runs (it can be resumed), closes the plugins in reverse order, then the store. */
  close(): Promise<void>;
}

/**
 * Opens the store, sets up the plugins in order and gives a Brain. When a plugin fails, those before it are closed
 * again, the store too, and its error is thrown.
 *
 * @example
 * ```ts
 * import { createBrain } from "@brainops/core";
 * import { memoryStore } from "@brainops/core/testing";
 * const brain = await createBrain({ store: memoryStore() });
 * await brain.remember({ kind: "learning", text: "Deploys on Friday go wrong." });
 * console.log((await brain.recall("friday"))[0]?.record.text);
 * await brain.close();
 * ```
 */
export async function createBrain(options: BrainOptions): Promise<Brain> {
  const { clock = systemClock, scope = "main" } = options;
  const store = await options.store.open();
  let registry: Registry;
  try {
    registry = await setUp([own(options), ...(options.plugins ?? [])], store, clock.now);
  } catch (error) {
    await store.close();
    throw error;
  }
  return assemble({ store, registry, clock, scope, model: options.model });
}

/** What is handed in directly is registered like a plugin's, so that names meet in one place. */
function own({ graphs = [], models = [], model, listeners = [] }: BrainOptions): Plugin {
  return {
    name: "brain",
    setup(registrar) {
      for (const graph of graphs) registrar.graph(graph);
      for (const each of model === undefined ? models : [model, ...models]) registrar.model(each);
      for (const listener of listeners) registrar.on(listener);
      registrar.withCommit(countUses);
    },
  };
}

function assemble(parts: {
  store: Store;
  registry: Registry;
  clock: Clock;
  scope: string;
  model: Model | undefined;
}): Brain {
  const { store, registry, clock, scope } = parts;
  const events = new EventEmitter<{ event: (event: BrainEvent) => void }>();
  for (const listener of registry.listeners) events.on("event", safely(listener));
  const runs: Runs = createRuns({
    store,
    clock,
    scope,
    companions: registry.companions,
    environment: {
      clock,
      guards: registry.guards,
      model: (name) => findModel(registry, parts.model, name),
      action: (name) => find(registry.actions, name, "action"),
      recall: (scopes, query, accept) => recallScopes(store, scopes, query, { clock, accept }),
    },
    listening: () => events.listenerCount("event") > 0,
    onEntry: (run, graph, entry) => events.emit("event", { type: "entry", run, graph, entry }),
    onDelta: (run, place, call, part) => events.emit("event", { type: "delta", run, ...place, call, part }),
  });
  const graphOf = (given: Graph | string): Graph =>
    typeof given === "string" ? (find(registry.graphs, given, "graph") as Graph) : given;
  const graphOfRun = async (id: string): Promise<Graph> => graphOf((await requireStart(store, id)).graph);
  const loops = createLoops(registry.loops, store, clock, {
    start: (name, input, id) => runs.start(graphOf(name), input, { id }),
    resume: async (id) => runs.resume(await graphOfRun(id), id),
  });
  const on = (listener: Listener): (() => void) => {
    const safe = safely(listener);
    events.on("event", safe);
    return () => void events.off("event", safe);
  };
  let closed: Promise<void> | undefined;

  const brain = {
    store,
    scope,
    registry,
    run: async (graph: Graph | string, input: unknown, given: StartOptions = {}) =>
      runs.start(graphOf(graph), input, given),
    resume: async (id: string, graph?: Graph | string, given: { readonly signal?: AbortSignal } = {}) =>
      runs.resume(graph === undefined ? await graphOfRun(id) : graphOf(graph), id, given.signal),
    answer: runs.answer,
    signal: (id: string, name: string, value: Json = null, by?: string) => runs.signal(id, name, value, by),
    abort: runs.abort,
    async replay(source: { readonly run: string } | { readonly journal: string }, graph?: Graph) {
      const entries = "run" in source ? await requireJournal(store, source.run) : importJournal(source.journal);
      return replay(graph ?? graphOf((entries[0] as Extract<Entry, { type: "run-started" }>).graph), entries);
    },
    fork: (id: string, given: ForkRunOptions = {}) => runs.fork(id, given),
    compare: async (first: string, second: string) =>
      compareRuns(await requireJournal(store, first), await requireJournal(store, second)),
    ledger: async (id: string, filter?: LedgerFilter) => ledger(await requireJournal(store, id), filter),
    follow: (id: string, { from = 0 }: { readonly from?: number } = {}) => followRun(store, id, from, on),
    export: async (id: string) => exportJournal(await requireJournal(store, id)),
    import: (journal: string) => takeIn(store, clock, journal),
    prune: (given: PruneOptions = {}) => pruneRuns(store, clock, given),
    journal: (id: string) => requireJournal(store, id),
    runs: () => listRuns(store),
    recall: (query: string | RecallQuery, given: { readonly scope?: string } = {}) =>
      recall(store, given.scope ?? scope, typeof query === "string" ? { text: query } : query, { clock }),
    async remember(input: RecordInput, given: { readonly scope?: string } = {}) {
      const id = uuid7(clock.now());
      const provenance = input.evidence === undefined ? {} : { evidence: input.evidence };
      const record = createRecord(
        { trust: "person", ...input },
        { id, scope: given.scope ?? scope, createdAt: clock.now(), provenance },
      );
      const links = (input.links ?? []).map((link): Write => ({ type: "link", link: { from: id, ...link } }));
      await commitSurely(store, uuid7(clock.now()), [{ type: "record", record }, ...links]);
      return id;
    },
    on,
    command: createCommands(registry, scope),
    startLoops: () => loops.start(),
    async health() {
      const plugins = await registry.health();
      return { ok: plugins.every(({ ok }) => ok), plugins };
    },
    close() {
      closed ??= (async () => {
        await loops.stop();
        await runs.drain();
        try {
          await registry.close();
        } finally {
          await store.close();
        }
      })();
      return closed;
    },
  };
  return Object.freeze(brain);
}

function find<T>(map: ReadonlyMap<string, T>, name: string, what: string): T {
  const found = map.get(name);
  if (found !== undefined) return found;
  const known = [...map.keys()].join(", ") || "none";
  throw new BrainOpsError(
    "not_found",
    `There is no ${what} '${name}'. Register it with a plugin; known are: ${known}.`,
    { details: { name } },
  );
}

function findModel(registry: Registry, standard: Model | undefined, name: string | undefined): Model {
  const found = name === undefined ? (standard ?? registry.models.values().next().value) : registry.models.get(name);
  if (found !== undefined) return found;
  const what = name === undefined ? "No model is configured" : `There is no model '${name}'`;
  throw new BrainOpsError("no_model", `${what}. Give createBrain a model, such as claude() of @brainops/providers.`);
}

/** A listener must not disturb a run: its first error is said on stderr, the others are dropped. */
function safely(listener: Listener): Listener {
  let failed = false;
  return (event) => {
    try {
      listener(event);
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : "not an error";
      if (!failed)
        process.emitWarning(`A listener failed; its further errors are not shown. ${reason}`, "BrainOpsWarning");
      failed = true;
    }
  };
}
