import type { Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { canonical } from "../journal/canonical.ts";

/**
 * A journal without what may differ between equal runs: sorted, without times, positions, owners and salts, and without
 * how effects in doubt were settled.
 *
 * @example
 * ```ts
 * import type { Brain } from "@brainops/core";
 * import { canonicalJournal } from "@brainops/core/testing";
 * declare const brain: Brain;
 * const one = canonicalJournal(await brain.journal("r1"));
 * const other = canonicalJournal(await brain.journal("r2"));
 * console.log(one.join() === other.join());
 * ```
 */
export function canonicalJournal(entries: readonly Entry[]): string[] {
  return entries.flatMap(plainLine).toSorted();
}

function plainLine(entry: Entry): string[] {
  if (entry.type === "run-started" || entry.type === "run-taken" || entry.type === "effect-intended") return [];
  // Doubts and approvals are the runner's own waits; whether one was needed depends on the crash.
  if ((entry.type === "waiting" || entry.type === "woken") && entry.wait.includes(":")) return [];
  const { at: _at, position: _position, hash: _hash, salt: _salt, commitment: _commitment, ...rest } = entry;
  const {
    inputHash: _input,
    ms: _ms,
    until: _until,
    inbox: _inbox,
    given: _given,
    memory: _memory,
    ...plain
  } = rest as typeof rest & {
    readonly inputHash?: string;
    readonly ms?: number;
    readonly until?: number;
    readonly inbox?: number;
    readonly given?: number;
    readonly memory?: string;
  };
  // The clock's own readings are times, too.
  if (plain.type === "effect-completed" && plain.name === "clock") return [];
  return [canonical(plain as unknown as Json)];
}
