import { setTimeout as delay } from "node:timers/promises";
import { lastWords, lookAt, wrongRelease, type Health } from "./health.ts";
import type { ServiceProcess } from "./process.ts";

/** What a hand-over works on. */
export interface HandOver {
  readonly process: ServiceProcess;
  /** Starts the release beside what runs; gives the new process. */
  readonly start: () => Promise<number>;
  readonly release: string;
  readonly healthUrl: string;
  readonly timeoutMs: number;
  readonly withinMs: number;
  readonly signal?: AbortSignal;
}

/** How often in a row the new release must answer, alone, before it counts. */
const settled = 3;

/**
 * Starts a release beside the one that serves, on the same port (both listen with `reusePort`), waits until the new one
 * answers there, and then has the old one drain and go. When the new one does not answer it is ended, and the old one
 * goes on as if nothing had been. Cut off anywhere and done again, it finds the new one running and goes on.
 */
export async function handOver(given: HandOver): Promise<Health> {
  const { process, release, withinMs, signal } = given;
  const pid = await given.start();
  const runs = async (): Promise<boolean> => (await process.running()).some((each) => each.pid === pid);
  const deadline = Date.now() + withinMs;
  let missing = 0;
  let seen: Health = { ok: false, detail: "it was not asked", release: null };
  for (;;) {
    seen = await lookAt(given.healthUrl, given.timeoutMs, signal);
    if (seen.ok && seen.release === release) break;
    // Twice in a row: while it becomes another program, a process shows no mark for a moment.
    missing = (await runs()) ? 0 : missing + 1;
    if (missing > 1 || Date.now() >= deadline || signal?.aborted === true) {
      const why =
        missing > 1 ? `the process is not running; ${lastWords(await process.log())}` : unanswered(seen, release);
      await process.stop({ only: pid });
      return { ok: false, detail: why, release: seen.release };
    }
    await delay(20);
  }
  await process.stop({ keep: pid });
  for (let i = 0; i < settled; i++) {
    seen = await lookAt(given.healthUrl, given.timeoutMs, signal);
    const wrong = wrongRelease(seen, release);
    if (wrong !== null) return { ...seen, ok: false, detail: wrong };
    if (!seen.ok) return seen;
  }
  return seen;
}

function unanswered(seen: Health, release: string): string {
  if (!seen.ok) return seen.detail;
  return seen.release === null
    ? 'the health answer does not name its release; with overlap, answer JSON such as {"release": process.env.RELEASE}'
    : `release ${seen.release} answers, not ${release}`;
}
