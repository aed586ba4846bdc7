import { setTimeout as sleep } from "node:timers/promises";
import { isBrainOpsError, type Brain, type BrainOpsError, type Worker, type WorkOptions } from "@brainops/core";
import { exitFailed, exitOk } from "../cli/command.ts";
import type { Io } from "../cli/io.ts";
import type { Output } from "../cli/output.ts";
import { plural } from "../timeline/words.ts";
import { serveHealth } from "./serve-health.ts";

/** How a Brain is kept at work. */
export interface AtWork {
  readonly brain: Brain;
  readonly io: Io;
  readonly output: Output;
  /** Of the health endpoint; 0: a free one. */
  readonly port: number;
  /** How long runs may go on when it is to stop, before it lets go of them: milliseconds. */
  readonly drainMs: number;
  readonly work: WorkOptions;
  /** Stands in the answers of the health endpoint, too. */
  readonly about?: { readonly [name: string]: unknown };
  /** Told where its health is once it is at work. */
  readonly said: (health: string) => void;
}

/** Closing waits for a store that is away, and for effects that do not listen; not forever. */
const closeMs = 15_000;

/**
 * Keeps a Brain at work, loops and all, until it is told to stop; then closes it and gives the exit code: 0 when everything was
 * finished or let go of, 1 when that took too long. Whoever takes over then waits for leases to run out. Rejects when the store
 * lacks what it had acknowledged: whoever is started anew goes on from what is there.
 */
export async function stayAtWork(at: AtWork): Promise<number> {
  const { brain, io, output, drainMs } = at;
  try {
    const worker = brain.work(at.work);
    const health = await serveHealth({ brain, worker, port: at.port, stopping: io.signal, about: at.about ?? {} });
    try {
      brain.startLoops();
      at.said(health.url);
      const lost = await Promise.race([aborted(io.signal), rolledBack(worker, io.signal)]);
      await worker.stop();
      if (lost !== undefined) throw lost;
      if (drainMs > 0 && worker.running > 0) {
        output.notice(`Stopping. ${plural(worker.running, "run")} under way may go on for ${drainMs} ms.`);
        await within(drainMs, worker.rest());
      }
      const { running } = worker;
      const left = running === 0 ? "No run is under way." : `${plural(running, "run")} under way will go on later.`;
      output.notice(`Stopping. ${left}`);
      return (await within(closeMs, brain.close())) ? exitOk : exitFailed;
    } finally {
      await health.close();
    }
  } finally {
    await within(closeMs, brain.close());
  }
}

/** So often it is looked whether the store was set back: milliseconds. */
const lookMs = 500;

/** Gives the error when a worker cannot look for work because its store was set back: that does not pass. */
async function rolledBack(worker: Worker, signal: AbortSignal): Promise<BrainOpsError | undefined> {
  while (!signal.aborted) {
    if (isBrainOpsError(worker.trouble, "store_rolled_back")) return worker.trouble;
    await sleep(lookMs, undefined, { signal, ref: false }).catch(() => {});
  }
  return undefined;
}

/** Whether it was done in time. */
async function within(ms: number, work: Promise<void>): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  const done = await Promise.race([work.then(() => true), late]);
  timer.abort();
  return done;
}

/** Settles once a signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
