import type { Change } from "../contracts/store.ts";
import { isWithin } from "../recall/fits-filter.ts";
import { compareText, type MemoryState } from "./memory-state.ts";

/** What was put into a scope and what is gone from it after a position, in order; one commit's changes are never parted. */
export function changesIn(state: MemoryState, scope: string, after: number, limit: number): Change[] {
  const changes = new Map<string, Change>();
  for (const { id, scope: from, position } of state.gone.values())
    if (isWithin(from, scope) && position > (changes.get(id)?.position ?? after))
      changes.set(id, { position, id, type: "gone" });
  for (const [id, { scope: held, changed }] of state.records) {
    if (!isWithin(held, scope)) continue;
    // What moved within the scope is not gone from it.
    changes.delete(id);
    if (changed > after) changes.set(id, { position: changed, id, type: "put" });
  }
  const all = [...changes.values()].sort((a, b) => a.position - b.position || compareText(a.id, b.id));
  const last = all[Math.min(limit, all.length) - 1]?.position;
  return last === undefined ? [] : all.filter(({ position }) => position <= last);
}
