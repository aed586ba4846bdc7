import { setTimeout as sleep } from "node:timers/promises";
import { isBrainOpsError, plugin, type Brain, type Fault, type Plugin, type RunSummary } from "@brainops/core";
import { healing } from "@brainops/core/healing";
import { answeringModel, modelActions, modelFailure, waitAction, type ModelChain } from "@brainops/nodes";
import type { Output } from "../cli/output.ts";
import { failureOf } from "./failure-of.ts";
import { nextTry } from "./tries.ts";

/** Heals the models, and goes on with the runs that have failed for want of one. */
export interface ModelKeeper {
  stop(): Promise<void>;
}

/** What it works with. */
export interface KeepModels {
  /** With {@link modelHealing}. */
  readonly brain: Brain;
  readonly output: Output;
  /** Milliseconds between two looks. While no model answers they grow, up to half an hour. */
  readonly everyMs: number;
}

/** The graph that heals the models. */
export const modelHealingName = "heal-models";

/** What has failed longer ago is left to people. */
const recentMs = 86_400_000;
const longestMs = 1_800_000;

/** Healing for a chain of models: one that fails is left alone, and what passes is waited for, three seconds by default. */
export function modelHealing(chain: ModelChain, { waitMs = 3_000 }: { readonly waitMs?: number } = {}): Plugin {
  const isWell = async (signal: AbortSignal): Promise<boolean> => (await answeringModel(chain, signal)) !== undefined;
  const actions = [...modelActions(chain), waitAction({ look: (_, signal) => isWell(signal), withinMs: waitMs })];
  const heal = healing({
    name: modelHealingName,
    actions,
    healers: [modelFailure(chain)],
    verify: (_, { signal }) => isWell(signal),
  });
  return plugin({
    name: modelHealingName,
    setup(registrar) {
      for (const each of actions) registrar.action(each);
      registrar.graph(heal);
    },
  });
}

/**
 * Looks for runs that have failed because no model answered. The fault is healed as any other; once a model answers, each of
 * these runs goes on as another run (`RUN.try2`), with all that it had finished: only what failed is asked again. A run that
 * somebody has begun anew is left alone.
 */
export function keepModels({ brain, output, everyMs }: KeepModels): ModelKeeper {
  const stopping = new AbortController();
  const { signal } = stopping;
  /** Runs that failed for another reason, or are gone on with. */
  const done = new Set<string>();
  let pauseMs = everyMs;

  async function look(): Promise<void> {
    const runs = await brain.runs();
    const since = Date.now() - recentMs;
    let well: boolean | undefined;
    for (const run of runs) {
      if (run.status !== "failed" || run.lastAt < since || done.has(run.id) || signal.aborted) continue;
      const failure = failureOf(await brain.journal(run.id));
      if (failure === undefined || (await begunAnew(run, runs))) {
        done.add(run.id);
        continue;
      }
      well ??= await heal(failure.fault);
      if (!well) continue;
      await goOn(run.id, failure.at, runs);
      done.add(run.id);
    }
    pauseMs = well === false ? Math.min(pauseMs * 2, longestMs) : everyMs;
  }

  /** Whether somebody has begun a run of the same graph with the same input later. */
  async function begunAnew({ id, graph, lastAt }: RunSummary, runs: readonly RunSummary[]): Promise<boolean> {
    const inputOf = async (run: string): Promise<string> => {
      const [first] = await brain.journal(run);
      return first?.type === "run-started" ? JSON.stringify(first.body?.input ?? null) : "";
    };
    for (const other of runs)
      if (
        other.graph === graph &&
        other.id !== id &&
        other.startedAt >= lastAt &&
        (await inputOf(other.id)) === (await inputOf(id))
      )
        return true;
    return false;
  }

  async function heal(fault: Fault): Promise<boolean> {
    const end = await brain.run(modelHealingName, { fault: { ...fault } }, { signal });
    const { result } = (end.status === "completed" ? end.state : {}) as { result?: { healed: boolean } | null };
    return result?.healed === true;
  }

  async function goOn(run: string, at: number, runs: readonly RunSummary[]): Promise<void> {
    const next = nextTry(run);
    if (next === undefined) return;
    const { scope } = runs.find(({ id }) => id === run) ?? {};
    try {
      await brain.fork(run, { id: next, at, submit: true, ...(scope === undefined ? {} : { scope }) });
    } catch (error) {
      // Another server of the home was faster.
      if (isBrainOpsError(error, "conflict")) return;
      throw error;
    }
    output.notice(`A model answers again: run ${run} goes on as ${next}`);
  }

  async function turn(): Promise<void> {
    while (!signal.aborted) {
      await look().catch((error: unknown) => {
        if (!signal.aborted) output.notice(`Failed runs cannot be looked at now: ${String(error)}`);
      });
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  }

  const turning = turn();
  return {
    async stop() {
      stopping.abort();
      await turning;
    },
  };
}
