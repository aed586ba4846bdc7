import type { Store } from "../contracts/store.ts";

/** Whether another record has taken a record's place: a newer one, or one that says the same. */
export async function isBehind(store: Store, id: string): Promise<boolean> {
  return (await store.links(id, { direction: "to", types: ["supersedes"] })).length > 0;
}

/** Which of these records others have taken the place of. */
export async function behindAny(store: Store, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const behind = await Promise.all(ids.map(async (id) => ((await isBehind(store, id)) ? [id] : [])));
  return new Set(behind.flat());
}
