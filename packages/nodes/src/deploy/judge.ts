import { fisherExact } from "../stats/fisher.ts";
import { mannWhitney, median } from "../stats/mann-whitney.ts";

/** What one side of a comparison showed. */
export interface Side {
  /** Milliseconds of each answer. */
  readonly ms: readonly number[];
  readonly errors: number;
  /** Memory in megabytes, at equal distances in time. */
  readonly memoryMb: readonly number[];
}

/** When a release counts as worse. */
export interface Tolerance {
  /** Chance to call a difference where there is none, for each thing compared. Default 0.01. */
  readonly alpha?: number;
  /** Share by which the median answer may be slower. Default 0.25. Less than a millisecond never counts. */
  readonly maxSlower?: number;
  /** Megabytes that it may hold beyond the other, in the median. Default 48. */
  readonly maxMoreMb?: number;
}

/** What is wrong with a release, in words; `null` when nothing is. */
export type Judgement = string | null;

/** Fewer answers than this are no data. */
const least = 20;

/**
 * Compares a release with the one before it under the same requests at the same time: errors by Fisher's exact test,
 * answer times (in blocks) and memory by Mann-Whitney, and a difference must matter too, not only be sure. Without a `baseline` (a
 * first release) only errors can be judged, as if beside one that makes none. No data is a failure: silence is not health.
 */
export function judge(candidate: Side, baseline: Side | null, tolerance: Tolerance = {}): Judgement {
  const { alpha = 0.01, maxMoreMb = 48 } = tolerance;
  for (const [name, side] of [["the new release", candidate] as const, ["the release before it", baseline] as const]) {
    if (side !== null && side.ms.length + side.errors < least)
      return `no data: ${name} answered ${side.ms.length + side.errors} requests, of at least ${least}`;
  }
  const asked = candidate.ms.length + candidate.errors;
  const other =
    baseline === null ? { hits: 0, of: asked } : { hits: baseline.errors, of: baseline.ms.length + baseline.errors };
  if (fisherExact({ hits: candidate.errors, of: asked }, other) < alpha)
    return `${candidate.errors} of ${asked} requests failed, beside ${other.hits} of ${other.of} before`;
  if (baseline === null) return null;
  const slow = slowness(candidate, baseline, tolerance);
  if (slow !== null) return slow;
  // The start of a process is its own affair; what it holds in the end is what grows.
  const half = (values: readonly number[]): readonly number[] => values.slice(values.length >> 1);
  const big = more(half(candidate.memoryMb), half(baseline.memoryMb), alpha, () => maxMoreMb);
  if (big !== null) return `it holds ${Math.round(big[0])} MB of memory, beside ${Math.round(big[1])} MB before`;
  return null;
}

/** The part of {@link judge} that looks at answer times. */
export function slowness(candidate: Side, baseline: Side, { alpha = 0.01, maxSlower = 0.25 }: Tolerance): Judgement {
  const slow = more(blocks(candidate.ms), blocks(baseline.ms), alpha, (before) => Math.max(1, before * maxSlower));
  if (slow === null) return null;
  return `answers take ${slow[0].toFixed(1)} ms in the median, beside ${slow[1].toFixed(1)} ms before`;
}

/**
 * Medians of consecutive answers, ten or more to a block. What slows down one answer (a busy machine, a collection of
 * garbage) slows down its neighbours too, and a test that takes each for evidence of its own is sure too soon.
 */
function blocks(ms: readonly number[]): readonly number[] {
  const count = Math.min(30, Math.max(1, Math.floor(ms.length / 10)));
  return Array.from({ length: count }, (_, i) =>
    median(ms.slice(Math.floor((i * ms.length) / count), Math.floor(((i + 1) * ms.length) / count))),
  );
}

/** Both medians when the first sample is surely, and by what matters, above the second. */
function more(
  first: readonly number[],
  second: readonly number[],
  alpha: number,
  allowed: (before: number) => number,
): readonly [number, number] | null {
  const [now, before] = [median(first), median(second)];
  return now - before > allowed(before) && mannWhitney(first, second) < alpha ? [now, before] : null;
}
