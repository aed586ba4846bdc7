import { END } from "./definition.ts";

/**
 * For each node, the nearest node that every way from it to the end passes: its immediate post-dominator, which is
 * where branches that part at the node meet again. Computed as the fixed point of
 * `pdom(n) = {n} ∪ ⋂ pdom(successors)`. Nodes from which the end cannot be reached are left out.
 */
export function joins(successors: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  const nodes = [...successors.keys()];
  const everything = new Set([...nodes, END]);
  const sets = new Map<string, Set<string>>(nodes.map((node) => [node, everything]));
  sets.set(END, new Set([END]));
  for (let changed = true; changed;) {
    changed = false;
    for (const node of nodes) {
      const next = intersection((successors.get(node) ?? []).map((successor) => sets.get(successor) ?? everything));
      next.add(node);
      if (next.size !== sets.get(node)?.size) {
        sets.set(node, next);
        changed = true;
      }
    }
  }
  const result = new Map<string, string>();
  for (const node of nodes) {
    const own = sets.get(node) as Set<string>;
    // Post-dominators of a node form a chain; the nearest is the one that has all the others but the node itself.
    for (const candidate of own) {
      if (candidate !== node && sets.get(candidate)?.size === own.size - 1) result.set(node, candidate);
    }
  }
  return result;
}

function intersection(sets: readonly Set<string>[]): Set<string> {
  const [first, ...rest] = sets;
  return new Set([...(first ?? [])].filter((member) => rest.every((set) => set.has(member))));
}
