import type { Clock } from "../contracts/clock.ts";
import { isBrainOpsError } from "../contracts/error.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { uuid7 } from "../journal/random.ts";

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

/**
 * Commits what follows from what was read. When that is no longer so (`conflict`), it is read and made again; nothing is
 * committed when there is nothing to do.
 */
export async function commitWhileTrue(
  store: Store,
  clock: Clock,
  make: () => Promise<readonly Write[]>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const writes = await make();
    if (writes.length === 0) return;
    try {
      await commitSurely(store, uuid7(clock.now()), writes);
      return;
    } catch (error) {
      if (attempt >= mostTries || !isBrainOpsError(error, "conflict")) throw error;
    }
  }
}

/** Commits what a node did. Memory never fails a node: a link to a record that is gone is left out. */
export async function commitWithMemory(store: Store, id: string, writes: readonly Write[]): Promise<void> {
  try {
    // Nearly always enough, and without a promise of its own.
    await store.commit({ id, writes });
  } catch (error) {
    if (isBrainOpsError(error, "not_found")) await commitSurely(store, id, await withoutLooseLinks(store, writes));
    else if (isBrainOpsError(error, "commit_unknown")) await commitAgain(store, id, writes);
    else throw error;
  }
}

async function commitAgain(store: Store, id: string, writes: readonly Write[]): Promise<void> {
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
