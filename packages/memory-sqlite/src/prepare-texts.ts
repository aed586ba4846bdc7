import type { Commit } from "@brainops/core";
import type { Breather } from "./breather.ts";
import type { Context } from "./context.ts";

/** A text longer than this is cut into words before its transaction begins, in UTF-16 units: a longer one takes milliseconds. */
const longText = 4096;

/**
 * Cuts the long texts of commits into words, letting the event loop turn in between. A million different letters take most of a
 * second; within the transaction nobody else could write for so long.
 */
export async function prepareTexts(context: Context, commits: readonly Commit[], breathe: Breather): Promise<void> {
  for (const { writes } of commits)
    for (const write of writes) {
      if (write.type !== "record" || write.record.text.length <= longText) continue;
      const steps = context.tokensOf.steps(write.record.text);
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) if (breathe.isDue()) await breathe.now();
      context.prepared.set(write.record, step.value);
    }
}
