import type { Hit } from "../contracts/record.ts";
import { analyse } from "./analyse.ts";
import { compareHits } from "./in-order.ts";

/** Of all terms of two texts, so many must be in both for them to say nearly the same. */
const nearlyTheSame = 0.85;
/** So much of a text is looked at, in UTF-16 units. */
const beginning = 10_000;
/** What a hit keeps of its score for each better one that says nearly the same. */
const kept = 0.5;

/** Those that say nearly the same as the first of them. */
interface Group {
  readonly first: string;
  readonly terms: ReadonlySet<string>;
  size: number;
}

/** Hits in the order in which {@link vary} gives them, each text cut into words no sooner than it matters. */
export interface Varied {
  /** The next so many; fewer at the end. */
  take(count: number): Hit[];
  /** Whether so many of them, at least, say different things. */
  differ(least: number): boolean;
}

/**
 * Lets texts that are nearly equal not fill the list: the second of them loses half of its score, the third three quarters, and
 * so on. Takes hits best first, and gives them so. The likeness is that of P. Jaccard, "Étude comparative de la distribution
 * florale", 1901, over terms. A hit can only lose, so whoever wants the first few need not know of the texts further down.
 */
export function vary(hits: readonly Hit[]): Varied {
  const groups: Group[] = [];
  /** Those that were looked at and not given, best first. */
  const ready: Hit[] = [];
  let next = 0;
  const look = (hit: Hit): void => {
    next++;
    const terms = new Set(analyse(hit.record.text.slice(0, beginning)));
    const group = groups.find((other) => overlap(terms, other.terms) >= nearlyTheSame);
    if (group === undefined) groups.push({ first: hit.record.id, terms, size: 1 });
    const varied: Hit =
      group === undefined
        ? hit
        : { ...hit, score: hit.score * kept ** group.size++, why: `${hit.why}; nearly the same as ${group.first}` };
    const place = ready.findIndex((other) => compareHits(varied, other) < 0);
    ready.splice(place < 0 ? ready.length : place, 0, varied);
  };
  return {
    take(count) {
      const taken: Hit[] = [];
      while (taken.length < count) {
        const [best, hit] = [ready[0], hits[next]];
        if (hit !== undefined && (best === undefined || compareHits(best, hit) > 0)) look(hit);
        else if (best === undefined) break;
        else taken.push(...ready.splice(0, 1));
      }
      return taken;
    },
    differ(least) {
      for (let hit = hits[next]; hit !== undefined && groups.length < least; hit = hits[next]) look(hit);
      return groups.length >= least;
    },
  };
}

function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  // They cannot overlap by more than their sizes allow.
  if (small.size === 0 || small.size < nearlyTheSame * large.size) return 0;
  // Nor can they when so many of the smaller are not in the larger.
  let missing = small.size - (nearlyTheSame * (small.size + large.size)) / (1 + nearlyTheSame);
  let both = 0;
  for (const term of small) {
    if (large.has(term)) both++;
    else if (--missing < -1e-9) return 0;
  }
  return both / (a.size + b.size - both);
}
