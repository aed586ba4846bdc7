/** A generator of numbers that a seed determines (mulberry32). */
export interface Random {
  /** A whole number from 0 up to, but not with, `below`. */
  below(below: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** Whether something with this chance happens. */
  chance(share: number): boolean;
}

/** Makes a generator; the same seed gives the same numbers on every machine. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick: (items) => items[below(items.length)] ?? items[0],
    chance: (share) => next() < share,
  };
}
