import type { Link, LinkType, RecordKind } from "../contracts/record.ts";
import type { Store, StoredRecord } from "../contracts/store.ts";
import { isWithin } from "../recall/fits-filter.ts";
import { checkScope } from "../sealing/check.ts";

/** Where and how far {@link walkLinks} goes. */
export interface WalkOptions {
  /** Along the arrows, against them, or both ways. Default `from`: along them. */
  readonly direction?: "from" | "to" | "both";
  /** Only arrows of these types. Default: all. */
  readonly types?: readonly LinkType[];
  /** Only records of these kinds are given; others are walked through all the same. Default: all. */
  readonly kinds?: readonly RecordKind[];
  /** How many arrows away, at most. Default 3. */
  readonly depth?: number;
  /** Whether what a record names as its evidence counts as an arrow of type `derived-from`. Default `true`. */
  readonly evidence?: boolean;
  /** At most so many records. Default 100. */
  readonly limit?: number;
}

/** A record that was reached. */
export interface Reached extends StoredRecord {
  /** How many arrows away it is, the shortest way. */
  readonly depth: number;
  /** The arrows of that way, from where the walk began. */
  readonly way: readonly Link[];
}

/**
 * Walks the arrows between records, nearest records first, each once, whatever circles there are. It never leaves its
 * scope: what lies outside is neither given nor walked through. Evidence is followed in the direction `from` only.
 *
 * Errors: `invalid_input` without a scope, and those of the store. An unknown id reaches nothing.
 *
 * @example
 * ```ts
 * import { walkLinks } from "@brainops/core";
 * import { memoryStore } from "@brainops/core/testing";
 * const store = await memoryStore().open();
 * // Why do we believe this? Down from a learning to the experiences.
 * const reasons = await walkLinks(store, "acme", "some-learning", { types: ["derived-from"], kinds: ["experience"] });
 * for (const { record, depth } of reasons) console.log(depth, record.text);
 * ```
 */
export async function walkLinks(
  store: Store,
  scope: string,
  id: string,
  options: WalkOptions = {},
): Promise<readonly Reached[]> {
  checkScope(scope);
  const { kinds, depth: deepest = 3, limit = 100 } = options;
  const [start] = await store.records([id]);
  if (start === undefined || !isWithin(start.record.scope, scope)) return [];
  const seen = new Set([id]);
  const reached: Reached[] = [];
  let edge: readonly Reached[] = [{ ...start, depth: 0, way: [] }];
  for (let depth = 1; depth <= deepest && edge.length > 0; depth++) {
    const next: Reached[] = [];
    for (const from of edge) {
      const ways = new Map<string, readonly Link[]>();
      for (const link of await arrowsOf(store, from, options)) {
        const other = link.from === from.record.id ? link.to : link.from;
        if (seen.has(other)) continue;
        seen.add(other);
        ways.set(other, [...from.way, link]);
      }
      for (const stored of await store.records([...ways.keys()])) {
        const { record } = stored;
        if (!isWithin(record.scope, scope)) continue;
        const found = { ...stored, depth, way: ways.get(record.id) ?? [] };
        next.push(found);
        if (kinds === undefined || kinds.includes(record.kind)) reached.push(found);
        if (reached.length >= limit) return reached.slice(0, limit);
      }
    }
    edge = next;
  }
  return reached;
}

async function arrowsOf(store: Store, { record }: StoredRecord, options: WalkOptions): Promise<Link[]> {
  const { direction = "from", types, evidence = true } = options;
  const links: Link[] = [];
  for (const one of direction === "both" ? (["from", "to"] as const) : [direction])
    links.push(...(await store.links(record.id, { direction: one, ...(types === undefined ? {} : { types }) })));
  if (evidence && direction !== "to" && (types?.includes("derived-from") ?? true))
    for (const to of record.provenance.evidence ?? []) links.push({ from: record.id, to, type: "derived-from" });
  return links;
}
