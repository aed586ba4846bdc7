import type { Held } from "./scores.ts";

/** Records with the same score, and which terms each of them holds. */
export interface Ties {
  /** The score that they share. */
  readonly score: number;
  /** By number, but for those of lists that are walked side by side. */
  readonly records: number[];
  /** In the same order; equal sets are one object. */
  readonly helds: Held[];
}

/** The best so far, by score. */
export interface Top {
  /** The best first. */
  readonly ties: readonly Ties[];
  /** Less than this does not come in; 0 when there is room and nothing else is known. */
  readonly least: number;
  readonly isFull: boolean;
  /** Lets one in; `true` when others are left out for it. */
  add(score: number, record: number, held: Held): boolean;
  /** As many of the last ones as are needed. */
  needed(): readonly number[];
}

/** Makes an empty one, for so many. `bound` is a score that so many are known to reach. */
export function makeTop(enough: number, bound: number): Top {
  const ties: Ties[] = [];
  const sets = new Map<number | string, Held>();
  let size = 0;
  let least = bound;
  const last = (): number => ties.at(-1)?.records.length ?? 0;
  // Of many equals in a row each holds the same.
  let [lastKey, lastHeld]: [number | string | undefined, Held] = [undefined, new Uint32Array(0)];
  const shared = (held: Held): Held => {
    const key = held.length === 1 ? (held[0] ?? 0) : held.join();
    if (key === lastKey) return lastHeld;
    let known = sets.get(key);
    if (known === undefined) sets.set(key, (known = held.slice()));
    [lastKey, lastHeld] = [key, known];
    return known;
  };
  return {
    ties,
    get least() {
      return least;
    },
    get isFull() {
      return size >= enough;
    },
    add(score, record, held) {
      let at = ties.length;
      while (at > 0 && (ties[at - 1]?.score ?? 0) < score) at--;
      if (ties[at - 1]?.score !== score) ties.splice(at++, 0, { score, records: [], helds: [] });
      ties[at - 1]?.records.push(record);
      ties[at - 1]?.helds.push(shared(held));
      size++;
      const drops = size - last() >= enough;
      while (ties.length > 1 && size - last() >= enough) {
        size -= last();
        ties.pop();
      }
      if (size >= enough) least = ties.at(-1)?.score ?? 0;
      return drops;
    },
    needed: () => ties.at(-1)?.records.slice(0, enough - (size - last())) ?? [],
  };
}
