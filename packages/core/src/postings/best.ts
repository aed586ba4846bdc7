import type { TermPostings } from "./chain.ts";
import { small } from "./cursor.ts";
import { scoresOf, type Held } from "./scores.ts";
import { makeTop, type Ties, type Top } from "./top.ts";
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
  const walkers = openWalkers(terms);
  const search = beginSearch(terms, walkers, makeTop(enough, firstBound(terms, enough, gone)), gone);
  const window = windowOf(search.held.length);
  const end = terms.reduce(
    (most, { chains }) => Math.max(most, ...chains.map(({ chunks }) => chunks.at(-1)?.last ?? 0)),
    0,
  );
  let greatest: string | undefined;
  narrow(search);
  while (search.bringing > 0) {
    const bringing = walkers.slice(0, search.bringing);
    const next = bringing.reduce((least, walker) => Math.min(least, walker.next()), Infinity);
    if (next === Infinity) break;
    const from = small(next);
    const until = from + windowSize;
    const before = search.top.least;
    const [only] = bringing.length === 1 ? bringing : [];
    if (only === undefined) judgeWindow(search, window, bringing, from);
    else only.eachUntil(until, (record) => judgeAlone(search, only.term, record));
    if (search.top.least !== before) greatest = undefined;
    const left = bringing.reduce((sum, { term }) => sum + term.holding, 0) * (1 - until / end);
    if (leastIdFrom !== undefined && !search.strict && search.top.isFull && left > worthAsking) {
      // Whoever comes later loses against those that are as good, if no id can be smaller any more.
      greatest ??= yield search.top.needed();
      search.strict = leastIdFrom(until) > greatest;
    }
    narrow(search);
  }
  return { ties: search.top.ties, pruned: search.pruned };
}

/** How far a search has come. What is asked of each record lies in arrays, by the place of the walker. */
interface Search {
  readonly top: Top;
  readonly gone: ReadonlySet<number> | undefined;
  readonly looks: readonly ((record: number) => boolean)[];
  readonly idfs: Float64Array;
  /** What a walker and all after it can add. */
  readonly rests: Float64Array;
  /** Exactly what they can add, in the order asked. */
  readonly bounds: Float64Array;
  /** Where the bit of a walker's term is. */
  readonly words: Int32Array;
  readonly bits: Int32Array;
  readonly scoreOf: (held: Held) => number;
  /** What the record that is looked at is known to hold, and what that tells: a number of its own would be an object each time. */
  readonly held: Held;
  readonly known: Float64Array;
  /** Walkers before this one can bring in records; those after it only raise what is there. */
  bringing: number;
  /** Whether who is as good as the last does not come in any more. */
  strict: boolean;
  /** Whether somebody was left out. */
  pruned: boolean;
}

function beginSearch(
  terms: readonly TermPostings[],
  walkers: readonly Walker[],
  top: Top,
  gone: ReadonlySet<number> | undefined,
): Search {
  const scoreOf = scoresOf(terms.map(({ idf }) => idf));
  return {
    top,
    gone,
    looks: walkers.map(({ has }) => has),
    idfs: Float64Array.from(walkers, ({ term }) => term.idf),
    rests: Float64Array.from(walkers, ({ rest }) => rest),
    bounds: Float64Array.from(walkers, ({ restHeld }) => scoreOf(restHeld)),
    words: Int32Array.from(walkers, ({ term }) => term.index >> 5),
    bits: Int32Array.from(walkers, ({ term }) => 1 << (term.index & 31)),
    scoreOf,
    held: new Uint32Array(Math.max(1, Math.ceil(terms.length / 32))),
    known: new Float64Array(1),
    bringing: walkers.length,
    strict: false,
    pruned: false,
  };
}

/** Lets walkers bring in nobody any more who could not be among the best. */
function narrow(search: Search): void {
  const { bounds, top, strict } = search;
  for (; search.bringing > 0; search.bringing--) {
    const bound = bounds[search.bringing - 1] ?? 0;
    if (!(bound < top.least || (strict && bound === top.least))) break;
    search.pruned = true;
  }
}

/** Looks up what else a record holds, and lets it in if it is good enough. */
function judge(search: Search, record: number): void {
  const { top, looks, idfs, rests, words, bits, held, known, gone } = search;
  const { least } = top;
  let sum = known[0] ?? 0;
  for (let i = search.bringing; i < looks.length; i++) {
    if ((sum + (rests[i] ?? 0)) * slack < least) {
      search.pruned = true;
      return;
    }
    if (looks[i]?.(record) !== true) continue;
    sum += idfs[i] ?? 0;
    const word = words[i] ?? 0;
    held[word] = (held[word] ?? 0) | (bits[i] ?? 0);
  }
  const score = sum * slack < least ? -1 : search.scoreOf(held);
  if (score < least || (search.strict && score === least)) {
    search.pruned = true;
    return;
  }
  if (gone?.has(record) === true) return;
  search.pruned = top.add(score, record, held) || search.pruned;
  if (top.least !== least) search.strict = false;
}

/** The same where one walker alone brings records in. */
function judgeAlone(search: Search, { index, idf }: TermPostings, record: number): void {
  search.held.fill(0);
  search.held[index >> 5] = 1 << (index & 31);
  search.known[0] = idf;
  judge(search, record);
}

/** What the bringing terms tell of the records of a window, by their places in it. */
interface Window {
  readonly sums: Float64Array;
  readonly bits: Uint32Array;
  /** A bit for each place at which there is one. */
  readonly present: Uint32Array;
}

/** By how many words of bits a place has. Nothing is left in a window when it has been looked at, so all searches share them. */
const windows: Window[] = [];

function windowOf(words: number): Window {
  return (windows[words] ??= {
    sums: new Float64Array(windowSize),
    bits: new Uint32Array(windowSize * words),
    present: new Uint32Array(windowSize / 32),
  });
}

function judgeWindow(search: Search, { sums, bits, present }: Window, bringing: readonly Walker[], from: number): void {
  const { held, known } = search;
  const words = held.length;
  for (const { term, eachUntil } of bringing) {
    const { idf } = term;
    const word = term.index >> 5;
    const bit = 1 << (term.index & 31);
    eachUntil(from + windowSize, (record) => {
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
      known[0] = sums[at] ?? 0;
      sums[at] = 0;
      for (let i = 0; i < words; i++) {
        held[i] = bits[at * words + i] ?? 0;
        bits[at * words + i] = 0;
      }
      judge(search, from + at);
    }
  }
}

/**
 * A score that at least so many records reach, as far as can be told by a look at some of those that hold the rarest terms; 0 when
 * nothing can be told, or nothing would be spared.
 */
function firstBound(terms: readonly TermPostings[], enough: number, gone: ReadonlySet<number> | undefined): number {
  if (enough > mostBounded || terms.reduce((sum, { holding }) => sum + holding, 0) < mostLookups) return 0;
  const best = new Float64Array(enough);
  let least = 0;
  let lookups = mostLookups;
  for (let i = 0; i < terms.length && lookups > 0; i++) {
    const walkers = openWalkers(terms);
    const looks = walkers.map(({ has }) => has);
    const idfs = Float64Array.from(walkers, ({ term }) => term.idf);
    const rests = Float64Array.from(walkers, ({ rest }) => rest);
    const look = (record: number): void => {
      // Those of the terms before it have been looked at.
      for (let j = 0; j < i; j++, lookups--) if (looks[j]?.(record) === true) return;
      if (gone?.has(record) === true) return;
      let sum = idfs[i] ?? 0;
      for (let j = i + 1; j < looks.length && sum + (rests[j] ?? 0) > least; j++, lookups--)
        if (looks[j]?.(record) === true) sum += idfs[j] ?? 0;
      if (sum <= least) return;
      let at = 1;
      for (; at < enough && (best[at] ?? 0) < sum; at++) best[at - 1] = best[at] ?? 0;
      best[at - 1] = sum;
      least = best[0] ?? 0;
    };
    const { next, eachUntil } = walkers[i] as Walker;
    for (let from = next(); from < Infinity && lookups > 0; from = next()) eachUntil(from + windowSize, look);
    // No other term can do better.
    if ((rests[i + 1] ?? 0) <= least) break;
  }
  return least / slack;
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
