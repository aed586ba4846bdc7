import type { Hit, RecallQuery } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import { isWithin } from "./fits-filter.ts";
import { walkLinks, type Reached } from "../memory/walk-links.ts";

/** What is linked to a record that a query names. */
export interface Linked {
  readonly to: string;
  readonly only: boolean;
  /** Whether that record is there, in the scope that was searched. */
  readonly known: boolean;
  readonly records: readonly Reached[];
}

/** What being linked is worth, in scores of the best hit; over two links half of it, and so on. */
const linkedWeight = 0.5;

/** Reads what is linked, either way, to the record that a query names. */
export async function findLinked(store: Store, scope: string, { linked }: RecallQuery): Promise<Linked | undefined> {
  if (linked === undefined) return undefined;
  const { to, depth = 1, types, only = false } = linked;
  const [start] = await store.records([to]);
  const known = start !== undefined && isWithin(start.record.scope, scope);
  if (!known) return { to, only, known, records: [] };
  const records = await walkLinks(store, scope, to, {
    direction: "both",
    depth,
    ...(types === undefined ? {} : { types }),
    limit: 500,
  });
  return { to, only, known, records };
}

/** Raises what is linked, and says how. Takes the hits in any order. */
export function preferLinked(hits: readonly Hit[], { to, records }: Linked): Hit[] {
  const best = hits.reduce((most, { score }) => Math.max(most, score), 0);
  const reached = new Map(records.map((each) => [each.record.id, each]));
  return hits.map((hit) => {
    const found = reached.get(hit.record.id);
    if (found === undefined) return hit;
    const by = found.way.map(({ type }) => type).join(", ");
    const score = hit.score + (linkedWeight * (best === 0 ? 1 : best)) / found.depth;
    return { ...hit, score, why: [hit.why, `linked to ${to} (${by})`].filter((part) => part !== "").join("; ") };
  });
}
