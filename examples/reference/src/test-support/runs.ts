import { join } from "node:path";
import { createBrain } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";

/** Looks into a home again and again, without starting anything anew each time. */
export interface RunsIn {
  /** How each run stands, by its id. */
  statuses(): Promise<{ [id: string]: string }>;
  close(): Promise<void>;
}

/** Opens the memory of a home, which must be there. */
export async function runsIn(home: string): Promise<RunsIn> {
  const brain = await createBrain({ store: sqlite({ file: join(home, "memory.db") }) });
  return {
    statuses: async () => Object.fromEntries((await brain.runs()).map(({ id, status }) => [id, status])),
    close: () => brain.close(),
  };
}
