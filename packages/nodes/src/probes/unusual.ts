import { median } from "../stats/mann-whitney.ts";

/** When a sample counts as unusual. */
export interface UnusualOptions {
  /** Samples that are remembered. Default 120. */
  readonly window?: number;
  /** Fewer say nothing. Default 12. */
  readonly least?: number;
  /** How many of the usual deviations away. Default 6. */
  readonly deviations?: number;
  /** Which way is bad. Default `both`. */
  readonly direction?: "up" | "down" | "both";
  /** So many unusual ones in a row are a new normal, and are learnt. Default 30. */
  readonly adaptAfter?: number;
}

/** What was learnt: the samples that are usual, and the unusual ones in a row since. */
export interface UnusualMemory {
  /** The newest usual samples, the oldest first, at most `window`. */
  readonly normal: readonly number[];
  /** The unusual ones in a row since, the oldest first. */
  readonly strange: readonly number[];
}

/** Tells what is unusual by what was seen before. */
export interface Unusual {
  /** Takes a sample; a sentence when it is unusual, `null` when it is not. */
  add(value: number): string | null;
  /** What it has learnt, to go on from elsewhere. */
  readonly memory: UnusualMemory;
}

/**
 * Anomalies by median and median absolute deviation, which single outliers do not move (F. R. Hampel, 1974): a sample
 * is unusual when it lies so many deviations from the median of those before, and at least a tenth of it. Unusual samples
 * are not learnt, so a long trouble does not become normal, until it has lasted `adaptAfter` samples. With `memory`, it
 * goes on from what was learnt before.
 *
 * @example
 * ```ts
 * import { unusual } from "@brainops/nodes";
 * const seen = unusual();
 * for (const ms of [20, 21, 19, 22]) seen.add(ms);
 * ```
 */
export function unusual(options: UnusualOptions = {}, memory?: UnusualMemory): Unusual {
  const { window = 120, least = 12, deviations = 6, direction = "both", adaptAfter = 30 } = options;
  let normal = [...(memory?.normal ?? [])];
  let strange = [...(memory?.strange ?? [])];
  return {
    get memory() {
      return { normal, strange };
    },
    add(value) {
      if (!Number.isFinite(value)) return "it is no number";
      const middle = median(normal);
      const deviation = 1.4826 * median(normal.map((each) => Math.abs(each - middle)));
      const allowed = Math.max(deviations * deviation, Math.abs(middle) / 10);
      const away = value - middle;
      const bad =
        direction === "up" ? away > allowed : direction === "down" ? -away > allowed : Math.abs(away) > allowed;
      if (normal.length < least || !bad) {
        strange = [];
        normal = [...normal, value].slice(-window);
        return null;
      }
      strange.push(value);
      if (strange.length >= adaptAfter) [normal, strange] = [strange.slice(-window), []];
      return `unusually ${away > 0 ? "high" : "low"}`;
    },
  };
}
