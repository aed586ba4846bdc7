import type { Chunk } from "./posting-chunk.ts";
import { openCursor, type Cursor } from "./posting-cursor.ts";
import { scoresOf, type Held } from "./scores.ts";

/** What is known of one asked term. */
export interface TermPostings {
  /** Its place among the asked terms. */
  readonly index: number;
  readonly idf: number;
  /** How many records hold it. */
  readonly holding: number;
  /** Lists of chunks that follow each other. */
  readonly chains: readonly (readonly Chunk[])[];
}

/** A record that holds asked terms. */
export interface Match {
  readonly record: number;
  readonly held: Held;
}

/** Matches with the same score. */
export interface Ties {
  readonly score: number;
  /** By number. */
  readonly matches: Match[];
}

/** The best matches. */
export interface Best {
  /** The best first. */
  readonly ties: readonly Ties[];
  /** Whether others were left out. */
  readonly pruned: boolean;
}

/** What tells that no later record can come before those that are known, among equals. */
export interface Order {
  /** The greatest id of some records. */
  greatestId(records: readonly number[]): string;
  /** No record from this one on has a smaller id. */
  leastIdFrom(record: number): string;
}

/** So many records are looked at in one go. */
const windowSize = 8192;
/** Sums in another order differ by less than this from those in the order asked. */
const slack = 1 + 1e-12;
/** To read some ids costs about as much as to look at so many records. */
const worthAsking = 20_000;

interface Walker {
  readonly cursor: Cursor;
  readonly term: TermPostings;
  /** What this one and all after it can add. */
  rest: number;
  /** The terms of this one and of all after it. */
  readonly restHeld: Held;
}

/**
 * Finds at least so many matches, if there are any, with all that come before the last of them. Terms that cannot bring a new record
 * among the best any more are only looked up: the "max score" way of H. Turtle and J. Flood, "Query evaluation: strategies and
 * optimizations", Information Processing & Management 31, 1995; the others are taken in window by window.
 */
export function findBest(terms: readonly TermPostings[], enough: number, order: Order): Best {
  const words = Math.max(1, Math.ceil(terms.length / 32));
  const scoreOf = scoresOf(terms.map(({ idf }) => idf));
  const walkers = openWalkers(terms, words);
  const top = makeTop(enough);
  const end = terms.reduce((most, { chains }) => Math.max(most, ...chains.map((chain) => chain.at(-1)?.last ?? 0)), 0);
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
  while (bringing > 0) {
    let from = Infinity;
    for (let i = 0; i < bringing; i++) from = Math.min(from, walkers[i]?.cursor.record ?? Infinity);
    if (from === Infinity) break;
    const until = from + windowSize;
    for (let i = 0; i < bringing; i++) {
      const { cursor, term } = walkers[i] as Walker;
      const { idf } = term;
      const word = term.index >> 5;
      const bit = 1 << (term.index & 31);
      cursor.eachUntil(until, (record) => {
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
          const { cursor, term, rest } = walkers[i] as Walker;
          if ((sum + rest) * slack < top.least) {
            may = false;
            break;
          }
          cursor.seek(from + at);
          if (cursor.record !== from + at) continue;
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
        const before = top.least;
        pruned = top.add(score, { record: from + at, held: held.slice() }) || pruned;
        if (top.least !== before) [strict, greatest] = [false, undefined];
      }
    }
    const left = walkers.slice(0, bringing).reduce((sum, { term }) => sum + term.holding, 0) * (1 - until / end);
    if (!strict && top.isFull && left > worthAsking) {
      // Whoever comes later loses against those that are as good, if no id can be smaller any more.
      greatest ??= order.greatestId(top.needed().map(({ record }) => record));
      strict = order.leastIdFrom(until) > greatest;
    }
    narrow();
  }
  return { ties: top.ties, pruned };
}

/** Finds all matches among some records. */
export function findAmong(terms: readonly TermPostings[], records: readonly number[]): Best {
  const words = Math.max(1, Math.ceil(terms.length / 32));
  const scoreOf = scoresOf(terms.map(({ idf }) => idf));
  const top = makeTop(Infinity);
  const walkers = openWalkers(terms, words);
  for (const record of [...records].sort((a, b) => a - b)) {
    const held: Held = new Uint32Array(words);
    for (const { cursor, term } of walkers) {
      cursor.seek(record);
      if (cursor.record === record) held[term.index >> 5] = (held[term.index >> 5] ?? 0) | (1 << (term.index & 31));
    }
    if (held.some((bits) => bits !== 0)) top.add(scoreOf(held), { record, held });
  }
  return { ties: top.ties, pruned: false };
}

/** Cursors, those that tell most first. */
function openWalkers(terms: readonly TermPostings[], words: number): Walker[] {
  const walkers = terms
    .flatMap((term) => term.chains.map((chunks) => ({ term, cursor: openCursor(chunks), rest: 0 })))
    .sort((a, b) => b.term.idf - a.term.idf || a.term.index - b.term.index)
    .map((walker): Walker => ({ ...walker, restHeld: new Uint32Array(words) }));
  for (let i = walkers.length - 1; i >= 0; i--) {
    const { term, restHeld } = walkers[i] as Walker;
    const after = walkers[i + 1];
    if (after !== undefined) restHeld.set(after.restHeld);
    restHeld[term.index >> 5] = (restHeld[term.index >> 5] ?? 0) | (1 << (term.index & 31));
    const added = after?.term === term ? 0 : term.idf;
    (walkers[i] as Walker).rest = (after?.rest ?? 0) + added;
  }
  return walkers;
}

/** The best so far, by score. */
function makeTop(enough: number): {
  readonly ties: readonly Ties[];
  /** Less than this does not come in; 0 when there is room. */
  readonly least: number;
  readonly isFull: boolean;
  /** Lets one in; `true` when others are left out for it. */
  add(score: number, match: Match): boolean;
  /** As many of the last ones as are needed. */
  needed(): readonly Match[];
} {
  const ties: Ties[] = [];
  let size = 0;
  let least = 0;
  const last = (): number => ties.at(-1)?.matches.length ?? 0;
  return {
    ties,
    get least() {
      return least;
    },
    get isFull() {
      return size >= enough;
    },
    add(score, match) {
      let at = ties.length;
      while (at > 0 && (ties[at - 1]?.score ?? 0) < score) at--;
      if (ties[at - 1]?.score === score) ties[at - 1]?.matches.push(match);
      else ties.splice(at, 0, { score, matches: [match] });
      size++;
      const drops = size - last() >= enough;
      while (ties.length > 1 && size - last() >= enough) {
        size -= last();
        ties.pop();
      }
      if (size >= enough) least = ties.at(-1)?.score ?? 0;
      return drops;
    },
    needed: () => ties.at(-1)?.matches.slice(0, enough - (size - last())) ?? [],
  };
}
