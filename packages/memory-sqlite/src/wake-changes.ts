import type { Commit, JsonObject, WakeQueue } from "@brainops/core";

/** What a commit says of one wake: its key, the time (`null`: none any more), what is kept with it, and its queue. */
export type WakeChange = readonly [key: string, at: number | null, data?: JsonObject | null, queue?: WakeQueue];

/** The last word of a key that is not in the table yet, and the row that has it. */
export interface PendingWake {
  readonly seq: number;
  readonly at: number | null;
  /** The name of its queue. */
  readonly queue: string | undefined;
  /** What is kept with it, and its queue, as JSON text. */
  readonly rest: string;
}

/** What a commit says of wakes, in order; `undefined` when it says nothing. */
export function wakesOf({ writes }: Commit): readonly WakeChange[] | undefined {
  let changes: WakeChange[] | undefined;
  for (const write of writes) {
    if (write.type !== "wake") continue;
    const { key, at, data = null, queue } = write;
    changes ??= [];
    if (at === null) changes.push([key, at]);
    else changes.push(queue === undefined ? [key, at, data] : [key, at, data, queue]);
  }
  return changes;
}

/** Forgets what is in the table, which has what was said up to the row that is `indexed`. */
export function dropEntered(wakes: Map<string, PendingWake>, indexed: number): void {
  for (const [key, { seq }] of wakes) if (seq <= indexed) wakes.delete(key);
}
