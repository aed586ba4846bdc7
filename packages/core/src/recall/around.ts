import type { Hit } from "../contracts/record.ts";
import type { Store, StoredRecord } from "../contracts/store.ts";
import { threadOf } from "./pool.ts";

/** Gives each hit what stands up to so many places before and after it in its thread, as far as that is accepted. */
export async function withContext(
  store: Store,
  hits: readonly Hit[],
  distance: number,
  accept: (stored: StoredRecord) => boolean,
): Promise<Hit[]> {
  const ids = hits.filter(({ record }) => record.sequence !== undefined).map(({ record }) => record.id);
  if (distance === 0 || ids.length === 0) return [...hits];
  // Hits stand beside each other, too.
  const beside = [...(await store.neighbours(ids, distance)).filter(accept), ...hits];
  return hits.map((hit) => {
    const { id, sequence, thread } = hit.record;
    if (sequence === undefined || thread === undefined) return hit;
    const around = new Map(
      beside
        .map(({ record }) => record)
        .filter((other) => other.id !== id && threadOf(other) === threadOf(hit.record))
        .filter((other) => Math.abs((other.sequence ?? Infinity) - sequence) <= distance)
        .map((other) => [other.id, other]),
    );
    const context = [...around.values()].toSorted(
      (a, b) => (a.sequence ?? 0) - (b.sequence ?? 0) || (a.id < b.id ? -1 : 1),
    );
    return context.length === 0 ? hit : { ...hit, context };
  });
}
