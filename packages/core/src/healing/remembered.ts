import type { Fault, Remedy } from "../contracts/action.ts";
import type { NodeContext } from "../contracts/node.ts";
import type { Hit } from "../contracts/record.ts";
import { agreement, circumstancesOf } from "./circumstances.ts";
import { mask } from "./mask.ts";
import { remedySchema, type Candidate } from "./state.ts";
import { isRetired, wilsonLowerBound } from "./wilson.ts";

/**
 * The tag under which what healing remembers of one fault is found: solutions, experiences, learnings.
 *
 * @example
 * ```ts
 * import type { Brain } from "@brainops/core";
 * import { faultTag, fingerprint } from "@brainops/core/healing";
 * declare const brain: Brain;
 * const known = fingerprint({ source: "probe", subject: "shop", text: "HTTP 500" });
 * const solutions = await brain.recall({ text: "", tags: [faultTag(known)], kinds: ["solution"] });
 * ```
 */
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
 * Solutions from memory, best first: those of this very fingerprint, then those of similar faults of the same subject.
 * Of these, first what helped under the same circumstances, by the lower bound of its success rate; then what helped under
 * other circumstances, the less the more of it differs. Retired ones are left out, and what has failed here under these circumstances
 * before is not borrowed again. What only a text from outside says to be a solution is none. What another scope shares comes behind one's own of the same likeness, and without its id:
 * it is not ours to count. When it helps, it becomes a solution of this scope.
 */
export async function rememberedCandidates(
  ctx: NodeContext,
  fault: Fault,
  fingerprint: string,
): Promise<readonly Candidate[]> {
  const known = await ctx.recall({
    text: "",
    kinds: ["solution", "learning"],
    tags: [faultTag(fingerprint)],
    limit: 100,
  });
  const near = await ctx.recall({ text: mask(fault.text), kinds: ["solution"], tags: [subjectTag(fault)], limit: 20 });
  const seen = new Set(known.map((hit) => hit.record.id));
  const found = [
    ...known.filter((hit) => hit.record.kind === "solution").map((hit) => weigh(hit, fault, true)),
    ...near.filter((hit) => !seen.has(hit.record.id)).map((hit) => weigh(hit, fault, false)),
  ].filter(
    ({ hit, remedy, similarity }) => remedy !== undefined && similarity >= alike && hit.record.trust !== "outside",
  );
  // What did not help here is not tried again because it helps elsewhere.
  const failed = new Set(
    [
      ...found.filter(({ hit, fits }) => fits && hit.shared === undefined && retired(hit)),
      ...known.filter((hit) => hit.record.kind === "learning").map((hit) => weigh(hit, fault, true)),
    ].flatMap(({ fits, remedy }) => (fits && remedy !== undefined ? [remedyKey(remedy)] : [])),
  );
  return found
    .filter(({ hit, fits, remedy }) => {
      const own = fits && hit.shared === undefined;
      return !retired(hit) && remedy !== undefined && (own || !failed.has(remedyKey(remedy)));
    })
    .sort(
      (a, b) =>
        Number(b.exact) - Number(a.exact) ||
        ownFirst(a.hit, b.hit) ||
        Number(b.agreement === 1) - Number(a.agreement === 1) ||
        b.worth - a.worth ||
        b.similarity - a.similarity ||
        order(a.hit, b.hit),
    )
    .flatMap(({ hit, fits, remedy }) => {
      if (remedy === undefined) return [];
      const solution = hit.shared === undefined ? hit.record.id : null;
      const proven = fits && solution !== null && hit.counters.successes > 0 && hit.record.trust !== "model";
      const how = proven ? { proven } : fits || solution === null ? {} : { borrowed: true };
      return [{ remedy, source: "memory" as const, solution, ...how }];
    });
}

/** A hit, and what speaks for it. */
interface Weighed {
  readonly hit: Hit;
  readonly remedy: Remedy | undefined;
  /** It was found for this very fingerprint. */
  readonly exact: boolean;
  /** And under these very circumstances. */
  readonly fits: boolean;
  readonly agreement: number;
  readonly similarity: number;
  readonly worth: number;
}

function weigh(hit: Hit, fault: Fault, exact: boolean): Weighed {
  const remedy = remedySchema.safeParse(hit.record.data["remedy"]);
  const agrees = agreement(fault.circumstances, circumstancesOf(hit.record.data["circumstances"]));
  return {
    hit,
    remedy: remedy.success ? remedy.data : undefined,
    exact,
    fits: exact && agrees === 1,
    agreement: agrees,
    similarity: exact ? 1 : similarity(mask(fault.text), patternOf(hit)),
    worth: agrees * wilsonLowerBound(hit.counters.successes, hit.counters.tries),
  };
}

function retired(hit: Hit): boolean {
  return isRetired(hit.counters.successes, hit.counters.tries);
}

/** What was proven in this scope comes before what another shares. */
function ownFirst(a: Hit, b: Hit): number {
  return Number(a.shared !== undefined) - Number(b.shared !== undefined);
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
