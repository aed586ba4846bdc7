import type { Link, MemoryRecord, Trust } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";

/** The tag of the experiences that hold a verdict. */
export const verdictTag = "verdict";

/**
 * How many tries a verdict on a record counts as, by who judges. A person weighs more than a test, a test more than a model;
 * text from outside is remembered and counts nothing.
 */
const verdictWeight: { readonly [trust in Trust]: number } = { outside: 0, model: 2, test: 4, person: 8 };

/** Why a verdict points to a record. */
export const linkReason = {
  judged: "judged",
  used: "used in the run that was judged",
  made: "made by the run that was judged",
} as const;

/** What a verdict on a run counts for each record that the run used or made: a quarter, for nobody knows which mattered. */
function shareOf(weight: number): number {
  return weight === 0 ? 0 : Math.max(1, Math.floor(weight / 4));
}

/** What a verdict that was remembered adds to the counters of the records it points to. */
export function countWrites(verdict: MemoryRecord, links: readonly Link[], sign: 1 | -1): Write[] {
  const { data, tags, trust } = verdict;
  if (!tags.includes(verdictTag)) return [];
  const weight = verdictWeight[trust];
  return links.flatMap(({ to, type, reason }): Write[] => {
    const share = reason === linkReason.used || reason === linkReason.made ? shareOf(weight) : 0;
    const by = sign * (reason === linkReason.judged ? weight : share);
    if (type !== "about" || by === 0) return [];
    return [
      { type: "count", id: to, counter: "tries", by },
      ...(data["verdict"] === "good" ? [{ type: "count", id: to, counter: "successes", by } as const] : []),
    ];
  });
}

/** The writes that take back what verdicts counted, for when these records are erased. Others among them add nothing. */
export async function takeBackWrites(store: Store, records: readonly MemoryRecord[]): Promise<Write[]> {
  const writes: Write[] = [];
  for (const record of records)
    if (record.tags.includes(verdictTag)) writes.push(...countWrites(record, await store.links(record.id), -1));
  return writes;
}
