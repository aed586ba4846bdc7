import type { Hit } from "../contracts/record.ts";
import type { Nearest } from "../contracts/store.ts";

/** What being the nearest of all is worth, in scores of the best hit by words. */
const meaningWeight = 0.5;

/**
 * Puts what words say and what vectors say together: to a hit's score is added how near it is, from 0 for the furthest of the
 * nearest to a share of the best score by words. See docs/decisions/0033.
 */
export function fuse(hits: readonly Hit[], { nearest }: Nearest): Hit[] {
  const best = hits.reduce((most, { score }) => Math.max(most, score), 0);
  const weight = (best === 0 ? 1 : best) * meaningWeight;
  const similarities = new Map(nearest.map(({ record, similarity }) => [record.id, similarity]));
  const most = nearest[0]?.similarity ?? 0;
  const least = Math.min(most, Math.max(0, nearest.at(-1)?.similarity ?? 0));
  return hits.map((hit) => {
    const similarity = similarities.get(hit.record.id);
    if (similarity === undefined || similarity <= 0) return hit;
    const share = most === least ? 1 : Math.max(0, similarity - least) / (most - least);
    const why = `meaning: ${similarity.toFixed(2)} alike`;
    return { ...hit, score: hit.score + weight * share, why: hit.why === "" ? why : `${hit.why}; ${why}` };
  });
}
