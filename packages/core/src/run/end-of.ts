import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError } from "../contracts/error.ts";

const graceMs = 1000;

/** Waits for work that was cut off. Bounded, because an effect may be deaf to its signal. */
export async function endOf(work: ReadonlySet<Promise<unknown>>, clock: Clock): Promise<void> {
  const timer = new AbortController();
  await Promise.race([Promise.allSettled(work), clock.sleep(graceMs, timer.signal).catch(() => {})]);
  // Without a reason of one's own, each abort makes an error with a stack.
  timer.abort("over");
}

/** The error for what is asked of a try that is over. What it would have to wait for never comes. */
export const ended = (node: string): BrainOpsError =>
  new BrainOpsError("aborted", `The node '${node}' has ended, so it can do no more. Let it await all that it does.`);
