import type { BrainEvent, Listener } from "../contracts/event.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Store } from "../contracts/store.ts";
import { ending, readJournal } from "./journals.ts";

/**
 * The entries of a run from a position on: first those that are there, then those to come, each once and in order,
 * until the run has ended. Whoever lost the connection goes on with the position after the last one seen.
 */
export async function* followRun(
  store: Store,
  run: string,
  from: number,
  listen: (listener: Listener) => () => void,
): AsyncGenerator<Entry, void, undefined> {
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
      if (entry === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else if (entry.position >= next) {
        next = entry.position + 1;
        yield entry;
        if (ending(entry) !== undefined) return;
      }
    }
  } finally {
    off();
  }
}
