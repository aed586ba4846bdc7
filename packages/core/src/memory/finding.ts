import { z } from "zod";
import { trustLevels, type MemoryRecord, type RecordInput, type Trust } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import { isBehind } from "./behind.ts";
import { leastTrust, observe, type ObserveOptions, type Observed } from "./observe.ts";
import { countPattern, findPatterns, nameOf, stillHolds, type Pattern, type PatternOptions } from "./pattern.ts";
import { scan } from "./scan.ts";

/** The tag of what consolidation has made. */
const consolidatedTag = "consolidated";

/** What consolidation looks at, and when it believes. */
export interface ConsolidationOptions extends ObserveOptions, PatternOptions {}

/** A pattern that is to be remembered, with the records that bear it out and those that went otherwise. */
export interface Finding {
  /** What goes with what. */
  readonly pattern: Pattern;
  /** Whether it is believed; what was believed before and is no longer is remembered, too. */
  readonly holds: boolean;
  /** Ids of what it takes the place of. */
  readonly replaces: readonly string[];
  /** Ids of records that bear it out, the newest 100 at most. */
  readonly supporting: readonly string[];
  /** Ids of records that have the features and another outcome, the newest 100 at most. */
  readonly contradicting: readonly string[];
  /** That of the least trusted record it is taken from. */
  readonly trust: Trust;
  /** Persons that the records are about; none when they are more than 50. */
  readonly subjects: readonly string[];
}

const tally = z.object({ total: z.number(), outcome: z.number() });
const patternSchema = z.object({
  features: z.array(z.string()),
  outcome: z.string(),
  with: tally,
  without: tally,
  p: z.number(),
  atLeast: z.number(),
});
const ids = z.array(z.string());

/** A finding as it stands in the state of a graph. */
export const findingSchema: z.ZodType<Finding> = z.object({
  pattern: patternSchema,
  holds: z.boolean(),
  replaces: ids,
  supporting: ids,
  contradicting: ids,
  trust: z.enum(trustLevels),
  subjects: ids,
});

/** So many records are linked as evidence of each sort, the newest; how many there are in all is in the data. */
const mostEvidence = 100;
/** More persons than a record can be about: then it is about none of them. */
const mostSubjects = 50;

/**
 * What there is to be learnt from the experiences of a scope that is not known yet: new patterns, known ones whose evidence
 * has changed so much that it matters, and known ones that no longer hold. Writes nothing.
 *
 * @example
 * ```ts
 * import type { Store } from "@brainops/core";
 * import { findings, sentence } from "@brainops/core/memory";
 * declare const store: Store;
 * for (const { pattern, holds } of await findings(store, "acme")) console.log(sentence(pattern, holds));
 * ```
 */
export async function findings(store: Store, scope: string, options: ConsolidationOptions = {}): Promise<Finding[]> {
  const observed = await observe(store, scope, options);
  const known = await knownPatterns(store, scope, options);
  const found = findPatterns(observed.observations, options);
  const names = new Set(found.map(nameOf));
  const fresh = found.flatMap((pattern) => {
    const before = known.get(nameOf(pattern)) ?? [];
    return before.length === 1 && !hasMoved(before[0], pattern, true)
      ? []
      : [toFinding(observed, pattern, true, before)];
  });
  const checked = [...known].flatMap(([name, before]) => {
    const [record] = before;
    const last = record === undefined ? undefined : patternIn(record);
    if (record === undefined || last === undefined || names.has(name)) return [];
    const pattern = countPattern(observed.observations, last);
    // Its evidence was erased or has gone by age: nothing new is known.
    if (pattern.with.total === 0) return [];
    const holds = record.data["holds"] !== false && stillHolds(pattern, options);
    return before.length === 1 && !hasMoved(record, pattern, holds)
      ? []
      : [toFinding(observed, pattern, holds, before)];
  });
  return [...fresh, ...checked];
}

/** What is to be remembered of a finding; with a model's words before our own, when there are some. */
export function toRecord(finding: Finding, words?: string): RecordInput {
  const { pattern, holds, replaces, supporting, contradicting, trust, subjects } = finding;
  const own = sentence(pattern, holds);
  return {
    kind: pattern.features.length === 1 ? "learning" : "insight",
    text: words === undefined ? own : `${words}\n${own}`,
    data: { claim: own, holds, pattern: { ...pattern } },
    tags: [consolidatedTag, ...pattern.features.filter((feature) => feature.length <= 200)].slice(0, 50),
    importance: holds ? 0.7 : 0.3,
    confidence: Math.min(1, Math.max(0, pattern.atLeast * (1 - pattern.p))),
    trust: words === undefined ? trust : leastTrust([trust, "model"]),
    subjects,
    links: [
      ...supporting.map((to) => ({ to, type: "derived-from", reason: "it went so" }) as const),
      ...contradicting.map((to) => ({ to, type: "contradicts", reason: "it went otherwise" }) as const),
      ...replaces.map((to) => ({ to, type: "supersedes", reason: "there is more evidence now" }) as const),
    ],
  };
}

/**
 * A pattern in words, with all of its figures.
 *
 * @example
 * ```ts
 * import { sentence, type Finding } from "@brainops/core/memory";
 * declare const finding: Finding;
 * console.log(sentence(finding.pattern, finding.holds));
 * ```
 */
export function sentence({ features, outcome, with: within, without, p }: Pattern, holds: boolean): string {
  const of = ({ total, outcome }: Pattern["with"]): string => `${outcome} of ${total}`;
  const what = features.map((feature) => `'${feature}'`).join(" together with ");
  const figures = `${of(within)}, otherwise ${of(without)}; by chance alone with probability ${p.toPrecision(2)}`;
  return holds
    ? `With ${what} the outcome is mostly '${outcome}': ${figures}.`
    : `That with ${what} the outcome is mostly '${outcome}' no longer shows: ${figures}.`;
}

/** What consolidation made before in this very scope and nothing has replaced, by pattern. */
async function knownPatterns(
  store: Store,
  scope: string,
  options: ConsolidationOptions,
): Promise<Map<string, MemoryRecord[]>> {
  const known = new Map<string, MemoryRecord[]>();
  for await (const page of scan(store, { scope, tags: [consolidatedTag] }, options, "comparing"))
    for (const { record } of page) {
      const pattern = patternIn(record);
      if (record.scope !== scope || pattern === undefined || (await isBehind(store, record.id))) continue;
      const name = nameOf(pattern);
      known.set(name, [...(known.get(name) ?? []), record]);
    }
  return known;
}

function patternIn({ data }: MemoryRecord): Pattern | undefined {
  const parsed = patternSchema.safeParse(data["pattern"]);
  return parsed.success ? parsed.data : undefined;
}

/** Whether the evidence has grown by a fifth, moved what is likely by a twentieth, or turned. */
function hasMoved(record: MemoryRecord | undefined, pattern: Pattern, holds: boolean): boolean {
  const before = record === undefined ? undefined : patternIn(record);
  if (before === undefined || (record?.data["holds"] !== false) !== holds) return true;
  return (
    pattern.with.total >= before.with.total * 1.2 + 1 ||
    pattern.with.total < before.with.total ||
    Math.abs(pattern.atLeast - before.atLeast) >= 0.05
  );
}

function toFinding(
  { observations, sources }: Observed,
  pattern: Pattern,
  holds: boolean,
  before: readonly MemoryRecord[],
): Finding {
  const having = observations.filter(({ features }) => pattern.features.every((each) => features.includes(each)));
  const ids = (so: boolean): string[] =>
    having
      .filter(({ outcome }) => (outcome === pattern.outcome) === so)
      .map(({ id }) => id)
      .slice(-mostEvidence);
  const from = having.flatMap(({ id }) => sources.get(id) ?? []);
  const subjects = [...new Set(from.flatMap(({ subjects }) => subjects))];
  return {
    pattern: { ...pattern, features: [...pattern.features] },
    holds,
    replaces: before.map(({ id }) => id),
    supporting: ids(true),
    contradicting: ids(false),
    trust: leastTrust(from.map(({ trust }) => trust)),
    subjects: subjects.length > mostSubjects ? [] : subjects,
  };
}
