import { isBrainOpsError } from "../../../contracts/error.ts";
import type { Store } from "../../../contracts/store.ts";
import type { Write } from "../../../contracts/write.ts";
import { changing, type Faults } from "./faults.ts";

/** The same write as if nobody had been faster. */
async function unconditional(store: Store, write: Write): Promise<Write> {
  if (write.type === "document") return { type: "document", key: write.key, value: write.value };
  if (write.type !== "record") return write;
  const [known] = await store.records([write.record.id]);
  return { type: "record", record: { ...write.record, version: (known?.record.version ?? 0) + 1 } };
}

/** What goes wrong when many remember the same. */
export const rememberingFaults: Faults = {
  "an error that many remember at once is one, and counts all of them": {
    "who writes last wins": (store) => ({
      async commit(commit) {
        for (let next = commit; ;) {
          try {
            return await store.commit(next);
          } catch (error) {
            if (!isBrainOpsError(error, "conflict")) throw error;
            next = {
              id: `${next.id}.`,
              writes: await Promise.all(commit.writes.map((write) => unconditional(store, write))),
            };
          }
        }
      },
    }),
    "documents expect nothing": changing((write) =>
      write.type === "document" ? [{ type: "document", key: write.key, value: write.value }] : [write],
    ),
  },
};
