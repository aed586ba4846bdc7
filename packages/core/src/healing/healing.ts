import { z } from "zod";
import type { Fault } from "../contracts/action.ts";
import type { NodeContext } from "../contracts/node.ts";
import { END, START } from "../graph/definition.ts";
import { graph, type Graph } from "../graph/graph.ts";
import { held } from "./approve.ts";
import { fingerprint } from "./fingerprint.ts";
import { appliedTag, learn, rememberFailures, result } from "./learn.ts";
import { mask } from "./mask.ts";
import type { HealingOptions } from "./options.ts";
import { faultTag, subjectTag } from "./remembered.ts";
import { seek, sources } from "./seek.ts";
import {
  candidateSchema,
  faultSchema,
  healingResultSchema,
  trySchema,
  type Candidate,
  type HealingResult,
  type Try,
} from "./state.ts";
import { tryRemedy } from "./try-remedy.ts";

/** What a run of healing is given. */
export interface HealingInput {
  /** What went wrong. */
  readonly fault: Fault;
}

/** State of a run of healing. */
export interface HealingState {
  /** What went wrong. */
  readonly fault: Fault;
  /** What groups the same fault; empty until it is known. */
  readonly fingerprint: string;
  /** Id of the error record. */
  readonly error: string;
  /** How many sources of remedies were asked: memory, healers, search. */
  readonly asked: number;
  /** Remedies still to be tried. */
  readonly candidates: readonly Candidate[];
  /** What has been tried so far, in order. */
  readonly tried: readonly Try[];
  /** How many times a model was asked so far. */
  readonly modelCalls: number;
  /** The subject was healed so often lately that a person must look. */
  readonly tooOften: boolean;
  /** What it came to; `null` until it is over. */
  readonly result: HealingResult | null;
}

/**
 * The healing pipeline as an ordinary graph: analyse → seek (memory, then healers, then a search over the actions) →
 * apply → learn, or escalate. Each remedy is applied under the guards, verified, and taken back when the fault stays.
 * Its end is in the state's `result`.
 *
 * @example
 * ```ts
 * import { healing } from "@brainops/core/healing";
 * import { action } from "@brainops/core";
 * import { z } from "zod";
 * const restart = action({
 *   name: "service.restart",
 *   description: "Restarts the service",
 *   args: z.object({}),
 *   risk: "low",
 *   class: "idempotent",
 *   propose: () => [{}],
 *   apply: () => null,
 * });
 * const heal = healing({ actions: [restart], verify: async () => (await fetch("http://127.0.0.1:3000/health")).ok });
 * ```
 */
export function healing(options: HealingOptions): Graph<HealingInput, HealingState> {
  const maxTries = options.maxTries ?? 6;
  const healed = (state: HealingState): boolean => state.tried.some((tried) => tried.outcome === "healed");
  const next = (state: HealingState): "apply" | "seek" | "escalate" => {
    if (state.tooOften || state.tried.length >= maxTries) return "escalate";
    if (state.candidates.length > 0) return "apply";
    return state.asked < sources.length ? "seek" : "escalate";
  };
  return graph({
    name: options.name ?? "heal",
    version: "1",
    maxSteps: maxTries + 8,
    state: z.object({
      fault: faultSchema,
      fingerprint: z.string().default(""),
      error: z.string().default(""),
      asked: z.int().default(0),
      candidates: z.array(candidateSchema).default([]),
      tried: z.array(trySchema).default([]),
      modelCalls: z.int().default(0),
      tooOften: z.boolean().default(false),
      result: healingResultSchema.nullable().default(null),
    }),
  })
    .node("analyse", ({ fault }, ctx) => analyse(ctx, options, fault))
    .node("seek", async (state, ctx) => {
      const source = sources[state.asked] ?? "search";
      const { candidates, modelCalls } = await seek(ctx, options, source, state);
      return { candidates: [...candidates], asked: state.asked + 1, modelCalls: state.modelCalls + modelCalls };
    })
    .node("apply", async (state, ctx) => {
      const [candidate, ...rest] = state.candidates;
      if (candidate === undefined) return {};
      const tried =
        (await held(ctx, options, state.fault, candidate)) ?? (await tryRemedy(ctx, options, state.fault, candidate));
      if (
        tried.solution !== null &&
        tried.borrowed !== true &&
        (tried.outcome === "healed" || tried.outcome === "failed")
      ) {
        ctx.count(tried.solution, "tries");
        if (tried.outcome === "healed") ctx.count(tried.solution, "successes");
      }
      return { candidates: rest, tried: [...state.tried, tried] };
    })
    .node("learn", async (state, ctx) => ({ result: await learn(ctx, state) }))
    .node("escalate", async (state, ctx) => ({ result: await escalate(ctx, options, state) }))
    .edge(START, "analyse")
    .branch("analyse", next, ["apply", "seek", "escalate"])
    .branch("seek", next, ["apply", "seek", "escalate"])
    .branch("apply", (state) => (healed(state) ? "learn" : next(state)), ["learn", "apply", "seek", "escalate"])
    .edge("learn", END)
    .edge("escalate", END)
    .build();
}

/** Names the fault and remembers that it was seen. */
async function analyse(
  ctx: NodeContext,
  options: HealingOptions,
  fault: Fault,
): Promise<{ readonly fingerprint: string; readonly error: string; readonly tooOften: boolean }> {
  const print = fingerprint(fault);
  const [known] = await ctx.recall({ text: "", kinds: ["error"], fingerprint: print, limit: 1 });
  const error =
    known?.record.id ??
    ctx.remember({
      kind: "error",
      text: fault.text.slice(0, 4_000) || "(no words)",
      fingerprint: print,
      data: { source: fault.source, subject: fault.subject, pattern: mask(fault.text).slice(0, 2_000) },
      tags: ["healing", faultTag(print), subjectTag(fault)],
      trust: "outside",
      importance: 0.6,
    });
  ctx.count(error, "tries");
  return { fingerprint: print, error, tooOften: await tooOften(ctx, options, fault) };
}

/** Whether remedies were applied to the subject as often as its intensity allows. */
async function tooOften(ctx: NodeContext, options: HealingOptions, fault: Fault): Promise<boolean> {
  const { times, withinMs } = options.intensity ?? { times: 10, withinMs: 600_000 };
  const since = ctx.now() - withinMs;
  const tags = ["healing", "applied", subjectTag(fault)];
  const lately = await ctx.recall({ text: "", kinds: ["experience"], tags, since, limit: times });
  return lately.length >= times;
}

/** Nothing helped: says what was tried, and asks a person when that is wanted. */
async function escalate(ctx: NodeContext, options: HealingOptions, state: HealingState): Promise<HealingResult> {
  const tries = state.tried.map((tried) => `${tried.remedy.action}: ${tried.outcome}. ${tried.detail}`);
  if (state.tooOften) tries.push("It was healed so often lately that healing it again would only hide what is wrong.");
  const story = tries.length === 0 ? "No remedy is known, and no action proposes one." : tries.join("\n");
  rememberFailures(ctx, state);
  ctx.remember({
    kind: "experience",
    text: `${state.fault.subject} could not be healed: ${state.fault.text}\n${story}`.slice(0, 4_000),
    data: {
      fingerprint: state.fingerprint,
      tries: state.tried.length,
      ...(state.fault.data?.["revision"] === undefined ? {} : { revision: state.fault.data["revision"] }),
    },
    tags: ["healing", "escalated", faultTag(state.fingerprint), subjectTag(state.fault), ...appliedTag(state.tried)],
    trust: "test",
    importance: 0.7,
    links: [{ to: state.error, type: "about" }],
  });
  if (options.escalate === "ask") {
    await ctx.ask({
      text: `${state.fault.subject} has a fault that could not be healed: ${state.fault.text}\nTried:\n${story}\nPlease look after it.`,
      options: ["I have looked after it", "Leave it"],
      data: { fingerprint: state.fingerprint, error: state.error },
    });
  }
  return result(state, null, null);
}
