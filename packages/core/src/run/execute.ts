import { BrainOpsError } from "../contracts/error.ts";
import type { Entry, EntryContent } from "../contracts/journal.ts";
import type { GraphDefinition, State } from "../graph/definition.ts";
import { erasedError, isErased } from "../journal/erased.ts";
import { endOf } from "./end-of.ts";
import { toErrorValue, type JournaledError } from "./errors.ts";
import { createHistory, type History } from "./history.ts";
import { createInbox, usedItems, type InboxItem } from "./inbox.ts";
import { replayEnd } from "./replay-end.ts";
import type { RunEnd, WalkEnd } from "./run-end.ts";
import type { Environment, RunContext, Stop } from "./run-context.ts";
import { createSlots } from "./slots.ts";
import { createSnapshots, isOver, type Carried, type Snapshot } from "./snapshot.ts";
import { createSpending } from "./spending.ts";
import { walkGraph } from "./walk.ts";
import type { AppendOptions, EntryWrites, Writer } from "./writer.ts";

/** An execution under way. */
export interface Execution {
  /** How it came to rest. Rejects when the store fails or another process took the run over. */
  readonly end: Promise<RunEnd>;
  /** Hands in an item of the run's inbox, with its place there. Says whether it could take it: not when it comes to rest. */
  receive(item: InboxItem, index: number): boolean;
  /** The place of the next item of the inbox that was not handed in. */
  received(): number;
  abort(reason: string): void;
  /** Stops without ending the run: it can be resumed. */
  drain(): void;
  /** Stops at once, because it was found that the run is somebody else's: `end` rejects with the error. */
  lose(error: unknown): void;
}

/** The first entry of every journal. */
export type Started = Extract<Entry, { type: "run-started" }>;
/** What to execute. */
export interface ExecuteOptions {
  readonly graph: GraphDefinition;
  readonly started: Started;
  /** The journal so far; after a snapshot, what came since. */
  readonly entries: readonly Entry[];
  /** Where to go on, instead of at the beginning. */
  readonly snapshot?: Snapshot;
  /** A snapshot that is there and cannot be used: the next takes its place. */
  readonly unused?: Snapshot;
  /** Absent in replay. */
  readonly writer?: Writer;
  /** Of a replay: what its journal has, which is not held as a whole. */
  readonly replayed?: {
    readonly history: History;
    readonly last: Entry;
    /** The messages of what nodes failed with for good. */
    readonly failures: ReadonlySet<string>;
  };
  readonly environment: Environment;
  /** How long it stays for a time to come, rather than rest: milliseconds. Default: as long as it takes. */
  readonly patienceMs?: number;
  /** Goes into the commit of the entry that ends the run. */
  readonly atEnd?: EntryWrites;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
// Without a reason of one's own, each abort makes an error with a stack.
const over = "over";

/** How often a run has been taken over. */
export function epochOf(entries: readonly Entry[], snapshot?: Snapshot): number {
  return entries.reduce((epoch, entry) => (entry.type === "run-taken" ? entry.epoch : epoch), snapshot?.epoch ?? 0);
}

/** Executes a run from its journal on; with a writer for real, without one as a replay. */
export function execute(options: ExecuteOptions): Execution {
  const { graph, started, entries, snapshot, writer, environment, replayed } = options;
  const last = replayed?.last ?? entries.at(-1) ?? started;
  let controller: AbortController | undefined;
  const work = new Set<Promise<unknown>>();
  const patience = options.patienceMs ?? Infinity;
  const { before, used } = snapshot?.inbox ?? { before: 0, used: [] };
  const inbox = createInbox(environment.clock, { before, used: [...used, ...usedItems(entries)] });
  const history =
    replayed?.history ?? createHistory(entries, (place) => snapshot !== undefined && isOver(snapshot, place));
  const spending = createSpending(started.limits, snapshot?.spent, entries);
  let activity = 1;
  let soon: NodeJS.Immediate | undefined;
  let closed = false;
  let settle: (stop: Stop) => void = () => {};
  const stopping = new Promise<Stop>((resolve) => (settle = resolve));

  /** Makes everything durable now; then what was to become so in the next turn is settled, too. */
  function flush(): Promise<void> {
    if (soon !== undefined) clearImmediate(soon);
    soon = undefined;
    return writer?.flush() ?? Promise.resolve();
  }

  /** What cannot be written, a plugin's own writes included, stops the run where it is: no node is to take it for its own. */
  function appendTo(to: Writer, content: EntryContent, extra: AppendOptions | undefined): Entry {
    try {
      return to.append(content, extra);
    } catch (error) {
      run.stop({ kind: "broken", error });
      throw error;
    }
  }

  const flushOrStop = (): Promise<void> => flush().catch((error: unknown) => run.stop({ kind: "broken", error }));

  /** What a snapshot carries beside the place and the state. */
  const { version, fingerprint } = graph;
  const carried = (): Carried => ({
    epoch: epochOf(entries, snapshot),
    inbox: inbox.taken(),
    spent: spending.spent(),
    version,
    fingerprint,
  });

  const snapshots = writer && createSnapshots(started, writer, carried, snapshot ?? options.unused, entries);

  const run: { -readonly [key in keyof RunContext]: RunContext[key] } = {
    id: started.run,
    scope: started.scope,
    recalls: [started.scope, ...new Set(started.forkOf?.map(({ scope }) => scope) ?? [])],
    forked: started.forkOf !== undefined,
    instead() {
      if (started.forkOf !== undefined && isErased(started)) throw erasedError(started.position);
      return started.body?.instead ?? [];
    },
    seed: started.seed,
    makerOf: (position) => started.forkOf?.find((origin) => position < origin.position)?.run ?? started.run,
    startedAt: started.at,
    replaying: writer === undefined,
    finished: last.type === "run-completed",
    signal: () => (controller ??= new AbortController()).signal,
    environment,
    history,
    spending,
    slots: createSlots((change) => run.active(change)),
    append(content, extra) {
      if (closed || writer === undefined)
        throw new BrainOpsError("aborted", "The run has ended; nothing can be added to its journal.");
      const entry = appendTo(writer, content, extra);
      // A completed node is not asked for again.
      if (entry.type !== "node-completed") history.add(entry);
      spending.count(entry);
      return entry;
    },
    flush,
    ahead() {
      if (writer === undefined) return undefined;
      if (writer.full) return nextTurn().then(flushOrStop);
      // In the next turn of the event loop, so that what comes until then shares the commit.
      soon ??= setImmediate(() => void flushOrStop());
      return undefined;
    },
    checkpoint: snapshots?.checkpoint,
    stopped: false,
    stop(stop) {
      if (run.stopped) return;
      run.stopped = true;
      settle(stop);
    },
    active(change) {
      activity += change;
      if (activity !== 0) return;
      const next = inbox.nextTime();
      if (next === Infinity || next > environment.clock.now() + patience)
        run.stop({ kind: writer === undefined ? "exhausted" : "waiting" });
    },
    track(promise, then) {
      work.add(promise);
      const ended = (): void => {
        work.delete(promise);
        then?.();
      };
      promise.then(ended, ended);
    },
    wait: inbox.wait,
    leave: inbox.leave,
  };

  async function walk(): Promise<State> {
    if (snapshot === undefined && isErased(started)) throw erasedError(started.position);
    return walkGraph(run, graph, "", snapshot ?? { input: started.body.input }, (cursor) => cursor);
  }

  async function go(): Promise<RunEnd> {
    // Not before whoever starts it knows of it.
    const walked: Promise<WalkEnd> = Promise.resolve()
      .then(walk)
      .then(
        (state) => ({ kind: "completed", state }),
        (error: unknown) => ({ kind: "thrown", error }),
      );
    const until = writer === undefined ? undefined : started.limits?.until;
    const cancel = until === undefined ? undefined : expireAt(until);
    const end = await Promise.race([walked, stopping]);
    cancel?.();
    run.stopped = true;
    if (end.kind !== "completed") await quieten();
    try {
      if (writer !== undefined) return await liveEnd(end, writer);
      return replayEnd(end, history, replayed?.failures ?? new Set(), last);
    } finally {
      closed = true;
      inbox.close();
    }
  }

  /** Fails the run at a time; gives how to call that off. */
  function expireAt(until: number): () => void {
    const { clock } = environment;
    const deadline = new AbortController();
    const message = "The run took longer than it was allowed. Give it more time (timeoutMs), or less to do.";
    const late = (): void => run.stop({ kind: "failed", error: { code: "timeout", message } });
    clock.sleep(Math.max(0, until - clock.now()), deadline.signal).then(late, () => {});
    return () => deadline.abort(over);
  }

  /** Cuts off what is under way and waits for it, but not for ever: an effect may be deaf to its signal. */
  async function quieten(): Promise<void> {
    run.signal();
    controller?.abort(new BrainOpsError("aborted", "The run was stopped."));
    if (work.size > 0) await endOf(work, environment.clock);
  }

  async function liveEnd(end: WalkEnd, to: Writer): Promise<RunEnd> {
    const conclude = async (content: EntryContent): Promise<void> => {
      const writes: EntryWrites = (position, at) => [
        ...(options.atEnd?.(position, at) ?? []),
        ...(snapshots?.drop() ?? []),
      ];
      if (last.type !== content.type) to.append(content, { writes });
      await flush();
    };
    const fail = async (error: JournaledError, cause?: unknown): Promise<RunEnd> => {
      await conclude({ type: "run-failed", body: { error } });
      return { status: "failed", error, ...(cause === undefined ? {} : { cause }) };
    };
    switch (end.kind) {
      case "completed":
        await conclude({ type: "run-completed", body: { state: end.state } });
        return { status: "completed", state: end.state };
      case "thrown":
        return fail(toErrorValue(end.error, "node_failed"), end.error);
      case "failed":
        return fail(end.error);
      case "aborted":
        await conclude({ type: "run-aborted", body: { reason: end.reason } });
        return { status: "aborted", reason: end.reason };
      case "waiting":
        await flush();
        return { status: "waiting", waits: inbox.open() };
      case "broken":
        throw end.error;
      case "diverged":
        return { status: "diverged", divergence: end.divergence };
      default:
        await flush();
        return { status: "drained" };
    }
  }

  return {
    end: go(),
    receive(item, index) {
      if (run.stopped) return false;
      try {
        inbox.take(item, index);
      } catch (error) {
        // It was left all the same; whoever left it has nothing to do with what went wrong here.
        run.stop({ kind: "broken", error });
      }
      return !run.stopped;
    },
    received: inbox.seen,
    abort: (reason) => run.stop({ kind: "aborted", reason }),
    drain: () => run.stop({ kind: "drained" }),
    lose: (error) => run.stop({ kind: "broken", error }),
  };
}
