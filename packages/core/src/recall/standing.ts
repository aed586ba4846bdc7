import type { Counters, MemoryRecord } from "../contracts/record.ts";

const dayMs = 86_400_000;

/** A mild factor on a record's score, and the words for it. */
export interface Factor {
  readonly by: number;
  readonly why?: string;
}

/**
 * What speaks for a record beside its words: how important and sure it is, how its tries ended, how fresh it is, whether
 * it still holds. Each moves the score by a fifth or so, so that words decide. Computed at reading; nothing fades on disk.
 */
export function standing(record: MemoryRecord, counters: Counters, now: number): Factor[] {
  const factors: Factor[] = [
    { by: 0.9 + 0.2 * record.importance },
    { by: 0.9 + 0.1 * record.confidence },
    { by: 1 + 0.05 * 2 ** (-Math.max(0, now - record.createdAt) / (30 * dayMs)) },
  ];
  if (counters.tries > 0 && record.kind === "solution")
    factors.push({
      by: 0.8 + 0.4 * lowerBound(counters.successes, counters.tries),
      why: `${counters.successes} of ${counters.tries} tries worked`,
    });
  if (record.validTo !== undefined && record.validTo <= now) factors.push({ by: 0.8, why: "no longer valid" });
  return factors;
}

/**
 * The lower bound of the success rate that is still likely, so that one lucky try does not beat nine of ten: Wilson's
 * score interval at 90 % (E. B. Wilson, "Probable inference", JASA 22, 1927).
 */
export function lowerBound(successes: number, tries: number): number {
  if (tries <= 0) return 0;
  const z = 1.645;
  const rate = Math.min(1, Math.max(0, successes / tries));
  const spread = z * Math.sqrt((rate * (1 - rate)) / tries + (z * z) / (4 * tries * tries));
  return Math.max(0, (rate + (z * z) / (2 * tries) - spread) / (1 + (z * z) / tries));
}
