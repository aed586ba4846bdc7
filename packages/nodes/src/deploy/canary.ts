import { setTimeout as delay } from "node:timers/promises";
import { judge, type Judgement, type Side, type Tolerance } from "./judge.ts";
import { client, spread, type Answer } from "./load.ts";
import type { Trial } from "./trial.ts";

/** How a release is compared with the one before it; see also {@link Tolerance}. */
export interface CanaryOptions extends Tolerance {
  /** Paths that are asked for, in turn, with GET. They must change nothing. Default: the health path. */
  readonly paths?: readonly string[];
  /** Requests to each of both. 1,500 notice one percent of errors, with 99 % certainty. Default 1,500. */
  readonly requests?: number;
  /** Requests at a time to each of both. Default 4. */
  readonly width?: number;
  /** Milliseconds for one answer. Default 3,000. */
  readonly timeoutMs?: number;
  /** Milliseconds after which no further request is begun. Default 30,000. */
  readonly withinMs?: number;
}

/**
 * Sends the same requests at the same time to a release and to a fresh process of the one before it, so that both have
 * the same age and whatever else the machine does hits both. Says what is wrong with the release, or `null`.
 */
export async function canary(
  candidate: Trial,
  baseline: Trial | null,
  options: CanaryOptions & { readonly paths: readonly string[] },
  signal: AbortSignal,
): Promise<Judgement> {
  const trials = baseline === null ? [candidate] : [candidate, baseline];
  const sides = trials.map((trial) => ({
    trial,
    client: client(trial.url, options.timeoutMs ?? 3_000),
    seen: { ms: [] as number[], errors: 0, memoryMb: [] as number[] },
  }));
  const deadline = Date.now() + (options.withinMs ?? 30_000);
  const over = (): boolean => signal.aborted || Date.now() > deadline || !candidate.running();
  let asking = true;
  const watch = (async () => {
    for (; asking; await delay(25)) for (const { trial, seen } of sides) seen.memoryMb.push(trial.memoryMb());
  })();
  try {
    const ask = async (index: number): Promise<void> => {
      const path = options.paths[index % options.paths.length] ?? "/";
      // Now one first, now the other.
      const order = index % 2 === 0 ? sides : sides.toReversed();
      const answers = new Map<Side, Answer>();
      await Promise.all(order.map(async (side) => answers.set(side.seen, await side.client.get(path))));
      const before = sides[1] === undefined ? undefined : answers.get(sides[1].seen);
      for (const { seen } of sides) {
        const answer = answers.get(seen);
        if (answer === undefined || isError(answer, before)) seen.errors += 1;
        else seen.ms.push(answer.ms);
      }
    };
    await spread(options.requests ?? 1_500, options.width ?? 4, ask, over);
  } finally {
    asking = false;
    await watch;
    for (const side of sides) side.client.close();
  }
  if (!candidate.running()) return "it ended while it was asked";
  return judge(sides[0]?.seen ?? nothing, sides[1]?.seen ?? null, options);
}

const nothing: Side = { ms: [], errors: 0, memoryMb: [] };

/** No answer, a server's error, or a refusal of what the release before answers. */
function isError(answer: Answer, before: Answer | undefined): boolean {
  if (answer.status === null || answer.status >= 500) return true;
  return answer.status >= 400 && before?.status !== null && (before?.status ?? 0) < 400;
}
