import type { Action, Fault, Remedy, Risk } from "../contracts/action.ts";
import type { Json } from "../contracts/json.ts";
import type { NodeContext } from "../contracts/node.ts";
import type { HealingOptions } from "./options.ts";
import { rememberedCandidates, remedyKey } from "./remembered.ts";
import type { Candidate, RemedySource, Try } from "./state.ts";
import { wordsOf } from "./try-remedy.ts";

/** Where remedies come from, in the order asked. */
export const sources: readonly RemedySource[] = ["memory", "healer", "search"];

/** What a source gave. */
export interface Sought {
  readonly candidates: readonly Candidate[];
  readonly modelCalls: number;
}

/** Candidates from one source, without those that were tried in this run. */
export async function seek(
  ctx: NodeContext,
  options: HealingOptions,
  source: RemedySource,
  known: { readonly fault: Fault; readonly fingerprint: string; readonly tried: readonly Try[] },
): Promise<Sought> {
  const { fault, fingerprint } = known;
  const counted = countModelCalls(ctx);
  let found: readonly Candidate[];
  if (source === "memory") found = await rememberedCandidates(ctx, fault, fingerprint);
  else if (source === "healer") found = await fromHealers(counted.ctx, options, fault);
  else found = await fromActions(ctx, options, fault);
  const seen = new Set(known.tried.map((tried) => remedyKey(tried.remedy)));
  const candidates = found.filter((candidate) => {
    const key = remedyKey(candidate.remedy);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return { candidates, modelCalls: counted.calls() };
}

async function fromHealers(ctx: NodeContext, options: HealingOptions, fault: Fault): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const healer of options.healers ?? []) {
    try {
      const remedies = await healer.remedies(fault, ctx);
      found.push(...remedies.map((remedy) => ({ remedy, source: "healer" as const, solution: null })));
    } catch (error) {
      ctx.note(`The healer ${healer.name} failed: ${wordsOf(error)}`);
    }
  }
  return found;
}

const riskOrder: { readonly [risk in Risk]: number } = { low: 0, medium: 1, high: 2 };

async function fromActions(ctx: NodeContext, options: HealingOptions, fault: Fault): Promise<readonly Candidate[]> {
  // An effect, so that a replay does not depend on which actions are there.
  const remedies = await ctx.effect({
    name: "healing.search",
    class: "pure",
    input: { fault: { ...fault } },
    run: () =>
      proposals(options.actions, fault).map((remedy) => ({ action: remedy.action, args: remedy.args })) as Json,
  });
  return (remedies as unknown as readonly Remedy[]).map((remedy) => ({ remedy, source: "search", solution: null }));
}

function proposals(actions: readonly Action[], fault: Fault): readonly Remedy[] {
  return [...actions]
    .sort((a, b) => riskOrder[a.risk] - riskOrder[b.risk])
    .flatMap((action) => (action.propose?.(fault) ?? []).map((args) => ({ action: action.name, args })));
}

function countModelCalls(ctx: NodeContext): { readonly ctx: NodeContext; calls(): number } {
  let calls = 0;
  return {
    ctx: Object.create(ctx, {
      generate: {
        value: ((request, options) => {
          calls += 1;
          return ctx.generate(request, options);
        }) satisfies NodeContext["generate"],
      },
    }) as NodeContext,
    calls: () => calls,
  };
}
