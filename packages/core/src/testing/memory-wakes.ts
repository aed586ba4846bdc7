import type { Wake } from "../contracts/store.ts";
import { compareText, type KeptWake, type MemoryState } from "./memory-state.ts";

/** The wake as it was written. */
export function parseWake({ json }: KeptWake): Wake {
  return JSON.parse(json) as Wake;
}

/** Wakes due at or before a time, earliest first; ties by key. */
export function dueWakes({ wakes }: MemoryState, at: number): KeptWake[] {
  return [...wakes.values()].filter((wake) => wake.at <= at).sort((a, b) => a.at - b.at || compareText(a.key, b.key));
}

/** One wake of each queue. */
export function oneOfEach({ wakes }: MemoryState): KeptWake[] {
  const found = new Map<string, KeptWake>();
  for (const wake of wakes.values()) if (wake.queue !== undefined) found.set(wake.queue.name, wake);
  return [...found.values()];
}

/** What is due in a queue, lane after lane. */
export function dueInQueue(
  state: MemoryState,
  queue: string,
  at: number,
  { lanes, each, after = "" }: { readonly lanes: number; readonly each: number; readonly after?: string },
): KeptWake[] {
  const due = dueWakes(state, at).filter((wake) => wake.queue?.name === queue);
  return [...Map.groupBy(due, (wake) => wake.queue?.lane ?? "")]
    .filter(([lane]) => lane > after)
    .sort(([a], [b]) => compareText(a, b))
    .slice(0, lanes)
    .flatMap(([, wakes]) => wakes.slice(0, each));
}
