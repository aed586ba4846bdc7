import type { Clock } from "../contracts/clock.ts";
import type { Dispatch, KnownGraph, Ticket } from "../contracts/dispatch.ts";
import { passes } from "./run-checks.ts";

/** How a worker works. */
export interface WorkOptions {
  /** How many runs it goes on with at once. Default 8. */
  readonly concurrency?: number;
  /** How long it waits before it looks again when there was too little to do: milliseconds. Default 1,000. */
  readonly pollMs?: number;
  /** Where it learns what there is to do. Default: the wakes of the store. */
  readonly dispatch?: Dispatch;
}

/** Goes on with whatever run needs somebody, until it is stopped. */
export interface Worker {
  /** How many runs it is at work on. */
  readonly running: number;
  /** Why its last look for work failed. It looks again as often as ever. */
  readonly trouble: unknown;
  /** Takes on no more. What it is at work on goes on until it rests, or until the Brain is closed. */
  stop(): Promise<void>;
  /** Stops, and resolves when nothing is left that it is at work on. */
  rest(): Promise<void>;
}

/** What a worker needs of the Brain. */
export interface WorkerParts {
  readonly clock: Clock;
  readonly dispatch: Dispatch;
  /** What time it is by the store's clock. */
  now(): number;
  /** The graphs that runs can be gone on with, in all versions that are known. */
  graphs(): readonly KnownGraph[];
  /** Goes on with a run until it rests; at once when it is not for this process. */
  goOn(run: string): Promise<unknown>;
  /** What was set aside, to be tried once more when a worker starts. */
  setAside(): Promise<readonly Ticket[]>;
}

/** How long a run that is for others is left to them. */
const leaveMs = 5000;

/** Starts a worker. A store that cannot be read now is tried again at the next look. */
export function createWorker(
  { clock, dispatch, now, graphs, goOn, setAside }: WorkerParts,
  { concurrency = 8, pollMs = 1000 }: WorkOptions,
): Worker & { poke(): void } {
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();
  /** Runs that were left to others, and when they are looked at again. */
  const left = new Map<string, number>();
  let poke = (): void => {};
  let resting: Promise<void> | undefined;
  let trouble: unknown;

  function take(ticket: Ticket): Promise<void> {
    const serving = serve(ticket).finally(() => {
      running.delete(ticket.run);
      if (!left.has(ticket.run)) poke();
    });
    running.set(ticket.run, serving);
    return serving;
  }

  async function serve(ticket: Ticket): Promise<void> {
    let error: unknown;
    try {
      // A run that is not for this process must not be asked for again and again.
      if ((await goOn(ticket.run)) === undefined) left.set(ticket.run, now() + leaveMs);
    } catch (thrown) {
      // A store that is away, or a Brain that is closing, is no fault of the run: it is due as before.
      if (!passes(thrown)) error = thrown;
      left.set(ticket.run, now() + leaveMs);
    }
    await dispatch.done(ticket, error).catch(() => {});
  }

  async function look(): Promise<void> {
    const limit = concurrency - running.size;
    if (limit <= 0) return;
    for (const [run, time] of left) if (time <= now()) left.delete(run);
    const except = new Set([...running.keys(), ...left.keys()]);
    const request = { limit, graphs: graphs(), except, now: now(), signal: stopping.signal };
    let tickets: readonly Ticket[] = [];
    try {
      tickets = await dispatch.take(request);
      trouble = undefined;
    } catch (error) {
      trouble = error;
    }
    for (const ticket of tickets) {
      if (!stopping.signal.aborted) void take(ticket);
      else await dispatch.done(ticket).catch(() => {});
    }
  }

  async function tryAgain(): Promise<void> {
    for (const ticket of await setAside()) {
      // No more at once than it takes otherwise, and none behind one that goes on for long.
      while (running.size >= concurrency && !stopping.signal.aborted) await Promise.race(running.values());
      if (stopping.signal.aborted) return;
      if (graphs().some(({ name }) => name === ticket.graph) && !running.has(ticket.run)) void take(ticket);
    }
  }

  async function turn(): Promise<void> {
    while (!stopping.signal.aborted) {
      const poked = new Promise<void>((resolve) => (poke = resolve));
      await look();
      if (stopping.signal.aborted) return;
      const timer = new AbortController();
      const over = (): void => timer.abort();
      stopping.signal.addEventListener("abort", over, { once: true });
      await Promise.race([clock.sleep(pollMs, timer.signal).catch(() => {}), poked]);
      stopping.signal.removeEventListener("abort", over);
      timer.abort();
    }
  }

  /** The dispatch is told of everything that was taken from it before it is closed. */
  async function rest(): Promise<void> {
    stopping.abort();
    await Promise.all([turning, trying]);
    while (running.size > 0) await Promise.all(running.values());
    await dispatch.close();
  }

  const trying = tryAgain().catch(() => {});
  const turning = turn();
  return {
    get running() {
      return running.size;
    },
    get trouble() {
      return trouble;
    },
    poke: () => poke(),
    async stop() {
      stopping.abort();
      await turning;
    },
    rest: () => (resting ??= rest()),
  };
}
