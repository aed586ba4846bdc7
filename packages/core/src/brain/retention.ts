import type { Clock } from "../contracts/clock.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { releaseWrites } from "../journal/big-values.ts";
import { commitWhileTrue } from "../run/commit.ts";
import { inboxStream, journalStream } from "../run/writer.ts";
import { journalValues, listRuns, readStored } from "./journals.ts";

/** Which ended runs to forget; what is open is always kept. */
export interface PruneOptions {
  /** Only those whose last entry is older than so many milliseconds. Default 0: of any age. */
  readonly olderThanMs?: number;
  /** The newest so many are kept, however old. Default 0. */
  readonly keep?: number;
  /** Only runs of this graph, by name. Default: of all. */
  readonly graph?: string;
}

/**
 * Forgets the journals of ended runs and gives their ids. What they remembered stays. Export a run first to keep it
 * elsewhere.
 */
export async function pruneRuns(
  store: Store,
  clock: Clock,
  { olderThanMs = 0, keep = 0, graph }: PruneOptions,
): Promise<readonly string[]> {
  const ended = (await listRuns(store)).filter(
    (run) => run.status !== "open" && (graph === undefined || run.graph === graph),
  );
  const old = ended.slice(keep).filter(({ lastAt }) => clock.now() - lastAt >= olderThanMs);
  for (const { id } of old)
    await commitWhileTrue(store, clock, async () => {
      const stored = await readStored(store, id);
      const apart = stored.filter((entry) => entry.apart !== undefined);
      const answers = await store.documents(`answer/${id}/`);
      const writes: Write[] = [
        // Fails when somebody else has given these big values back meanwhile, so that nobody does it twice.
        { type: "redact", stream: journalStream(id), positions: apart.map(positionOf), members: journalValues },
        ...apart.flatMap((entry) => releaseWrites(entry.apart)),
        { type: "trim", stream: journalStream(id), before: await store.position(journalStream(id)) },
        { type: "trim", stream: inboxStream(id), before: await store.position(inboxStream(id)) },
        ...answers.map(({ key }): Write => ({ type: "document", key, value: null })),
      ];
      return writes;
    });
  return old.map(({ id }) => id);
}

const positionOf = ({ position }: Entry): number => position;
