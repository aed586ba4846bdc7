import type { Clock } from "../contracts/clock.ts";
import type { Hit, MemoryRecord, RecallQuery } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import { recall } from "../recall/index.ts";

/** Recalls from several scopes: the best of all, ties by id. */
export async function recallScopes(
  store: Store,
  scopes: readonly string[],
  query: RecallQuery,
  options: { readonly clock: Clock; readonly accept?: (record: MemoryRecord) => boolean },
): Promise<readonly Hit[]> {
  const [only] = scopes;
  if (scopes.length === 1 && only !== undefined) return recall(store, only, query, options);
  const found = await Promise.all(scopes.map((scope) => recall(store, scope, query, options)));
  const hits = new Map(found.flat().map((hit) => [hit.record.id, hit]));
  const best = [...hits.values()].toSorted((a, b) => b.score - a.score || (a.record.id < b.record.id ? -1 : 1));
  return best.slice(0, query.limit ?? 10);
}
