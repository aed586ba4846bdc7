import type { Fault, Remedy } from "../contracts/action.ts";
import type { NodeContext } from "../contracts/node.ts";
import type { Hit } from "../contracts/record.ts";
import { mask } from "./mask.ts";
import { remedySchema, type Candidate } from "./state.ts";
import { isRetired, wilsonLowerBound } from "./wilson.ts";

/** The tag under which the solutions of one fault are found. */
export function faultTag(fingerprint: string): string {
  return `fault:${fingerprint}`;
}

/** The tag under which the solutions for one subject are found. */
export function subjectTag(fault: Fault): string {
  return `subject:${fault.subject}`.slice(0, 200);
}

/** How alike two faults must at least be for a solution of the other to be worth a try: share of common words. */
const alike = 0.6;

/**
 * Solutions from memory, best first: those of this very fingerprint by the lower bound of their success rate, then
 * those of similar faults of the same subject. Retired ones are left out. What another scope shares comes behind one's own of
 * the same likeness, and without its id: it is not ours to count. When it helps, it becomes a solution of this scope.
 */
export async function rememberedCandidates(
  ctx: NodeContext,
  fault: Fault,
  fingerprint: string,
): Promise<readonly Candidate[]> {
  const known = await ctx.recall({ text: "", kinds: ["solution"], tags: [faultTag(fingerprint)], limit: 50 });
  const near = await ctx.recall({ text: mask(fault.text), kinds: ["solution"], tags: [subjectTag(fault)], limit: 20 });
  const seen = new Set(known.map((hit) => hit.record.id));
  const similar = near
    .filter((hit) => !seen.has(hit.record.id))
    .map((hit) => ({ hit, similarity: similarity(mask(fault.text), patternOf(hit)) }))
    .filter((item) => item.similarity >= alike)
    .sort(
      (a, b) =>
        ownFirst(a.hit, b.hit) || bound(b.hit) - bound(a.hit) || b.similarity - a.similarity || order(a.hit, b.hit),
    )
    .map((item) => item.hit);
  const exact = [...known].sort((a, b) => ownFirst(a, b) || bound(b) - bound(a) || order(a, b));
  // What did not help here is not tried again because it helps elsewhere.
  const retired = new Set<string>();
  return [...exact, ...similar].flatMap((hit) => {
    const remedy = remedySchema.safeParse(hit.record.data["remedy"]);
    if (!remedy.success || (hit.shared !== undefined && retired.has(remedyKey(remedy.data)))) return [];
    if (isRetired(hit.counters.successes, hit.counters.tries)) {
      if (hit.shared === undefined) retired.add(remedyKey(remedy.data));
      return [];
    }
    return [
      { remedy: remedy.data, source: "memory" as const, solution: hit.shared === undefined ? hit.record.id : null },
    ];
  });
}

/** What was proven in this scope comes before what another shares. */
function ownFirst(a: Hit, b: Hit): number {
  return Number(a.shared !== undefined) - Number(b.shared !== undefined);
}

function bound(hit: Hit): number {
  return wilsonLowerBound(hit.counters.successes, hit.counters.tries);
}

/** The masked text that a solution was found for. */
function patternOf(hit: Hit): string {
  const { pattern } = hit.record.data;
  return typeof pattern === "string" ? pattern : "";
}

/** Newer first. */
function order(a: Hit, b: Hit): number {
  return a.record.id < b.record.id ? 1 : -1;
}

/** Share of words that two masked texts have in common. */
function similarity(one: string, other: string): number {
  const a = new Set(one.toLowerCase().split(/[^\w<>]+/));
  const b = new Set(other.toLowerCase().split(/[^\w<>]+/));
  const common = [...a].filter((word) => b.has(word)).length;
  return common / (a.size + b.size - common);
}

/** The same for the same action with the same arguments, whatever the order of their keys. */
export function remedyKey(remedy: Remedy): string {
  return JSON.stringify(remedy, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
