import { join } from "node:path";
import { createBrain } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";

/** Looks into a home again and again, without starting anything anew each time. */
export interface RunsIn {
  /** How each run stands, by its id. */
  statuses(): Promise<{ [id: string]: string }>;
  /** What a run waits for a person to say. */
  questions(id: string): Promise<readonly { readonly id: string; readonly text: string }[]>;
  close(): Promise<void>;
}

/** Opens the memory of a home, which must be there. */
export async function runsIn(home: string): Promise<RunsIn> {
  const brain = await createBrain({ store: sqlite({ file: join(home, "memory.db") }) });
  return {
    statuses: async () => Object.fromEntries((await brain.runs()).map(({ id, status }) => [id, status])),
    async questions(id) {
      const entries = await brain.journal(id);
      const over = new Set(entries.flatMap((entry) => (entry.type === "woken" ? [entry.wait] : [])));
      return entries.flatMap((entry) =>
        entry.type === "waiting" && entry.for === "answer" && !over.has(entry.wait)
          ? [{ id: entry.wait, text: entry.body?.text ?? "" }]
          : [],
      );
    },
    close: () => brain.close(),
  };
}
