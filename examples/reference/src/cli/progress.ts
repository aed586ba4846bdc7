import type { Progress } from "@brainops/core/memory";
import type { Io } from "./io.ts";

/** Progress of one piece of work, on stderr. */
export interface ProgressShown {
  show(progress: Progress): void;
  /** Takes the line away again. */
  end(): void;
}

/** Work that is done sooner needs no progress. */
const firstAfterMs = 1000;
const betweenMs = { terminal: 100, elsewhere: 5000 };

/** Shows how far long work is: a line that is redrawn on a terminal, a line now and then elsewhere. */
export function showProgress({ stderr, env }: Io): ProgressShown {
  const live = stderr.isTTY && env["TERM"] !== "dumb";
  let next = performance.now() + firstAfterMs;
  let shown = false;
  return {
    show({ step, done }) {
      const now = performance.now();
      if (now < next) return;
      next = now + (live ? betweenMs.terminal : betweenMs.elsewhere);
      const text = `${step}: ${done.toLocaleString("en")}`;
      stderr.write(live ? `\r\u001b[2K${text}` : `${text}\n`);
      shown = live;
    },
    end() {
      if (shown) stderr.write("\r\u001b[2K");
      shown = false;
    },
  };
}
