import { END, type Way } from "./definition.ts";

/** For each node, the nodes that every way from it to the END passes, nearest first, beginning with itself. */
export type Passes = ReadonlyMap<string, readonly string[]>;

/**
 * Computes what every way from a node passes: its post-dominators, as the fixed point of
 * `pdom(n) = {n} ∪ ⋂ pdom(successors)`. Nodes from which the END cannot be reached keep more than there is to pass.
 */
export function passes(successors: ReadonlyMap<string, readonly string[]>): Passes {
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
  // Post-dominators of a node form a chain: the nearer one is, the more it has itself.
  const size = (node: string): number => sets.get(node)?.size ?? 0;
  return new Map([...sets].map(([node, set]) => [node, [...set].toSorted((a, b) => size(b) - size(a))]));
}

/**
 * Where branches that begin at these nodes join: the nearest node that all of them pass. An item of a list goes through
 * the one node that it is sent to, and joins at what every way passes after it.
 */
export function joinOf(found: Passes, way: Way, targets: readonly string[]): string {
  if (way.kind === "each") return found.get(targets[0] ?? END)?.[1] ?? END;
  const [first, ...rest] = targets.map((target) => found.get(target) ?? [END]);
  return first?.find((node) => rest.every((others) => others.includes(node))) ?? END;
}

function intersection(sets: readonly Set<string>[]): Set<string> {
  const [first, ...rest] = sets;
  return new Set([...(first ?? [])].filter((member) => rest.every((set) => set.has(member))));
}
