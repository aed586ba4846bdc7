import type { Fault } from "../contracts/action.ts";
import type { JsonObject } from "../contracts/json.ts";
import type { NodeContext } from "../contracts/node.ts";
import { agreement, circumstancesOf } from "./circumstances.ts";
import { mask } from "./mask.ts";
import { faultTag, remedyKey, subjectTag } from "./remembered.ts";
import { remedySchema, type HealingResult, type Try } from "./state.ts";

/** What a healing knows at its end. */
export interface Ending {
  readonly fault: Fault;
  readonly fingerprint: string;
  readonly error: string;
  readonly tried: readonly Try[];
  readonly modelCalls: number;
}

/** Remembers what helped: the solution with its counters, linked to the error. Returns the result. */
export async function learn(ctx: NodeContext, ending: Ending): Promise<HealingResult> {
  rememberFailures(ctx, ending);
  const won = ending.tried.find((tried) => tried.outcome === "healed");
  if (won === undefined) return result(ending, null, null);
  const solution = await solutionFor(ctx, ending, won);
  ctx.link({ from: ending.error, to: solution, type: "solved-by" });
  ctx.count(solution, "uses");
  ctx.remember({
    kind: "experience",
    text: `${ending.fault.subject} was healed by ${won.remedy.action} (${won.source}, ${applied(ending.tried)} tried): ${ending.fault.text}`.slice(
      0,
      4_000,
    ),
    data: {
      ...seen(ending.fault),
      fingerprint: ending.fingerprint,
      remedy: { ...won.remedy },
      source: won.source,
      tries: applied(ending.tried),
    },
    tags: ["healing", faultTag(ending.fingerprint), subjectTag(ending.fault), ...appliedTag(ending.tried)],
    trust: "test",
    importance: 0.4,
    links: [
      { to: ending.error, type: "about" },
      { to: solution, type: "derived-from" },
    ],
  });
  return result(ending, won, solution);
}

/** The solution of this fault with this remedy: the one that is there, or a new one. */
async function solutionFor(ctx: NodeContext, ending: Ending, won: Try): Promise<string> {
  const { fault, fingerprint } = ending;
  const known = await ctx.recall({ text: "", kinds: ["solution"], tags: [faultTag(fingerprint)], limit: 50 });
  const same = known.find((hit) => {
    if (hit.shared !== undefined) return false;
    if (agreement(fault.circumstances, circumstancesOf(hit.record.data["circumstances"])) < 1) return false;
    const remedy = remedySchema.safeParse(hit.record.data["remedy"]);
    return remedy.success && remedyKey(remedy.data) === remedyKey(won.remedy);
  });
  if (same !== undefined) {
    // When it was the candidate, its counters were raised with the try.
    if (won.solution !== same.record.id) countSuccess(ctx, same.record.id);
    return same.record.id;
  }
  const pattern = mask(fault.text).slice(0, 2_000);
  const id = ctx.remember({
    kind: "solution",
    text: `${fault.text}\nHelped: ${won.remedy.action} ${JSON.stringify(won.remedy.args)}`.slice(0, 4_000),
    data: { remedy: { ...won.remedy }, fingerprint, subject: fault.subject, pattern, ...seen(fault) },
    tags: ["healing", faultTag(fingerprint), subjectTag(fault)],
    trust: "test",
    importance: 0.8,
    links: won.solution === null ? [] : [{ to: won.solution, type: "derived-from" }],
  });
  countSuccess(ctx, id);
  return id;
}

/** Remembers which solutions of other circumstances did not help under these, so that they are not borrowed again. */
export function rememberFailures(ctx: NodeContext, { fault, fingerprint, error, tried }: Ending): void {
  for (const { remedy, borrowed, solution, outcome } of tried) {
    if (borrowed !== true || solution === null || outcome !== "failed") continue;
    const facts = Object.entries(fault.circumstances ?? {}).map(([fact, value]) => `${fact}: ${value}`);
    ctx.remember({
      kind: "learning",
      text: `${remedy.action} does not help${facts.length === 0 ? "" : ` with ${facts.join(", ")}`}: ${fault.text}`.slice(
        0,
        4_000,
      ),
      data: { remedy: { ...remedy }, fingerprint, ...seen(fault) },
      tags: ["healing", faultTag(fingerprint), subjectTag(fault)],
      trust: "test",
      importance: 0.3,
      links: [
        { to: error, type: "about" },
        { to: solution, type: "about" },
      ],
    });
  }
}

/** The circumstances as data of a record; nothing where there is none. */
function seen({ circumstances }: Fault): { readonly circumstances?: JsonObject } {
  return circumstances === undefined ? {} : { circumstances: { ...circumstances } };
}

function countSuccess(ctx: NodeContext, id: string): void {
  ctx.count(id, "tries");
  ctx.count(id, "successes");
}

/** Marks an experience in which something was done, for the intensity. */
export function appliedTag(tried: readonly Try[]): readonly string[] {
  return applied(tried) > 0 ? ["applied"] : [];
}

/** How many remedies were really applied. */
function applied(tried: readonly Try[]): number {
  return tried.filter((item) => item.outcome === "healed" || item.outcome === "failed").length;
}

/** What a healing came to. */
export function result(ending: Ending, won: Try | null, solution: string | null): HealingResult {
  return {
    healed: won !== null,
    source: won?.source ?? null,
    tries: applied(ending.tried),
    modelCalls: ending.modelCalls,
    fingerprint: ending.fingerprint,
    error: ending.error,
    solution,
    remedy: won?.remedy ?? null,
    tried: ending.tried,
    escalated: won === null,
  };
}
