import type { Chain, TermPostings } from "./chain.ts";
import { openCursor } from "./cursor.ts";
import type { Held } from "./scores.ts";

/** Walks over the records that hold one term. */
export interface Walker {
  readonly term: TermPostings;
  /** What this term and all after it can add. */
  readonly rest: number;
  /** This term and all after it. */
  readonly restHeld: Held;
  /** The next record; infinite at the end. */
  next(): number;
  /** Visits the records from there to, without, a bound. Those of one chain come ascending. */
  eachUntil(bound: number, visit: (record: number) => void): void;
  /** Whether a record holds the term. It must be asked for ascending ones, and of who is not walked over. */
  has(record: number): boolean;
}

/** A walker for each term, those that tell most first. */
export function openWalkers(terms: readonly TermPostings[]): Walker[] {
  const words = Math.max(1, Math.ceil(terms.length / 32));
  const walkers: Walker[] = [];
  let rest = 0;
  const restHeld: Held = new Uint32Array(words);
  for (const term of [...terms].sort((a, b) => a.idf - b.idf || b.index - a.index)) {
    rest += term.idf;
    restHeld[term.index >> 5] = (restHeld[term.index >> 5] ?? 0) | (1 << (term.index & 31));
    walkers.push({ term, rest, restHeld: restHeld.slice(), ...walkOver(term.chains) });
  }
  return walkers.reverse();
}

function walkOver(chains: readonly Chain[]): Pick<Walker, "next" | "eachUntil" | "has"> {
  const cursors = chains.map(({ chunks }) => openCursor(chunks));
  const looks = chains.map(({ chunks, bits }, i) => {
    const cursor = cursors[i];
    if (bits === undefined)
      return (record: number): boolean => {
        cursor?.seek(record);
        return cursor?.atEnd === false && cursor.record === record;
      };
    const first = chunks[0]?.first ?? 0;
    const size = bits.length * 32;
    return (record: number): boolean => {
      const place = record - first;
      return place >= 0 && place < size && (((bits[place >>> 5] ?? 0) >>> (place & 31)) & 1) === 1;
    };
  });
  const [look] = looks;
  return {
    next: () => cursors.reduce((least, { record, atEnd }) => (atEnd ? least : Math.min(least, record)), Infinity),
    eachUntil: (bound, visit) => {
      for (const cursor of cursors) cursor.eachUntil(bound, visit);
    },
    has: looks.length === 1 && look !== undefined ? look : (record) => hasAny(looks, record),
  };
}

function hasAny(looks: readonly ((record: number) => boolean)[], record: number): boolean {
  for (const look of looks) if (look(record)) return true;
  return false;
}
