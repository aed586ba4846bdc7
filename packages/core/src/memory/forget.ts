import { isBrainOpsError } from "../contracts/error.ts";
import type { MemoryRecord } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { uuid7 } from "../journal/random.ts";
import { requireRecord } from "./require-record.ts";
import { takeBackWrites, verdictTag } from "./verdict.ts";

const mostTries = 10;

/**
 * Erases records by id, and takes back what verdicts among them had counted. All or nothing. What a journal still holds of
 * them stays there. Returns how many were there: an id that is unknown is `not_found`, and nothing is erased.
 *
 * @example
 * ```ts
 * import { forget } from "@brainops/core/memory";
 * import type { Store } from "@brainops/core";
 * declare const store: Store;
 * await forget(store, "acme", ["0197a1b2-0000-7000-8000-000000000001"]);
 * ```
 */
export async function forget(store: Store, scope: string, ids: readonly string[]): Promise<number> {
  for (const id of ids) await requireRecord(store, scope, id);
  return eraseRecords(store, ids);
}

/**
 * Erases those of the records that are there, in one commit with what `note` adds. What verdicts had counted is taken back
 * once, however many erase them at the same time.
 */
export async function eraseRecords(
  store: Store,
  ids: readonly string[],
  note: (erased: readonly MemoryRecord[]) => readonly Write[] = () => [],
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const records = (await store.records([...new Set(ids)])).map(({ record }) => record);
    if (records.length === 0) return 0;
    // A verdict is put once more before it goes: that fails when another erases it at the same time.
    const verdicts = records.filter(({ tags }) => tags.includes(verdictTag));
    const writes: Write[] = [
      ...verdicts.map((record): Write => ({ type: "record", record: { ...record, version: record.version + 1 } })),
      ...(await takeBackWrites(store, verdicts)),
      { type: "erase", ids: records.map(({ id }) => id) },
      ...note(records),
    ];
    try {
      await store.commit({ id: uuid7(Date.now()), writes });
      return records.length;
    } catch (error) {
      const again = isBrainOpsError(error, "conflict") || isBrainOpsError(error, "commit_unknown");
      if (!again || attempt >= mostTries) throw error;
    }
  }
}
