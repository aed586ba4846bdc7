import type { Hit } from "../contracts/record.ts";
import { analyse } from "./analyse.ts";

/** Of all terms of two texts, so many must be in both for them to say nearly the same. */
const nearlyTheSame = 0.85;
/** What a hit that says nearly the same as a better one keeps of its score; of two better ones, the square of it; and so on. */
const kept = 0.5;

/**
 * Lets texts that are nearly equal not fill the list: each after the first loses half of its score. Takes hits best first, and
 * gives them so. The likeness is that of P. Jaccard, "Étude comparative de la distribution florale", 1901, over terms.
 */
export function vary(hits: readonly Hit[]): Hit[] {
  const seen: { readonly id: string; readonly terms: ReadonlySet<string> }[] = [];
  let changed = false;
  const varied = hits.map((hit) => {
    const terms = new Set(analyse(hit.record.text));
    const alike = seen.filter((other) => overlap(terms, other.terms) >= nearlyTheSame);
    seen.push({ id: hit.record.id, terms });
    const [first] = alike;
    if (first === undefined) return hit;
    changed = true;
    return { ...hit, score: hit.score * kept ** alike.length, why: `${hit.why}; nearly the same as ${first.id}` };
  });
  return changed ? varied.toSorted((a, b) => b.score - a.score || (a.record.id < b.record.id ? -1 : 1)) : varied;
}

function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  // They cannot overlap by more than their sizes allow.
  if (small.size === 0 || small.size < nearlyTheSame * large.size) return 0;
  let both = 0;
  for (const term of small) if (large.has(term)) both++;
  return both / (a.size + b.size - both);
}
