import type { StoredRecord } from "../contracts/store.ts";

/**
 * Whether a record speaks of something that went well: what it says itself counts, else whether more or fewer than half of
 * its tries ended well. `undefined` when nothing is known, or as much speaks for as against it.
 */
export function wentWell({ record, counters }: StoredRecord): boolean | undefined {
  const { wentWell: said, lastOutcome } = record.data;
  if (record.kind === "decision" && typeof said === "boolean") return said;
  // How often an error was seen says nothing about how it went.
  if (record.kind === "error") return undefined;
  const { tries, successes } = counters;
  if (tries > 0) return successes * 2 === tries ? undefined : successes * 2 > tries;
  if (record.kind === "solution" && (lastOutcome === "worked" || lastOutcome === "failed"))
    return lastOutcome === "worked";
  return undefined;
}
