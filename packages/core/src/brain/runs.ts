import { BrainOpsError, isBrainOpsError } from "../contracts/error.ts";
import type { Entry, EntryContent, RunLimits } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Graph } from "../graph/graph.ts";
import { chainStart, type ChainEnd } from "../journal/chain.ts";
import { canonical, encode } from "../journal/canonical.ts";
import { uuid7 } from "../journal/random.ts";
import { commitSurely } from "../run/commit.ts";
import { epochOf, execute, type Execution, type Started } from "../run/execute.ts";
import { forkEntries } from "../run/fork.ts";
import type { InboxItem } from "../run/inbox.ts";
import type { Environment } from "../run/run-context.ts";
import { initialState } from "../run/state.ts";
import { dropSnapshot } from "../run/snapshot.ts";
import { createWriter, type EntryWrites, type Writer } from "../run/writer.ts";
import {
  leaveItem,
  readInbox,
  readJournal,
  readRun,
  requireJournal,
  requireStart,
  wholeJournal,
  type KnownRun,
} from "./journals.ts";
import type { RunPlace } from "./companion.ts";
import type { ForkRunOptions, Runs, RunsOptions, StartOptions } from "./run-options.ts";
import { recordedResult, resultOf, type RunResult } from "./run-result.ts";

interface Live {
  readonly execution: Execution;
  readonly result: Promise<RunResult>;
}

/** Keeps the runs of one Brain: starts, resumes, answers and stops them. */
export function createRuns(options: RunsOptions): Runs {
  const { store, clock } = options;
  // Different in each process, so that two owners never commit under one id.
  const owner = uuid7(clock.now());
  const live = new Map<string, Live>();
  let closing = false;

  function writerFor(run: RunPlace, graph: string, end: ChainEnd): Writer {
    const { id } = run;
    return createWriter({
      store,
      clock,
      run: id,
      scope: run.scope,
      owner,
      end,
      companions: (entry) =>
        options.companions.length === 0 ? [] : options.companions.flatMap((companion) => companion(entry, run)),
      onDurable: (batch) => {
        for (const entry of batch) options.onEntry(id, graph, entry);
      },
    });
  }

  /** An open run is kept among the wakes, so that whoever comes after a crash finds it. */
  const wake =
    (id: string, open: boolean): EntryWrites =>
    (_position, at) => [{ type: "wake", key: `run/${id}`, at: open ? at : null }];

  function begin(graph: Graph, known: Omit<KnownRun, "end">, writer: Writer, signal: AbortSignal | undefined): Live {
    const id = known.started.run;
    const environment: Environment = options.listening()
      ? { ...options.environment, onDelta: (place, call, part) => options.onDelta(id, place, call, part) }
      : options.environment;
    const execution = execute({ ...known, graph: graph.definition, writer, environment, atEnd: wake(id, false) });
    const abort = (): void => execution.abort(reasonOf(signal));
    signal?.addEventListener("abort", abort, { once: true });
    const result = execution.end
      .then((end) => resultOf(id, end))
      .finally(() => {
        signal?.removeEventListener("abort", abort);
        live.delete(id);
      });
    const started = { execution, result };
    live.set(id, started);
    if (signal?.aborted === true) abort();
    return started;
  }

  async function start(
    graph: Graph,
    input: unknown,
    { id = uuid7(clock.now()), scope = options.scope, seed = id, signal, timeoutMs, budget }: StartOptions,
  ): Promise<RunResult> {
    checkOpen();
    if (id === "")
      throw new BrainOpsError("invalid_input", "A run's id cannot be empty. Leave it out to get a fresh one.");
    const underWay = live.get(id);
    if (underWay !== undefined) return underWay.result;
    const given = encode(input, `The input of graph '${graph.name}'`).json;
    initialState(graph.definition, given);
    const content: EntryContent = {
      type: "run-started",
      format: 1,
      run: id,
      graph: graph.name,
      version: graph.version,
      fingerprint: graph.fingerprint,
      scope,
      seed,
      owner,
      ...(timeoutMs === undefined && budget === undefined ? {} : { limits: { ...until(timeoutMs), ...budget } }),
      body: { input: given },
    };
    const writer = writerFor({ id, scope }, graph.name, chainStart);
    const first = writer.append(content, { writes: wake(id, true) }) as Started;
    try {
      return await begin(graph, { started: first, entries: [first] }, writer, signal).result;
    } catch (error) {
      return await foundInstead(id, first, error);
    }
  }

  function until(timeoutMs: number | undefined): RunLimits {
    return timeoutMs === undefined ? {} : { until: Math.round(clock.now() + timeoutMs) };
  }

  /** When the first commit shows that the run exists: its result if it has ended, else a conflict. */
  async function foundInstead(id: string, first: Entry, error: unknown): Promise<RunResult> {
    if (!isBrainOpsError(error, "ownership_lost")) throw error;
    const entries = await readJournal(store, id);
    const [known] = entries;
    if (known?.hash === first.hash) throw error;
    if (known !== undefined && !isSameStart(known, first)) {
      throw new BrainOpsError(
        "conflict",
        `There is a run '${id}' already, of another graph or with another input. Start this one under a new id.`,
        { cause: error, details: { run: id } },
      );
    }
    const recorded = entries.length === 0 ? undefined : recordedResult(id, entries.at(-1) as Entry);
    if (recorded !== undefined) return recorded;
    throw new BrainOpsError(
      "conflict",
      `Run '${id}' has been started already and has not ended. Resume it, or start another under a new id.`,
      { cause: error, details: { run: id } },
    );
  }

  async function resume(graph: Graph, id: string, signal?: AbortSignal): Promise<RunResult> {
    checkOpen();
    const underWay = live.get(id);
    if (underWay !== undefined) return underWay.result;
    const known = await readRun(store, id);
    const recorded = recordedResult(id, known.entries.at(-1) ?? known.started);
    if (recorded !== undefined) return recorded;
    checkFingerprint(graph, known.started);
    const { writer, taken } = await takeOver(known);
    const started = begin(graph, { ...known, entries: [...known.entries, taken] }, writer, signal);
    await feedInbox(id, started.execution);
    return started.result;
  }

  async function takeOver({ started, entries, snapshot, end }: KnownRun): Promise<{ writer: Writer; taken: Entry }> {
    const id = started.run;
    const writer = writerFor({ id, scope: started.scope }, started.graph, end);
    const taken = writer.append({ type: "run-taken", owner, epoch: epochOf(entries, snapshot) + 1 });
    try {
      await writer.flush();
    } catch (error) {
      if (!isBrainOpsError(error, "ownership_lost")) throw error;
      throw new BrainOpsError(
        "conflict",
        `Run '${id}' is being taken over by another process at this moment. It goes on there.`,
        { cause: error, details: { run: id } },
      );
    }
    return { writer, taken };
  }

  /** Hands a live run what is in its inbox; what it had before, it passes over. */
  async function feedInbox(id: string, execution: Execution): Promise<void> {
    for (const { item, index } of await readInbox(store, id)) execution.receive(item, index);
  }

  async function leave(id: string, item: InboxItem): Promise<void> {
    await leaveItem(store, id, item, uuid7(clock.now()));
    const underWay = live.get(id);
    if (underWay !== undefined) await feedInbox(id, underWay.execution);
  }

  async function answer(id: string, question: string, value: Json, by?: string): Promise<void> {
    const entries = await requireJournal(store, id);
    const asked = entries.find(
      (entry) => entry.type === "waiting" && entry.for === "answer" && entry.wait === question,
    );
    if (asked?.type !== "waiting") {
      throw new BrainOpsError(
        "not_found",
        `Run '${id}' has not asked a question '${question}'. Look at what it waits for, and give one of those ids.`,
        { details: { run: id, question } },
      );
    }
    checkAnswer(asked.body?.options, value);
    const from = by === undefined ? {} : { by };
    await leave(id, { type: "answer", wait: question, value: encode(value, "An answer").json, ...from });
  }

  async function signal(id: string, name: string, value: Json, by?: string): Promise<void> {
    await requireStart(store, id);
    const from = by === undefined ? {} : { by };
    await leave(id, { type: "signal", name, value: encode(value, "A signal's value").json, ...from });
  }

  async function abort(id: string, reason: string): Promise<void> {
    const underWay = live.get(id);
    if (underWay !== undefined) {
      underWay.execution.abort(reason);
      await underWay.result;
      return;
    }
    const known = await readRun(store, id);
    if (recordedResult(id, known.entries.at(-1) ?? known.started) !== undefined)
      throw new BrainOpsError("conflict", `Run '${id}' has ended already.`, { details: { run: id } });
    const { writer } = await takeOver(known);
    const writes: EntryWrites = (position, at) => [
      ...wake(id, false)(position, at),
      ...dropSnapshot(id, known.snapshot?.apart),
    ];
    writer.append({ type: "run-aborted", body: { reason } }, { writes });
    await writer.flush();
  }

  async function fork(
    of: string,
    { at, input, id = uuid7(clock.now()), scope = `fork/${id}` }: ForkRunOptions,
  ): Promise<string> {
    const journal = await requireJournal(store, of);
    const ended = recordedResult(of, journal.at(-1) as Entry) === undefined ? 0 : 1;
    const kept = at ?? (input === undefined ? journal.length - ended : 1);
    const given = input === undefined ? {} : { input: encode(input, "A fork's input").json };
    const entries = forkEntries(journal, { id, at: kept, scope, owner, ...given });
    const writes = [...wholeJournal(id, scope, entries), ...wake(id, true)(0, clock.now())];
    await commitSurely(store, uuid7(clock.now()), writes);
    return id;
  }

  function checkOpen(): void {
    if (closing) throw new BrainOpsError("store_closed", "The Brain has been closed. Create a new one.");
  }

  return {
    start,
    resume,
    answer,
    signal,
    abort,
    fork,
    async drain() {
      closing = true;
      for (const { execution } of live.values()) execution.drain();
      await Promise.allSettled([...live.values()].map(({ result }) => result));
    },
  };
}

/** A question with options takes one of them; a doubt also takes what was done. */
function checkAnswer(options: Json | undefined, value: Json): void {
  if (!Array.isArray(options) || options.includes(value)) return;
  if (typeof value === "object" && value !== null && "done" in value) return;
  throw new BrainOpsError("invalid_input", `The answer must be one of: ${options.join(", ")}. Nothing was answered.`);
}

function checkFingerprint(graph: Graph, first: Started): void {
  if (first.fingerprint === graph.fingerprint) return;
  throw new BrainOpsError(
    "diverged",
    `Graph '${graph.name}' is built in another way than when run '${first.run}' began. Resume it with the graph as it was (version '${first.version}').`,
    {
      details: { expected: first.fingerprint, found: graph.fingerprint },
    },
  );
}

function reasonOf(signal: AbortSignal | undefined): string {
  const reason: unknown = signal?.reason;
  if (reason instanceof Error) return reason.message;
  return typeof reason === "string" ? reason : "aborted by the caller";
}

/** Whether two starts are of the same graph with the same input. An input that was erased is taken for the same. */
function isSameStart(known: Entry, first: Entry): boolean {
  if (known.type !== "run-started" || first.type !== "run-started" || known.graph !== first.graph) return false;
  if (known.body === undefined || first.body === undefined) return true;
  return canonical(known.body.input) === canonical(first.body.input);
}
