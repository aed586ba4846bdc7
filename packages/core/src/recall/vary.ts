import type { Hit } from "../contracts/record.ts";
import { analyse } from "./analyse.ts";
import { inOrder } from "./in-order.ts";

/** Of all terms of two texts, so many must be in both for them to say nearly the same. */
const nearlyTheSame = 0.85;
/** What a hit keeps of its score for each better one that says nearly the same. */
const kept = 0.5;

/** Those that say nearly the same as the first of them. */
interface Group {
  readonly first: string;
  readonly terms: ReadonlySet<string>;
  size: number;
}

/**
 * Lets texts that are nearly equal not fill the list: the second of them loses half of its score, the third three quarters, and
 * so on. Takes hits best first, and gives them so, and how many different ones there are. The likeness is that of P. Jaccard,
 * "Étude comparative de la distribution florale", 1901, over terms.
 */
export function vary(hits: readonly Hit[]): { readonly hits: Hit[]; readonly different: number } {
  const groups: Group[] = [];
  const varied = hits.map((hit) => {
    const terms = new Set(analyse(hit.record.text));
    const group = groups.find((other) => overlap(terms, other.terms) >= nearlyTheSame);
    if (group === undefined) {
      groups.push({ first: hit.record.id, terms, size: 1 });
      return hit;
    }
    return { ...hit, score: hit.score * kept ** group.size++, why: `${hit.why}; nearly the same as ${group.first}` };
  });
  return { hits: inOrder(varied), different: groups.length };
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
