import type { Clock } from "../contracts/clock.ts";
import type { BrainEvent, Listener } from "../contracts/event.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Store } from "../contracts/store.ts";
import { ending, readJournal, requireStart } from "./journals.ts";

/**
 * The entries of a run from a position on: first those that are there, then those to come, each once and in order,
 * until the run has ended, in whichever process it goes on. Whoever lost the connection goes on with the position after the
 * last one seen.
 */
export async function* followRun(
  store: Store,
  clock: Clock,
  run: string,
  from: number,
  listen: (listener: Listener) => () => void,
): AsyncGenerator<Entry, void, undefined> {
  await requireStart(store, run);
  const arrived: Entry[] = [];
  let wake = (): void => {};
  const off = listen((event: BrainEvent) => {
    if (event.type !== "entry" || event.run !== run) return;
    arrived.push(event.entry);
    wake();
  });
  try {
    let next = from;
    // Listening began before reading, so nothing falls between the two; what comes twice is passed over.
    for (const entry of await readJournal(store, run, from)) {
      next = entry.position + 1;
      yield entry;
      if (ending(entry) !== undefined) return;
    }
    for (;;) {
      const entry = arrived.shift();
      if (entry === undefined) {
        const woken = new Promise<boolean>((resolve) => (wake = () => resolve(true)));
        // Another process tells nothing here, so the store is asked now and then.
        if (!(await soon(clock, woken))) arrived.push(...(await readJournal(store, run, next)));
      } else if (entry.position > next) {
        // What lies between was written by another process, which had the run meanwhile.
        arrived.unshift(...(await readJournal(store, run, next)));
      } else if (entry.position === next) {
        next = entry.position + 1;
        yield entry;
        if (ending(entry) !== undefined) return;
      }
    }
  } finally {
    off();
  }
}

const pollMs = 500;

/** Whether it comes before it is time to look. */
async function soon(clock: Clock, coming: Promise<boolean>): Promise<boolean> {
  const timer = new AbortController();
  try {
    return await Promise.race([coming, clock.sleep(pollMs, timer.signal).then(() => false)]);
  } finally {
    timer.abort();
  }
}
