import { isBrainOpsError, verifyChain, type Entry } from "@brainops/core";

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

/**
 * Finished effects that were done again. A call that a worker was in the midst of when it was paused can reach the outside
 * late: no store can hold it back. Those are counted apart, under the same idempotency key.
 */
export function repeats(lines: readonly Line[], blows: readonly Blow[]): { repeated: string[]; late: string[] } {
  const done = new Set<unknown>();
  const found = { repeated: [] as string[], late: [] as string[] };
  for (const { at, pid, what, words } of lines) {
    const [key] = words;
    if (what === "done") done.add(key);
    if (what !== "do" || !done.has(key)) continue;
    const paused = blows.some(
      (blow) => blow.pid === pid && blow.until !== undefined && Math.abs(at - blow.until) < 1000,
    );
    (paused ? found.late : found.repeated).push(String(key));
  }
  return found;
}

/** What is wrong with a run: lost entries, broken chains, and entries by one who was not its owner. */
export function historyProblems(
  run: string,
  journal: readonly Entry[],
  lines: readonly Line[],
  owned: readonly Line[],
): string[] {
  const found: string[] = [];
  try {
    verifyChain(journal);
  } catch (error) {
    if (!isBrainOpsError(error)) throw error;
    found.push(`${run}: ${error.message}`);
  }
  if (journal.at(-1)?.type !== "run-completed") found.push(`${run}: ended with ${journal.at(-1)?.type}`);
  const pids = new Map(owned.map(({ pid, words }) => [words[3], pid]));
  const owners: (string | undefined)[] = [];
  let owner: string | undefined;
  let epoch = 0;
  for (const entry of journal) {
    if (entry.type === "run-taken") {
      if (entry.epoch !== ++epoch) found.push(`${run}: epoch ${entry.epoch} where ${epoch} was expected`);
      owner = entry.owner;
    }
    owners.push(owner);
  }
  for (const { pid, words } of lines) {
    const [, position, hash] = words as [string, number, string];
    if (journal[position]?.hash !== hash) found.push(`${run}: acknowledged entry ${position} was lost`);
    const known = pids.get(owners[position]);
    if (known !== undefined && known !== pid)
      found.push(`${run}: entry ${position} is by ${pid}, not its owner ${known}`);
  }
  return found;
}

/** How long it took until somebody took over what a killed worker was in the midst of: milliseconds, ascending. */
export function takeovers(
  journals: readonly (readonly Entry[])[],
  lines: readonly Line[],
  blows: readonly Blow[],
): number[] {
  const owned = lines.filter(({ what, words }) => what === "entry" && words[3] !== "");
  const pids = new Map(owned.map(({ pid, words }) => [words[3], pid]));
  const times: number[] = [];
  for (const journal of journals) {
    let owner: number | undefined;
    for (const [index, entry] of journal.entries()) {
      if (entry.type !== "run-taken") continue;
      const killed = blows.find(({ pid, until }) => pid === owner && until === undefined);
      const rested = journal[index - 1]?.type === "waiting";
      if (killed !== undefined && !rested && entry.at >= killed.at) times.push(entry.at - killed.at);
      owner = pids.get(entry.owner);
    }
  }
  return times.toSorted((a, b) => a - b);
}
