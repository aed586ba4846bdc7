import type { Entry } from "@brainops/core";
import type { Operation } from "./cluster-history.ts";

/** What one process wrote down: when, who, and what. */
export interface Line {
  readonly at: number;
  readonly pid: number;
  readonly what: string;
  readonly words: readonly unknown[];
}

/** When a worker was killed, or was paused and for how long. */
export interface Blow {
  readonly at: number;
  readonly pid: number;
  /** When it went on; absent when it was killed. */
  readonly until?: number;
}

/** Reads the ledger. A process that is killed may leave half a line at its end, which says nothing. */
export function readLedger(text: string): Line[] {
  return text.split("\n").flatMap((line) => {
    try {
      const [at, pid, what, ...words] = line.split("\t").map((word) => JSON.parse(word) as unknown);
      return [{ at: Number(at), pid: Number(pid), what: String(what), words }];
    } catch {
      return [];
    }
  });
}

/** What the ledger says about effects. */
export interface Effects {
  /** Finished, and done again by somebody who had the run then: nobody may. */
  readonly repeated: readonly string[];
  /** Done late by a former owner that was in the midst of it when it lost the run: no store can hold that back. */
  readonly late: readonly string[];
  /** How many were begun again because nobody knew whether they were done. */
  readonly again: number;
  /** Said to be done, and never was. */
  readonly without: readonly string[];
}

/**
 * What became of the effects. A worker that is paused, or cut off, in the midst of a call loses its run, and its call can reach
 * the outside late, under the same idempotency key: it is told by its epoch, which is lower than that of who finished it.
 */
export function repeats(lines: readonly Line[]): Effects {
  const begun = new Map<unknown, number>();
  const done = new Map<unknown, number>();
  const found = { repeated: [] as string[], late: [] as string[], without: [] as string[] };
  for (const { what, words } of lines) {
    const [key, epoch] = words as [unknown, number];
    if (what === "done") {
      if (!begun.has(key)) found.without.push(String(key));
      done.set(key, epoch);
    }
    if (what !== "do") continue;
    begun.set(key, (begun.get(key) ?? 0) + 1);
    const finished = done.get(key);
    if (finished !== undefined) (epoch < finished ? found.late : found.repeated).push(String(key));
  }
  const again =
    [...begun.values()].filter((times) => times > 1).length - new Set([...found.repeated, ...found.late]).size;
  return { ...found, again };
}

/** The operations on journals that were acknowledged to workers, by run. */
export function operationsOf(lines: readonly Line[]): ReadonlyMap<string, readonly Operation[]> {
  const found = lines
    .filter(({ what }) => what === "entry")
    .map(({ at, pid, words }): Operation => {
      const [run, position, hash, type, epoch] = words as [string, number, string, Entry["type"], number];
      const kind = type === "run-taken" ? "claim" : /^run-(completed|failed|aborted)$/.test(type) ? "finish" : "append";
      return { kind, run, worker: String(pid), epoch, position, hash, at };
    });
  return Map.groupBy(found, ({ run }) => run);
}

/** How long it took until somebody took over what a killed worker was in the midst of: milliseconds, ascending. */
export function takeovers(journals: Iterable<readonly Entry[]>, blows: readonly Blow[]): number[] {
  const killed = new Map(
    blows.flatMap(({ pid, at, until }) => (until === undefined ? [[String(pid), at] as const] : [])),
  );
  const times: number[] = [];
  for (const journal of journals) {
    let owner = "";
    for (const [index, entry] of journal.entries()) {
      if (entry.type !== "run-taken") continue;
      const at = killed.get(owner);
      // One that rested was in no worker's hands.
      if (at !== undefined && journal[index - 1]?.type !== "waiting" && entry.at >= at) times.push(entry.at - at);
      owner = entry.owner.split("/")[0] ?? "";
    }
  }
  return times.toSorted((a, b) => a - b);
}
