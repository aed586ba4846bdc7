import { EventEmitter } from "eventemitter3";
import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { BrainEvent, Listener } from "../contracts/event.ts";
import type { Json } from "../contracts/json.ts";
import type { Model } from "../contracts/model.ts";
import type { Embedder } from "../contracts/embedder.ts";
import type { Plugin } from "../contracts/plugin.ts";
import type { RecallQuery, RecordInput } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import { fits, type Code } from "../graph/fits.ts";
import type { Graph } from "../graph/graph.ts";
import { uuid7 } from "../journal/random.ts";
import { joined } from "../journal/sealed-export.ts";
import { countUses } from "../memory/count-uses.ts";
import { createRecord } from "../memory/create-record.ts";
import { rememberIn } from "../memory/remember.ts";
import { checkSuperseding } from "../memory/superseding.ts";
import { recallFrom } from "../recall/index.ts";
import { replay } from "../run/replay.ts";
import { compareRuns } from "../run/compare.ts";
import { ledger, type LedgerFilter } from "../run/ledger.ts";
import { checkBrainOptions, checkGraphGiven } from "./check-brain-options.ts";
import { createCommands } from "./commands.ts";
import { storeDispatch } from "./dispatch.ts";
import type { EraseOptions } from "./erase-options.ts";
import { erase } from "./erasure.ts";
import { followRun } from "./events.ts";
import { listRuns, requireJournal, storedPages } from "./journals.ts";
import { createLeases, type Leases } from "./leases.ts";
import { createLoops } from "./loops.ts";
import { setUp, type Registered, type Registry } from "./registry.ts";
import { pruneRuns, type PruneOptions } from "./retention.ts";
import type { ForkRunOptions, ResumeOptions, Runs, StartOptions, SubmitOptions } from "./run-options.ts";
import { createRuns } from "./runs.ts";
import { listSetAside } from "./set-aside.ts";
import { systemClock } from "./system-clock.ts";
import { exportRun, pagesFrom, takeIn, type JournalSource, type JournalText, type Sealing } from "./transfer.ts";
import { createWorker, type WorkOptions } from "./worker.ts";
import type { Brain, BrainOptions } from "./brain.ts";

/**
 * Opens the store, sets up the plugins in order and gives a Brain. When a plugin fails, those before it are closed
 * again, the store too, and its error is thrown.
 *
 * Errors: `invalid_input` for options that do not fit, `invalid_plugin`, and those of the store on opening.
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
  checkBrainOptions(options);
  const { clock = systemClock, scope = "main", leaseMs = 30_000 } = options;
  const store = await options.store.open();
  const unique = uuid7(clock.now());
  const owner = options.name === undefined ? unique : `${options.name}/${unique}`;
  const leases = createLeases(store, clock, { owner, leaseMs, shared: clock === systemClock });
  let registry: Registered;
  try {
    await leases.adjust();
    registry = await setUp([own(options), ...(options.plugins ?? [])], store, clock.now);
  } catch (error) {
    await store.close();
    throw error;
  }
  return assemble({ store, registry, clock, scope, owner, leases, model: options.model, embedder: options.embedder });
}

/** What is handed in directly is registered like a plugin's, so that names meet in one place. */
function own({ graphs = [], models = [], model, listeners = [] }: BrainOptions): Plugin {
  return {
    name: "brain",
    setup(registrar) {
      for (const graph of graphs) registrar.graph(checkGraphGiven(graph as Graph));
      for (const each of model === undefined ? models : [model, ...models]) registrar.model(each);
      for (const listener of listeners) registrar.on(listener);
      registrar.withCommit(countUses);
    },
  };
}

function assemble(parts: {
  store: Store;
  registry: Registered;
  clock: Clock;
  scope: string;
  owner: string;
  leases: Leases;
  model: Model | undefined;
  embedder: Embedder | undefined;
}): Brain {
  const { store, registry, clock, scope, owner, leases } = parts;
  const remembering = { clock, ...(parts.embedder === undefined ? {} : { embedder: parts.embedder }) };
  const events = new EventEmitter<{ event: (event: BrainEvent) => void }>();
  for (const listener of registry.listeners) events.on("event", safely(listener));
  const runs: Runs = createRuns({
    store,
    clock,
    scope,
    owner,
    leases,
    onWork: () => workers.forEach((worker) => worker.poke()),
    companions: registry.companions,
    environment: {
      clock,
      guards: registry.guards,
      model: (name) => findModel(registry, parts.model, name),
      action: (name) => find(registry.actions, name, "action"),
      checkSuperseding: (links) => checkSuperseding(store, links),
      recall: (scopes, query, given) => recallFrom(store, scopes, query, { ...remembering, ...given }),
    },
    listening: () => events.listenerCount("event") > 0,
    onEntry: (run, graph, entry) => events.emit("event", { type: "entry", run, graph, entry }),
    onDelta: (run, place, call, part) => events.emit("event", { type: "delta", run, ...place, call, part }),
  });
  const graphOf = (given: Graph | string): Graph =>
    typeof given === "string" ? (find(registry.graphs, given, "graph") as Graph) : checkGraphGiven(given);
  /** The graph that goes on with a run: the one that had it last, else one that continues its version. */
  const graphFor = (last: Code): Graph | undefined => {
    const named = (registry.versions as Graph[]).filter(({ name }) => name === last.graph);
    return named.find(({ fingerprint }) => fingerprint === last.fingerprint) ?? named.find((one) => fits(one, last));
  };
  const graphAfter = (last: Code): Graph => graphFor(last) ?? graphOf(last.graph);
  const workers: ReturnType<typeof createWorker>[] = [];
  const loops = createLoops(registry.loops, store, clock, {
    start: (name, input, id) => runs.start(graphOf(name), input, { id }),
    goOn: (id) => runs.goOn(id, graphFor),
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
    submit: async (graph: Graph | string, input: unknown, given: SubmitOptions = {}) =>
      runs.submit(graphOf(graph), input, given),
    work(given: WorkOptions = {}) {
      const worker = createWorker(
        {
          clock,
          dispatch: given.dispatch ?? storeDispatch(store),
          now: leases.now,
          graphs: () => registry.versions,
          goOn: (id) => runs.goOn(id, graphFor),
          setAside: () => listSetAside(store),
        },
        given,
      );
      workers.push(worker);
      return worker;
    },
    setAside: () => listSetAside(store),
    resume: async (id: string, graph?: Graph | string, given: ResumeOptions = {}) =>
      runs.resume(graph === undefined ? graphAfter : graphOf(graph), id, given),
    answer: runs.answer,
    signal: (id: string, name: string, value: Json = null, by?: string) => runs.signal(id, name, value, by),
    abort: runs.abort,
    replay: async (source: JournalSource, graph?: Graph) => replay(graph ?? graphAfter, await pagesFrom(store, source)),
    async fork(id: string, given: ForkRunOptions = {}) {
      if (given.model !== undefined) findModel(registry, parts.model, given.model);
      return runs.fork(id, given);
    },
    compare: async (first: string, second: string) =>
      compareRuns(await requireJournal(store, first), await requireJournal(store, second)),
    ledger: async (id: string, filter?: LedgerFilter) => ledger(await requireJournal(store, id), filter),
    follow: (id: string, { from = 0 }: { readonly from?: number } = {}) => followRun(store, clock, id, from, on),
    export: (id: string, given: Sealing = {}) => joined(exportRun(store, id, given)),
    exportPieces: (id: string, given: Sealing = {}) => exportRun(store, id, given),
    import: (journal: JournalText, given: Sealing = {}) => takeIn(store, clock, journal, given),
    prune: (given: PruneOptions = {}) => pruneRuns(store, clock, given),
    erase: (given: EraseOptions) => erase(store, clock, given),
    journal: (id: string) => requireJournal(store, id),
    journalPages: (id: string) => storedPages(store, id),
    runs: () => listRuns(store),
    recall: (query: string | RecallQuery, given: { readonly scope?: string } = {}) =>
      recallFrom(store, [given.scope ?? scope], typeof query === "string" ? { text: query } : query, remembering),
    async remember(input: RecordInput, given: { readonly scope?: string } = {}) {
      const id = uuid7(clock.now());
      const provenance = input.evidence === undefined ? {} : { evidence: input.evidence };
      const record = createRecord(
        { trust: "person", ...input },
        { id, scope: given.scope ?? scope, createdAt: clock.now(), provenance },
      );
      return rememberIn(store, clock, record, input.links ?? []);
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
        await Promise.all(workers.map((worker) => worker.stop()));
        await runs.drain();
        await Promise.all(workers.map((worker) => worker.rest()));
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
  const known = [...registry.models.keys()].join(", ") || "none";
  const what = name === undefined ? "No model is configured" : `There is no model '${name}'; known are: ${known}`;
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
