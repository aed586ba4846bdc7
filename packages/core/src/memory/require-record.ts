import { BrainOpsError } from "../contracts/error.ts";
import type { Store, StoredRecord } from "../contracts/store.ts";
import { isWithin } from "../recall/fits-filter.ts";
import { checkScope } from "../sealing/check.ts";

/**
 * A record that must exist within a scope. Throws `not_found`, for one that lies outside as well: a scope must not tell what
 * there is in another.
 */
export async function requireRecord(store: Store, scope: string, id: string): Promise<StoredRecord> {
  checkScope(scope);
  const [found] = id === "" ? [] : await store.records([id]);
  if (found !== undefined && isWithin(found.record.scope, scope)) return found;
  throw new BrainOpsError(
    "not_found",
    `There is no record '${id}' within '${scope}'. Recall gives the ids of what there is.`,
    { details: { id, scope } },
  );
}
