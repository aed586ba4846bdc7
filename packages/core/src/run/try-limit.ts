import { BrainOpsError } from "../contracts/error.ts";
import type { NodeStep } from "../graph/definition.ts";
import { fromErrorValue } from "./errors.ts";
import type { AttemptHistory, PlaceHistory } from "./history.ts";

/** When one try must be over, and how it fails then. */
export interface TryLimit {
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly error: BrainOpsError;
}

/**
 * The limit of a try that begins now, or is taken up. One that has begun to wait is counted from there, since its run may rest
 * meanwhile, in no process; one that only works has its time anew.
 */
export function tryLimit(
  { name, timeoutMs }: NodeStep,
  history: PlaceHistory,
  attempt: number,
  now: number,
): TryLimit | undefined {
  if (timeoutMs === undefined) return undefined;
  const began = history.attempts[attempt - 1]?.entries.find(({ type }) => type === "waiting")?.at ?? now;
  const error = new BrainOpsError(
    "timeout",
    `'${name}' took longer than ${timeoutMs} ms. Give it more time (timeoutMs), or less to do.`,
    { details: { node: name, ms: timeoutMs } },
  );
  return { until: Math.round(began + timeoutMs), error };
}

/**
 * How a journaled try ran out of time. It may have been handed less than the journal has of it, so in a replay it fails so,
 * whatever it comes to.
 */
export function ranOut(attempt: AttemptHistory | undefined): BrainOpsError | undefined {
  const error = attempt?.failed?.body?.error;
  const details = error?.details as { readonly node?: unknown; readonly ms?: unknown } | undefined;
  const isOwn = error?.code === "timeout" && details?.node !== undefined && details.ms !== undefined;
  return isOwn ? fromErrorValue(error) : undefined;
}
