import { BrainOpsError, type Brain, type StoredRecord } from "@brainops/core";
import { isWithin } from "@brainops/core/recall";

/** A record that must be there, within the scope. Throws `not_found`. */
export async function requireRecord(brain: Brain, scope: string, id: string): Promise<StoredRecord> {
  const [found] = await brain.store.records([id]);
  if (found !== undefined && isWithin(found.record.scope, scope)) return found;
  throw new BrainOpsError(
    "not_found",
    `There is no record '${id}' within '${scope}'. 'npx brainops memory recall' shows the ids of what it finds.`,
    { details: { id, scope } },
  );
}
