import { BrainOpsError, type Clock } from "@brainops/core";

/** Longer waits are cut to this, about 24 days: timers cannot count further. */
const longest = 2 ** 31 - 1;

/** The system's clock. Its naps do not keep the process alive for their own sake. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    if (signal?.aborted === true) throw stopped();
    if (ms <= 0) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = (): void => {
      clearTimeout(timer);
      reject(stopped());
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      },
      Math.min(ms, longest),
    );
    signal?.addEventListener("abort", stop, { once: true });
    await promise;
  },
};

const stopped = (): BrainOpsError => new BrainOpsError("aborted", "The wait was stopped by its caller.");

/**
 * Calls back after so many milliseconds, unless it is switched off before: what is returned does that. On the system's
 * clock this costs a timer and nothing else.
 */
export function alarm(clock: Clock, ms: number, ring: () => void): () => void {
  if (!Number.isFinite(ms)) return () => undefined;
  const wait = Math.min(Math.max(0, ms), longest);
  if (clock === systemClock) {
    const timer = setTimeout(ring, wait);
    return () => clearTimeout(timer);
  }
  const off = new AbortController();
  // Also an alarm for now rings later, so that nobody is called back before they know the switch.
  void Promise.resolve()
    .then(() => clock.sleep(wait, off.signal))
    .then(() => (off.signal.aborted ? undefined : ring()))
    .catch(() => undefined);
  return () => off.abort();
}
