import type { Progress } from "@brainops/core/memory";
import type { Call } from "./command.ts";

/** Progress of one piece of work, on stderr. */
export interface ProgressShown {
  show(progress: Progress): void;
  /** Takes the line away again. */
  end(): void;
}

/** Work that is done sooner needs no progress. */
const firstAfterMs = 1000;
const betweenMs = { terminal: 100, elsewhere: 5000 };

/**
 * Shows how far long work is: a line that is redrawn on a terminal, a line now and then elsewhere. A program that reads
 * `--json` is told nothing, however long it takes.
 */
export function showProgress({ io: { stderr, env }, output }: Pick<Call, "io" | "output">): ProgressShown {
  const live = stderr.isTTY && env["TERM"] !== "dumb";
  const heard = live || !output.json;
  let next = performance.now() + firstAfterMs;
  let shown = false;
  return {
    show({ step, done }) {
      const now = performance.now();
      if (!heard || now < next) return;
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
