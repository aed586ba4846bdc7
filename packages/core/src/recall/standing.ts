import type { Counters, MemoryRecord } from "../contracts/record.ts";

const dayMs = 86_400_000;

/** A mild factor on a record's score, and the words for it. */
export interface Factor {
  readonly by: number;
  readonly why?: string;
}

/**
 * What speaks for a record beside its words: how important and sure it is as of now, how its tries ended and how it was
 * judged, whether it still holds. Each moves the score by a quarter at most, so that words decide.
 */
export function standing(record: MemoryRecord, counters: Counters, now: number): Factor[] {
  const factors: Factor[] = [
    { by: 0.9 + 0.2 * importanceNow(record, counters, now) },
    { by: 0.9 + 0.1 * confidenceNow(record, counters) },
  ];
  const { tries, successes } = outcomes(record, counters);
  if (tries > 0)
    factors.push({
      // Laplace's rule of succession: without any try nothing is gained or lost, and one lucky try does not beat nine of ten.
      by: 0.75 + 0.5 * ((successes + 1) / (tries + 2)),
      why:
        record.kind === "solution"
          ? `${successes} of ${tries} tries worked`
          : `judged: ${successes} of ${tries} speak for it`,
    });
  if (record.validTo !== undefined && record.validTo <= now) factors.push({ by: 0.8, why: "no longer valid" });
  return factors;
}

/**
 * How important a record is as of now, 0 to 1: what its author said, grown by use and good outcomes, faded with time.
 * Nothing fades on disk.
 *
 * The log odds of the importance are moved by half of the record's activation, `ln(1 + uses + successes) - ln(1 + days) / 2`:
 * the base-level activation of ACT-R with its usual decay of 0.5, in the form for when only the number of uses and the age
 * are known (J. R. Anderson, L. J. Schooler, "Reflections of the environment in memory", Psychological Science 2, 1991;
 * J. R. Anderson, C. Lebiere, "The atomic components of thought", 1998). An importance of 1 never fades, one of 0 never grows.
 *
 * @example
 * ```ts
 * import type { Store } from "@brainops/core";
 * import { importanceNow } from "@brainops/core/recall";
 * declare const store: Store;
 * for (const { record, counters } of await store.records(["some-learning"]))
 *   console.log(importanceNow(record, counters, Date.now()));
 * ```
 */
export function importanceNow({ importance, createdAt }: MemoryRecord, counters: Counters, now: number): number {
  if (importance <= 0 || importance >= 1) return importance;
  const days = Math.max(0, now - createdAt) / dayMs;
  const activation = Math.log(1 + Math.max(0, counters.uses + counters.successes)) - Math.log(1 + days) / 2;
  return 1 / (1 + ((1 - importance) / importance) * Math.exp(-activation / 2));
}

/** What the author's word weighs against tries and verdicts, in tries. */
const authorsWeight = 4;

/**
 * How sure a record is as of now, 0 to 1: what its author said counts as four tries beside those that were counted since.
 * It is the mean of a beta distribution, so the order in which outcomes came does not matter.
 *
 * @example
 * ```ts
 * import type { Store } from "@brainops/core";
 * import { confidenceNow } from "@brainops/core/recall";
 * declare const store: Store;
 * for (const { record, counters } of await store.records(["some-learning"]))
 *   console.log(confidenceNow(record, counters));
 * ```
 */
export function confidenceNow(record: MemoryRecord, counters: Counters): number {
  const { tries, successes } = outcomes(record, counters);
  return (authorsWeight * record.confidence + successes) / (authorsWeight + tries);
}

/** Tries and successes as far as they speak for or against a record: those of an error only say how often it was seen. */
function outcomes({ kind }: MemoryRecord, counters: Counters): { tries: number; successes: number } {
  if (kind === "error") return { tries: 0, successes: 0 };
  const tries = Math.max(0, counters.tries);
  return { tries, successes: Math.min(tries, Math.max(0, counters.successes)) };
}

/**
 * The lower bound of the success rate that is still likely, so that one lucky try does not beat nine of ten: Wilson's
 * score interval at 90 % (E. B. Wilson, "Probable inference", JASA 22, 1927).
 *
 * @example
 * ```ts
 * import { lowerBound } from "@brainops/core/recall";
 * console.log(lowerBound(9, 10) > lowerBound(1, 1)); // true
 * ```
 */
export function lowerBound(successes: number, tries: number): number {
  if (tries <= 0) return 0;
  const z = 1.645;
  const rate = Math.min(1, Math.max(0, successes / tries));
  const spread = z * Math.sqrt((rate * (1 - rate)) / tries + (z * z) / (4 * tries * tries));
  return Math.max(0, (rate + (z * z) / (2 * tries) - spread) / (1 + (z * z) / tries));
}
