import type { Store } from "../contracts/store.ts";

/** Whether another record has taken a record's place: a newer one, or one that says the same. */
export async function isBehind(store: Store, id: string): Promise<boolean> {
  return (await store.links(id, { direction: "to", types: ["supersedes"] })).length > 0;
}
