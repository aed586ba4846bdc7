import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError } from "../contracts/error.ts";

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(new BrainOpsError("aborted", "The wait was called off.", { cause: signal?.reason }));
      };
      if (signal?.aborted === true)
        return reject(new BrainOpsError("aborted", "The wait was called off.", { cause: signal.reason }));
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal?.addEventListener("abort", stop, { once: true });
    }),
};
