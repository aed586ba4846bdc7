import type { Place } from "../contracts/journal.ts";
import type { RetryPolicy } from "../contracts/node.ts";
import type { NodeStep } from "../graph/definition.ts";
import { seededRandom } from "../journal/random.ts";
import { placeKey } from "./history.ts";
import { never } from "./never.ts";
import type { RunContext } from "./run-context.ts";

/** What another try cannot mend. */
const neverRetried: readonly string[] = [
  "aborted",
  "denied",
  "invalid_state",
  "budget_exceeded",
  "nondeterministic",
  "ownership_lost",
  "erased",
];

/** Whether a node that failed with an error of that code is tried again. */
export function mayRetry(policy: RetryPolicy | undefined, attempt: number, code: string): boolean {
  if (policy === undefined || attempt >= policy.attempts) return false;
  return policy.on === undefined ? !neverRetried.includes(code) : (policy.on as readonly string[]).includes(code);
}

/** Waits until the next try, counted from when the one before failed: a process that takes over waits for the rest only. */
export async function pauseAfter(
  run: RunContext,
  { retry }: NodeStep,
  place: Place,
  { at, attempt }: { readonly at: number; readonly attempt: number },
): Promise<void> {
  const { clock } = run.environment;
  const { backoffMs = 100, maxBackoffMs = 30_000 } = retry ?? {};
  const longest = Math.min(maxBackoffMs, backoffMs * 2 ** (attempt - 1));
  // Branches, and runs, that failed together are not to come back together.
  const jitter = seededRandom(`${run.id}${placeKey(place)}~${attempt}`).next();
  const left = at + Math.round(longest * (1 - jitter / 2)) - clock.now();
  if (left > 0) await clock.sleep(left, run.signal()).catch(() => never());
}
