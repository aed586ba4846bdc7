import type { TermPostings } from "./chain.ts";
import { scoresOf, type Held } from "./scores.ts";
import { makeTop, type Ties } from "./top.ts";
import { openWalkers, type Walker } from "./walker.ts";

/** The best matches. */
export interface Best {
  /** The best first. */
  readonly ties: readonly Ties[];
  /** Whether others were left out. */
  readonly pruned: boolean;
}

/** What else {@link findBest} may know. */
export interface BestOptions {
  /**
   * A bound that no record from one on has a smaller id than: then not all equals need be looked at. Without it they are, and
   * nothing is asked.
   */
  readonly leastIdFrom?: (record: number) => string;
  /** Records that are in the chunks still, but are not there any more. */
  readonly gone?: ReadonlySet<number>;
}

/** So many records are looked at in one go. */
const windowSize = 8192;
/** Sums in another order differ by less than this from those in the order asked. */
const slack = 1 + 1e-12;
/** To read some ids costs about as much as to look at so many records. */
const worthAsking = 20_000;
/** So many times at most a term is looked up for a first bound; where fewer records hold the terms, none is needed. */
const mostLookups = 32_768;
/** A first bound is looked for when no more than so many matches are wanted. */
const mostBounded = 512;

/**
 * Finds at least so many matches, if there are any, with all that come before the last of them. Terms that cannot bring a new record
 * among the best any more are only looked up: the "max score" way of H. Turtle and J. Flood, "Query evaluation: strategies and
 * optimizations", Information Processing & Management 31, 1995; the others are taken in window by window. What the rarest terms
 * bring is looked at before all else, so that there is a bound from the beginning.
 *
 * It yields records whose greatest id it wants to be told.
 */
export function* findBest(
  terms: readonly TermPostings[],
  enough: number,
  { leastIdFrom, gone }: BestOptions = {},
): Generator<readonly number[], Best, string> {
  const words = Math.max(1, Math.ceil(terms.length / 32));
  const scoreOf = scoresOf(terms.map(({ idf }) => idf));
  const walkers = openWalkers(terms);
  const top = makeTop(enough, firstBound(terms, enough, gone));
  const end = terms.reduce(
    (most, { chains }) => Math.max(most, ...chains.map(({ chunks }) => chunks.at(-1)?.last ?? 0)),
    0,
  );
  const sums = new Float64Array(windowSize);
  const bits = new Uint32Array(windowSize * words);
  const present = new Uint32Array(windowSize / 32);
  const held: Held = new Uint32Array(words);
  let pruned = false;
  // Those before this one can bring in records; those after it only raise what is there.
  let bringing = walkers.length;
  let greatest: string | undefined;
  let strict = false;
  const narrow = (): void => {
    for (; bringing > 0; bringing--) {
      const bound = scoreOf(walkers[bringing - 1]?.restHeld ?? held);
      if (!(bound < top.least || (strict && bound === top.least))) break;
      pruned = true;
    }
  };
  narrow();
  while (bringing > 0) {
    let from = Infinity;
    for (let i = 0; i < bringing; i++) from = Math.min(from, walkers[i]?.next() ?? Infinity);
    if (from === Infinity) break;
    const until = from + windowSize;
    for (let i = 0; i < bringing; i++) {
      const { term, eachUntil } = walkers[i] as Walker;
      const { idf } = term;
      const word = term.index >> 5;
      const bit = 1 << (term.index & 31);
      eachUntil(until, (record) => {
        const at = record - from;
        sums[at] = (sums[at] ?? 0) + idf;
        bits[at * words + word] = (bits[at * words + word] ?? 0) | bit;
        present[at >> 5] = (present[at >> 5] ?? 0) | (1 << (at & 31));
      });
    }
    for (let part = 0; part < present.length; part++) {
      let left = present[part] ?? 0;
      if (left === 0) continue;
      present[part] = 0;
      for (; left !== 0; left &= left - 1) {
        const at = part * 32 + 31 - Math.clz32(left & -left);
        let sum = sums[at] ?? 0;
        sums[at] = 0;
        for (let i = 0; i < words; i++) {
          held[i] = bits[at * words + i] ?? 0;
          bits[at * words + i] = 0;
        }
        let may = true;
        for (let i = bringing; may && i < walkers.length; i++) {
          const { has, term, rest } = walkers[i] as Walker;
          if ((sum + rest) * slack < top.least) {
            may = false;
            break;
          }
          if (!has(from + at)) continue;
          sum += term.idf;
          held[term.index >> 5] = (held[term.index >> 5] ?? 0) | (1 << (term.index & 31));
        }
        if (!may || sum * slack < top.least) {
          pruned = true;
          continue;
        }
        const score = scoreOf(held);
        if (score < top.least || (strict && score === top.least)) {
          pruned = true;
          continue;
        }
        if (gone?.has(from + at) === true) continue;
        const before = top.least;
        pruned = top.add(score, from + at, held) || pruned;
        if (top.least !== before) [strict, greatest] = [false, undefined];
      }
    }
    const left = walkers.slice(0, bringing).reduce((sum, { term }) => sum + term.holding, 0) * (1 - until / end);
    if (leastIdFrom !== undefined && !strict && top.isFull && left > worthAsking) {
      // Whoever comes later loses against those that are as good, if no id can be smaller any more.
      greatest ??= yield top.needed();
      strict = leastIdFrom(until) > greatest;
    }
    narrow();
  }
  return { ties: top.ties, pruned };
}

/**
 * A score that at least so many records reach, as far as can be told by a look at some of those that hold the rarest terms; 0 when
 * nothing can be told, or nothing would be spared.
 */
function firstBound(terms: readonly TermPostings[], enough: number, gone: ReadonlySet<number> | undefined): number {
  if (enough > mostBounded || terms.reduce((sum, { holding }) => sum + holding, 0) < mostLookups) return 0;
  const best = new Float64Array(enough);
  let lookups = mostLookups;
  let done = false;
  for (let i = 0; i < terms.length && !done && lookups > 0; i++) {
    const walkers = openWalkers(terms);
    const { term, next, eachUntil } = walkers[i] as Walker;
    const look = (record: number): void => {
      // Those of the terms before it have been looked at.
      for (let j = 0; j < i; j++, lookups--) if (walkers[j]?.has(record) === true) return;
      if (gone?.has(record) === true) return;
      let sum = term.idf;
      for (let j = i + 1; j < walkers.length && sum + (walkers[j]?.rest ?? 0) > (best[0] ?? 0); j++, lookups--)
        if (walkers[j]?.has(record) === true) sum += walkers[j]?.term.idf ?? 0;
      if (sum <= (best[0] ?? 0)) return;
      let at = 1;
      for (; at < enough && (best[at] ?? 0) < sum; at++) best[at - 1] = best[at] ?? 0;
      best[at - 1] = sum;
    };
    for (let from = next(); from < Infinity && lookups > 0; from = next()) eachUntil(from + windowSize, look);
    // No other term can do better.
    done = (walkers[i + 1]?.rest ?? 0) <= (best[0] ?? 0);
  }
  return (best[0] ?? 0) / slack;
}

/** Finds all matches among some records. */
export function findAmong(terms: readonly TermPostings[], records: readonly number[]): Best {
  const words = Math.max(1, Math.ceil(terms.length / 32));
  const scoreOf = scoresOf(terms.map(({ idf }) => idf));
  const top = makeTop(Infinity, 0);
  const walkers = openWalkers(terms);
  const held: Held = new Uint32Array(words);
  for (const record of [...records].sort((a, b) => a - b)) {
    held.fill(0);
    for (const { has, term } of walkers)
      if (has(record)) held[term.index >> 5] = (held[term.index >> 5] ?? 0) | (1 << (term.index & 31));
    if (held.some((bits) => bits !== 0)) top.add(scoreOf(held), record, held);
  }
  return { ties: top.ties, pruned: false };
}
