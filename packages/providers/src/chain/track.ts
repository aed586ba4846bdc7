import type { Clock } from "@brainops/core";

/** Streams are timed until their first part, whole answers until their end: the two are kept apart. */
export type CallKind = "whole" | "streamed";

/** What a chain has measured of one model. */
export interface Track {
  /** A model answered, after so many milliseconds and for so many US dollars. */
  answered(kind: CallKind, ms: number, cost: number | undefined): void;
  failed(): void;
  /** The time in which this share of the answers came; nothing before there are `least` of them. */
  quantile(kind: CallKind, share: number, least: number): number | undefined;
  /** The median time, of whichever kind there are more answers. */
  usual(): number | undefined;
  /** Calls that told something about the model; old ones count less. */
  readonly calls: number;
  /** When the last of them was over. */
  readonly lastAt: number;
  /** The lower bound (95 %, Wilson's score interval) of the share of calls that were answered. */
  successFloor(): number;
  /** Mean cost of an answer in US dollars, where prices are known. */
  meanCost(): number | undefined;
}

/** Starts a {@link Track}. It keeps the times of the last 128 answers of each kind. */
export function track(clock: Clock): Track {
  const times = { whole: latest(128), streamed: latest(128) };
  // Halved when they grow, so that old days weigh less and less.
  let good = 0;
  let bad = 0;
  let cost = 0;
  let priced = 0;
  let lastAt = 0;
  const counted = (): void => {
    lastAt = clock.now();
    if (good + bad < 400) return;
    good /= 2;
    bad /= 2;
  };
  return {
    answered(kind, ms, price) {
      times[kind].add(ms);
      good += 1;
      if (price !== undefined) {
        cost += price;
        priced += 1;
      }
      counted();
    },
    failed() {
      bad += 1;
      counted();
    },
    quantile: (kind, share, least) => (times[kind].count() < least ? undefined : times[kind].quantile(share)),
    usual: () => (times.whole.count() >= times.streamed.count() ? times.whole : times.streamed).quantile(0.5),
    get calls() {
      return good + bad;
    },
    get lastAt() {
      return lastAt;
    },
    successFloor() {
      const all = good + bad;
      if (all === 0) return 0;
      const z2 = 1.96 ** 2;
      const share = good / all;
      const centre = share + z2 / (2 * all);
      const spread = 1.96 * Math.sqrt((share * (1 - share)) / all + z2 / (4 * all * all));
      return Math.max(0, (centre - spread) / (1 + z2 / all));
    },
    meanCost: () => (priced === 0 ? undefined : cost / priced),
  };
}

/** The latest figures, and the value below which a share of them lies. */
function latest(kept: number): {
  add(value: number): void;
  count(): number;
  quantile(share: number): number | undefined;
} {
  const values: number[] = [];
  let next = 0;
  // Sorted once for all that ask before the next value comes.
  let sorted: readonly number[] | undefined;
  return {
    add(value) {
      values[next] = value;
      next = (next + 1) % kept;
      sorted = undefined;
    },
    count: () => values.length,
    quantile(share) {
      sorted ??= values.toSorted((a, b) => a - b);
      return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    },
  };
}
