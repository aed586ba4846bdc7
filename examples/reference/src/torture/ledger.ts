import type { Entry } from "@brainops/core";

/** One line of the ledger that the plugin beside this file keeps. */
export type LedgerLine =
  | { readonly type: "process" }
  | { readonly type: "begun"; readonly effect: string }
  | { readonly type: "acknowledged"; readonly effect: string; readonly position: number };

/** What the ledger and the journal of one run say together. */
export interface Account {
  /** Effects that may change the outside, begun in all processes together. */
  readonly begun: number;
  /** Begun, and cut off by a kill before their outcome was acknowledged: these may be begun again. */
  readonly inDoubt: number;
  /** What is wrong, in words; empty when nothing finished was done twice and nothing acknowledged was lost. */
  readonly problems: readonly string[];
}

/**
 * Compares a ledger with the final journal. Every effect must have been begun once for its entry in the journal, and
 * once more for each time that a kill left it in doubt; and each acknowledged position must still hold that effect.
 */
export function settle(lines: readonly LedgerLine[], journal: readonly Entry[]): Account {
  const problems: string[] = [];
  const begun = new Map<string, number>();
  const inDoubt = new Map<string, number>();
  let open = new Map<string, number>();
  const add = (counts: Map<string, number>, effect: string, by: number): void => {
    counts.set(effect, (counts.get(effect) ?? 0) + by);
  };
  const close = (): void => {
    for (const [effect, count] of open) add(inDoubt, effect, count);
    open = new Map();
  };
  for (const line of lines) {
    if (line.type === "process") close();
    else if (line.type === "begun") {
      add(begun, line.effect, 1);
      add(open, line.effect, 1);
    } else {
      add(open, line.effect, -1);
      const entry = journal[line.position];
      const found = entry !== undefined && "name" in entry ? `${entry.node} ${entry.name}` : entry?.type;
      if (found !== line.effect)
        problems.push(`entry ${line.position} was acknowledged as '${line.effect}', and is now '${found}'`);
    }
  }
  close();

  const finished = new Map<string, number>();
  const places = new Set<string>();
  for (const entry of journal) {
    if (entry.type !== "effect-completed" && entry.type !== "effect-failed") continue;
    if (entry.class !== "pure") add(finished, `${entry.node} ${entry.name}`, 1);
    if (entry.type !== "effect-completed") continue;
    const place = `${entry.path}/${entry.node}#${entry.visit}/${entry.call}`;
    if (places.has(place)) problems.push(`the journal has '${entry.name}' at ${place} twice`);
    places.add(place);
  }
  for (const effect of new Set([...begun.keys(), ...finished.keys()])) {
    const expected = (finished.get(effect) ?? 0) + (inDoubt.get(effect) ?? 0);
    const count = begun.get(effect) ?? 0;
    // A crash between an entry's commit and its acknowledgement leaves a finished effect looking like one in doubt.
    if (count > expected)
      problems.push(`'${effect}' was begun ${count} times, but finished or in doubt ${expected} times`);
    if (count < (finished.get(effect) ?? 0)) problems.push(`'${effect}' stands in the journal and was never begun`);
  }
  const sum = (counts: Map<string, number>): number => [...counts.values()].reduce((total, count) => total + count, 0);
  return { begun: sum(begun), inDoubt: sum(inDoubt), problems };
}
