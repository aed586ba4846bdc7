import { BrainOpsError, isBrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";
import type { RunWake } from "../contracts/dispatch.ts";
import type { Write } from "../contracts/write.ts";
import { fits, type Code } from "../graph/fits.ts";
import type { Graph } from "../graph/graph.ts";
import { chainStart, type ChainEnd } from "../journal/chain.ts";
import { uuid7 } from "../journal/random.ts";
import { commitSurely } from "../run/commit.ts";
import { epochOf, execute, type Execution, type Started } from "../run/execute.ts";
import { toErrorValue } from "../run/errors.ts";
import type { Environment } from "../run/run-context.ts";
import { dropSnapshot } from "../run/snapshot.ts";
import { createWriter, type EntryWrites, type Writer } from "../run/writer.ts";
import { together } from "./companion.ts";
import { forkRun } from "./fork-run.ts";
import { createHeartbeat, type Held } from "./heartbeat.ts";
import { codeOf, fittingRun, readInbox, readJournal, readRun, type KnownRun } from "./journals.ts";
import { inboxKey, type Named } from "./leases.ts";
import { letGo, sayAside } from "./let-go.ts";
import { LiveRuns } from "./live-runs.ts";
import { createMessages } from "./messages.ts";
import { anotherRun, checkGraph, foundInstead, isSameStart, passes, reasonOf } from "./run-checks.ts";
import type { Manner, ResumeOptions, Runs, RunsOptions, StartOptions, SubmitOptions } from "./run-options.ts";
import { recordedResult, resultOf, type RunResult } from "./run-result.ts";
import { putAside, takeUp } from "./set-aside.ts";
import { startOf } from "./start-of.ts";
import { stillOurs } from "./still-ours.ts";

interface Live extends Held {
  readonly started: Started;
  readonly code: Code;
  readonly execution: Execution;
  readonly writer: Writer;
  readonly result: Promise<RunResult>;
}

type GraphFor = (last: Code) => Graph | undefined;

/** A worker does not sit by a run that only waits for a time later than this. */
const workersPatienceMs = 2000;
/** A run whose worker died so often in a row, without getting any further, is set aside. */
const mostDeaths = 5;

/** Keeps the runs of one Brain: starts, resumes, answers and stops them. */
export function createRuns(options: RunsOptions): Runs {
  const { store, clock, leases, owner } = options;
  const live = new LiveRuns<Live>();
  let closing = false;

  const heartbeat = createHeartbeat(store, clock, leases, { live, feed: feedInbox });
  const messages = createMessages(store, clock, {
    now: leases.now,
    async left(run) {
      await feedInbox(run);
      options.onWork();
    },
  });

  function writerFor({ run: id, scope, graph }: Named, end: ChainEnd): Writer {
    const place = { id, scope };
    return createWriter({
      store,
      clock,
      run: id,
      scope,
      end,
      companions: (entry) => together(options.companions, entry, place),
      onDurable: (batch) => {
        for (const entry of batch) options.onEntry(id, graph, entry);
      },
      onFlush: () => stillOurs(leases, () => live.get(id)),
    });
  }

  function begin(graph: Graph, known: Omit<KnownRun, "end">, writer: Writer, manner: Manner): Live {
    const { started } = known;
    const id = started.run;
    const { name, version, fingerprint } = graph;
    const code: Code = { graph: name, version, fingerprint };
    // Who has done nothing with a run has not had it.
    const [before, begun] = [codeOf(known), writer.end.position];
    const named = (): Named => ({ ...started, ...(writer.end.position > begun ? code : before) });
    const environment: Environment = options.listening()
      ? { ...options.environment, onDelta: (place, call, part) => options.onDelta(id, place, call, part) }
      : options.environment;
    const atEnd: EntryWrites = () => leases.forget(id);
    const { signal, patienceMs = Infinity, deaths = 0, heldAt = leases.now() } = manner;
    const execution = execute({ ...known, graph: graph.definition, writer, environment, atEnd, patienceMs });
    const abort = (): void => execution.abort(reasonOf(signal));
    signal?.addEventListener("abort", abort, { once: true });
    const result = execution.end
      .then(async (end) => {
        await letGo(end, started, named(), writer, leases, clock);
        return resultOf(id, end);
      })
      .catch(async (error: unknown) => {
        // A plugin without its writes is like code that parts from the journal: the run goes on once it is right.
        if (isBrainOpsError(error, "invalid_plugin"))
          await sayAside(named(), `${error.code}: ${error.message}`, writer, leases, clock);
        throw error;
      })
      .finally(() => {
        signal?.removeEventListener("abort", abort);
        live.delete(id);
      });
    const begins = { started, named, code, execution, writer, result, heldAt, deaths };
    live.set(id, begins);
    heartbeat.start();
    if (signal?.aborted === true) abort();
    return begins;
  }

  async function start(graph: Graph, input: unknown, given: StartOptions): Promise<RunResult> {
    checkOpen();
    const { content, named } = startOf(graph, input, given, options);
    const underWay = live.get(named.run);
    if (underWay !== undefined) {
      if (!isSameStart(underWay.started, content)) throw anotherRun(named.run);
      return underWay.result;
    }
    const writer = writerFor(named, chainStart);
    const first = writer.append(content, { writes: () => [leases.hold(named)] }) as Started;
    try {
      return await begin(graph, { started: first, entries: [first] }, writer, given).result;
    } catch (error) {
      if (!isBrainOpsError(error, "ownership_lost")) throw error;
      return foundInstead(named.run, first, await readJournal(store, named.run), error);
    }
  }

  async function submit(graph: Graph, input: unknown, given: SubmitOptions): Promise<string> {
    checkOpen();
    const { content, named } = startOf(graph, input, given, options);
    const { delayMs = 0 } = given;
    const writer = writerFor(named, chainStart);
    const first = writer.append(content, { writes: (_, at) => [leases.release(named, at + delayMs)] });
    try {
      await writer.flush();
    } catch (error) {
      if (!isBrainOpsError(error, "ownership_lost")) throw error;
      const known = await readJournal(store, named.run, 0, 1);
      if (known[0] === undefined || !isSameStart(known[0], first))
        return foundInstead(named.run, first, known, error).id;
    }
    options.onWork();
    return named.run;
  }

  async function resume(given: Graph | ((last: Code) => Graph), id: string, manner: ResumeOptions): Promise<RunResult> {
    checkOpen();
    const underWay = live.get(id);
    if (underWay !== undefined) {
      if (typeof given !== "function") checkGraph(given, id, underWay.code);
      return underWay.result;
    }
    const known = await readRun(store, id);
    const recorded = recordedResult(id, known.entries.at(-1) ?? known.started);
    if (recorded !== undefined) return recorded;
    const last = codeOf(known);
    const graph = typeof given === "function" ? given(last) : given;
    checkGraph(graph, id, last);
    return goOnWith(graph, known, manner);
  }

  async function goOnWith(graph: Graph, found: KnownRun, manner: Manner): Promise<RunResult> {
    const heldAt = leases.now();
    const known = await fittingRun(store, found, graph.fingerprint);
    const { writer, taken } = await takeOver(known, manner.deaths, graph);
    // Read before it begins, so that it does not come to rest while what it waits for is on its way to it.
    const inbox = await readInbox(store, known.started.run, known.snapshot?.inbox.before);
    const started = begin(graph, { ...known, entries: [...known.entries, taken] }, writer, { ...manner, heldAt });
    for (const { item, index } of inbox) started.execution.receive(item, index);
    return started.result;
  }

  async function goOn(id: string, graphFor: GraphFor): Promise<RunResult | undefined> {
    checkOpen();
    if (live.get(id) !== undefined) return undefined;
    const { wake, heldElsewhere } = await leases.look(id);
    if (heldElsewhere) return undefined;
    try {
      return await goOnFrom(id, wake, graphFor);
    } catch (error) {
      // Somebody else was faster: it goes on there.
      if (isBrainOpsError(error, "conflict") || isBrainOpsError(error, "ownership_lost")) return undefined;
      // What else stops a run than trouble of the store does not pass by itself.
      if (wake !== undefined && !closing && !passes(error)) {
        const code = isBrainOpsError(error) ? error.code : "error";
        const reason = `${code}: ${toErrorValue(error, "run_failed").message}`;
        await putAside(store, clock, { ...wake, run: id }, reason);
      }
      throw error;
    }
  }

  async function goOnFrom(id: string, wake: RunWake | undefined, graphFor: GraphFor): Promise<RunResult | undefined> {
    const known = await readRun(store, id).catch((error: unknown) => {
      if (isBrainOpsError(error, "not_found")) return undefined;
      throw error;
    });
    const last = known?.entries.at(-1) ?? known?.started;
    const recorded = last === undefined ? undefined : recordedResult(id, last);
    if (known === undefined || recorded !== undefined) {
      await commitSurely(store, uuid7(clock.now()), leases.forget(id));
      return recorded;
    }
    const code = codeOf(known);
    const graph = graphFor(code);
    if (graph === undefined || !fits(graph, code)) return undefined;
    const died = wake?.holder !== undefined;
    const deaths = died ? (last?.type === "run-taken" ? (wake?.deaths ?? 0) : 0) + 1 : 0;
    if (deaths < mostDeaths) return goOnWith(graph, known, { patienceMs: workersPatienceMs, deaths });
    const reason = `its worker died ${deaths} times in a row without getting any further`;
    await putAside(store, clock, { ...known.started, ...code }, reason, known.end.position);
    return undefined;
  }

  async function takeOver(known: KnownRun, deaths?: number, graph?: Graph): Promise<{ writer: Writer; taken: Entry }> {
    const { started, entries, snapshot, end } = known;
    const id = started.run;
    const writer = writerFor(started, end);
    const last = codeOf(known);
    // The wake of the inbox is taken away before the inbox is read, so that nothing left meanwhile is missed.
    const writes = (): Write[] => [
      leases.hold({ ...started, ...last }, deaths),
      { type: "wake", key: inboxKey(id), at: null },
      takeUp(id),
    ];
    const { version, fingerprint } = graph ?? last;
    const other = fingerprint === last.fingerprint ? {} : { version, fingerprint };
    const taken = writer.append(
      { type: "run-taken", owner, epoch: epochOf(entries, snapshot) + 1, ...other },
      { writes },
    );
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

  /** Hands a live run what is in its inbox; what it had before, it passes over. Says whether it took everything. */
  async function feedInbox(id: string): Promise<boolean> {
    const underWay = live.get(id);
    if (underWay === undefined) return false;
    const items = await readInbox(store, id, underWay.execution.received());
    return items.every(({ item, index }) => underWay.execution.receive(item, index));
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
    const writes = (): Write[] => [...leases.forget(id), ...dropSnapshot(id, known.snapshot?.apart)];
    writer.append({ type: "run-aborted", body: { reason } }, { writes });
    await writer.flush();
  }

  function checkOpen(): void {
    if (closing) throw new BrainOpsError("store_closed", "The Brain has been closed. Create a new one.");
  }

  return {
    start,
    submit,
    resume,
    goOn,
    ...messages,
    abort,
    async fork(of, given) {
      const id = await forkRun(options, of, given);
      if (given.submit === true) options.onWork();
      return id;
    },
    async drain() {
      closing = true;
      for (const { execution } of live.values()) execution.drain();
      await Promise.allSettled(live.values().map(({ result }) => result));
      await heartbeat.stop();
    },
  };
}
