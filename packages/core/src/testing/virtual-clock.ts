import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError } from "../contracts/error.ts";

/** A clock that stands still until a test moves it. */
export interface VirtualClock extends Clock {
  /** Moves time on by so many milliseconds, waking sleepers in the order of their times. */
  advance(ms: number): Promise<void>;
  /** Moves time on to the next sleeper's time, if there is one; says whether there was. */
  next(): Promise<boolean>;
  /** How many sleep now. */
  readonly sleeping: number;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * Makes a clock that starts at a given time (default 2026-01-01 UTC) and moves only when told to. Between two sleepers
 * everything that became possible is allowed to happen first.
 *
 * @example
 * ```ts
 * import { virtualClock } from "@brainops/core/testing";
 * const clock = virtualClock();
 * const nap = clock.sleep(60_000);
 * await clock.advance(60_000);
 * await nap; // no minute has passed
 * ```
 */
export function virtualClock(start: number = Date.UTC(2026, 0, 1)): VirtualClock {
  let now = start;
  const sleepers = new Set<Sleeper>();
  const first = (): Sleeper | undefined => {
    let earliest: Sleeper | undefined;
    for (const sleeper of sleepers) if (earliest === undefined || sleeper.at < earliest.at) earliest = sleeper;
    return earliest;
  };
  const wakeNext = async (until: number): Promise<boolean> => {
    await settle();
    const sleeper = first();
    if (sleeper === undefined || sleeper.at > until) return false;
    sleepers.delete(sleeper);
    now = Math.max(now, sleeper.at);
    sleeper.wake();
    await settle();
    return true;
  };
  return {
    now: () => now,
    get sleeping() {
      return sleepers.size;
    },
    async sleep(ms, signal) {
      if (signal?.aborted) throw aborted(signal);
      if (ms <= 0) return;
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => {
          sleepers.delete(sleeper);
          reject(aborted(signal));
        };
        const sleeper: Sleeper = {
          at: now + ms,
          wake: () => {
            signal?.removeEventListener("abort", onAbort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", onAbort, { once: true });
      });
    },
    async advance(ms) {
      const until = now + ms;
      while (await wakeNext(until));
      now = until;
    },
    next: () => wakeNext(Infinity),
  };
}

function aborted(signal: AbortSignal | undefined): BrainOpsError {
  return new BrainOpsError("aborted", "The sleep was aborted by its caller.", { cause: signal?.reason });
}

/** Lets everything run that can run without time passing. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
