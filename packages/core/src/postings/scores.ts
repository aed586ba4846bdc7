/** Which terms a record holds: a bit for each, by the place at which it was asked. */
export type Held = Uint32Array;

/** Says whether a term is held. */
export function holds(held: Held, index: number): boolean {
  return (((held[index >> 5] ?? 0) >>> (index & 31)) & 1) === 1;
}

/**
 * Adds up what the held terms tell, in the order asked, so that sums are equal to the last bit wherever they are made. A sum never
 * gets less by one more term, rounded as it is; so that of all terms that may be held is a bound.
 */
export function scoresOf(idfs: readonly number[]): (held: Held) => number {
  const known = new Map<number, number>();
  const sum = (held: Held): number => idfs.reduce((score, idf, i) => (holds(held, i) ? score + idf : score), 0);
  return (held) => {
    if (held.length > 1) return sum(held);
    const bits = held[0] ?? 0;
    let score = known.get(bits);
    if (score === undefined) known.set(bits, (score = sum(held)));
    return score;
  };
}
