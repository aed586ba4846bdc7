import { setTimeout as delay } from "node:timers/promises";
import { judge, slowness, type Judgement, type Side, type Tolerance } from "./judge.ts";
import { client, spread, type Answer, type Client } from "./load.ts";
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

/** What both sides showed; the release before may be none. */
interface Shown {
  readonly candidate: Side;
  readonly baseline: Side | null;
}

/**
 * Sends the same requests at the same time to a release and to a fresh process of the one before it, so that both have
 * the same age and whatever else the machine does hits both. Says what is wrong with the release, or `null`. Slow is only
 * what is slow twice: a process that got no processor for a while is slow as well, and it is seldom both.
 */
export async function canary(
  candidate: Trial,
  baseline: Trial | null,
  options: CanaryOptions & { readonly paths: readonly string[] },
  signal: AbortSignal,
): Promise<Judgement> {
  const look = async (): Promise<[Judgement, Shown]> => {
    const shown = await compare(candidate, baseline, options, signal);
    if (!candidate.running()) return ["it ended while it was asked", shown];
    return [judge(shown.candidate, shown.baseline, options), shown];
  };
  const [wrong, shown] = await look();
  if (wrong === null || shown.baseline === null || wrong !== slowness(shown.candidate, shown.baseline, options))
    return wrong;
  return (await look())[0];
}

async function compare(
  candidate: Trial,
  baseline: Trial | null,
  options: CanaryOptions & { readonly paths: readonly string[] },
  signal: AbortSignal,
): Promise<Shown> {
  const side = (trial: Trial): OneSide => ({
    trial,
    client: client(trial.url, options.timeoutMs ?? 3_000),
    seen: { ms: [], errors: 0, memoryMb: [] },
  });
  const [first, second] = [side(candidate), baseline === null ? undefined : side(baseline)];
  const sides = second === undefined ? [first] : [first, second];
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
      await Promise.all(order.map(async (each) => answers.set(each.seen, await each.client.get(path))));
      const before = second === undefined ? undefined : answers.get(second.seen);
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
    for (const each of sides) each.client.close();
  }
  return { candidate: first.seen, baseline: second?.seen ?? null };
}

/** One side while it is asked. */
interface OneSide {
  readonly trial: Trial;
  readonly client: Client;
  readonly seen: { readonly ms: number[]; errors: number; readonly memoryMb: number[] };
}

/** No answer, a server's error, or a refusal of what the release before answers. */
function isError(answer: Answer, before: Answer | undefined): boolean {
  if (answer.status === null || answer.status >= 500) return true;
  return answer.status >= 400 && before?.status !== null && (before?.status ?? 0) < 400;
}
