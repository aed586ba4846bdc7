import { isBrainOpsError } from "../contracts/error.ts";
import type { Store, Write } from "../contracts/store.ts";

const mostTries = 5;

/** Commits. A lost acknowledgement is settled by committing again under the same id. */
export async function commitSurely(store: Store, id: string, writes: readonly Write[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await store.commit({ id, writes });
      return;
    } catch (error) {
      if (attempt >= mostTries || !isBrainOpsError(error, "commit_unknown")) throw error;
    }
  }
}

/** Commits what a node did. Memory never fails a node: a link to a record that is gone is left out. */
export async function commitWithMemory(store: Store, id: string, writes: readonly Write[]): Promise<void> {
  try {
    await commitSurely(store, id, writes);
  } catch (error) {
    if (!isBrainOpsError(error, "not_found")) throw error;
    await commitSurely(store, id, await withoutLooseLinks(store, writes));
  }
}

async function withoutLooseLinks(store: Store, writes: readonly Write[]): Promise<readonly Write[]> {
  const ends = writes.flatMap((write) => (write.type === "link" ? [write.link.from, write.link.to] : []));
  const there = new Set((await store.records([...new Set(ends)])).map(({ record }) => record.id));
  for (const write of writes) if (write.type === "record") there.add(write.record.id);
  return writes.filter((write) => write.type !== "link" || (there.has(write.link.from) && there.has(write.link.to)));
}
