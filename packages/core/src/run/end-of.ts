import type { Clock } from "../contracts/clock.ts";

const graceMs = 1000;

/** Waits for work that was cut off. Bounded, because an effect may be deaf to its signal. */
export async function endOf(work: ReadonlySet<Promise<unknown>>, clock: Clock): Promise<void> {
  const timer = new AbortController();
  await Promise.race([Promise.allSettled(work), clock.sleep(graceMs, timer.signal).catch(() => {})]);
  // Without a reason of one's own, each abort makes an error with a stack.
  timer.abort("over");
}
