import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError } from "../contracts/error.ts";

/** A timer of Node takes no more, about 24 days: it would be over at once. */
const longestTimer = 2 ** 31 - 1;

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
      const until = performance.now() + ms;
      const over = (): void => {
        const left = until - performance.now();
        if (left > 0) {
          timer = setTimeout(over, Math.min(left, longestTimer));
          return;
        }
        signal?.removeEventListener("abort", stop);
        resolve();
      };
      let timer = setTimeout(over, Math.min(ms, longestTimer));
      signal?.addEventListener("abort", stop, { once: true });
    }),
};
