import type { MemoryRecord } from "@brainops/core";
import { benchRecord } from "./bench-record.ts";
import { randomFrom } from "./random.ts";

/** A history of experiences, and what was planted in it. */
export interface History {
  readonly records: readonly MemoryRecord[];
  /** Tags that go with an outcome, as `tag → outcome`, and pairs as `tag+tag → outcome`. */
  readonly planted: readonly string[];
}

/** How a history is made. */
export interface HistoryOptions {
  readonly seed: number;
  readonly records: number;
  /** Different tags; each comes up in a quarter of the experiences. */
  readonly tags: number;
  /** How much more likely the planted outcome is with its tag, 0 to 0.7; 0 plants nothing. */
  readonly effect: number;
}

/** Makes a history: with `t0` it goes wrong more often, with `t1` well, and with `t2` and `t3` wrong only together. */
export function makeHistory({ seed, records, tags, effect }: HistoryOptions): History {
  const random = randomFrom(seed);
  const made = Array.from({ length: records }, (_, i) => {
    const own = Array.from({ length: tags }, (_, tag) => `t${tag}`).filter(() => random.next() < 0.25);
    const has = new Set(own);
    let bad = 0.35;
    if (has.has("t0")) bad += effect;
    if (has.has("t1")) bad -= effect / 2;
    if (has.has("t2") && has.has("t3")) bad += effect;
    const outcome = random.next() < bad ? "bad" : "good";
    return benchRecord(`e${i}`, { text: `Experience ${i}`, tags: own, data: { outcome }, createdAt: i + 1 });
  });
  return { records: made, planted: effect === 0 ? [] : ["t0 → bad", "t1 → good", "t2+t3 → bad"] };
}
