import { BrainOpsError, node, type Node, type NodeContext } from "@brainops/core";
import { z } from "zod";
import { arrows, remembered } from "../memory.ts";
import { numberAt } from "../service/config.ts";
import { httpGet } from "../service/http-get.ts";
import type { TuneOptions } from "../service/options.ts";
import type { Service } from "../service/service.ts";
import { releaseSchema, tuningSchema, type Release, type Trial, type Tuning } from "../state.ts";
import { mannWhitney, median } from "../stats/mann-whitney.ts";
import { clip } from "../text.ts";

/** What {@link optimizer} needs to know. Without a service or something to tune it does nothing. */
export interface OptimizerOptions {
  readonly service?: Service;
  readonly tune?: TuneOptions;
}

/** What the optimizer takes from the state. */
export interface OptimizerInput {
  readonly release: Release | null;
}

/** What the optimizer puts into the state. */
export interface OptimizerOutput {
  /** `null` when there was nothing to tune. */
  readonly tuning: Tuning | null;
}

/**
 * Changes declared parameters of the running service and measures: each candidate and the value before it in turn, so
 * that what changes with time meets both alike. A candidate stays only when the median got better in every round, over
 * all of them by `minGain`, and the Mann-Whitney U test says that it is no chance (`alpha`, divided by the number of
 * candidates); otherwise the value before it is put back. Records the figures as a decision.
 */
export function optimizer(options: OptimizerOptions): Node<"optimizer", OptimizerInput, OptimizerOutput> {
  return node({
    name: "optimizer",
    description: "Tunes declared parameters, and keeps only what is measured to be better",
    input: z.object({ release: releaseSchema.nullable() }),
    output: z.object({ tuning: tuningSchema.nullable() }),
    run: async ({ release }, ctx) => {
      const task = await readTask(ctx, options);
      if (task === null) return { tuning: null };
      const hits = await remembered(ctx, `tuning ${task.service} ${task.metric}`, ["decision", "insight"], 3);
      const trials: Trial[] = [];
      for (const parameter of task.parameters) {
        let value = parameter.value;
        for (const candidate of parameter.candidates) {
          if (candidate === value) continue;
          const trial = await compare(ctx, options, task, { key: parameter.key, from: value, to: candidate });
          trials.push(trial);
          if (trial.kept) value = candidate;
        }
      }
      const record = recordTuning(
        ctx,
        task,
        trials,
        release,
        hits.map((hit) => hit.record.id),
      );
      return {
        tuning: { metric: task.metric, unit: task.unit, trials, kept: trials.some((trial) => trial.kept), record },
      };
    },
  });
}

interface Task {
  readonly service: string;
  readonly metric: string;
  readonly unit: string;
  readonly better: "lower" | "higher";
  readonly rounds: number;
  readonly samples: number;
  /** For one candidate. */
  readonly alpha: number;
  readonly minGain: number;
  readonly parameters: readonly {
    readonly key: string;
    readonly value: number;
    readonly candidates: readonly number[];
  }[];
}

/** What is to be tuned, and its values now. Journaled, so that a replay needs neither options nor service. */
function readTask(ctx: NodeContext, { service, tune }: OptimizerOptions): Promise<Task | null> {
  return ctx.effect({
    name: "tuning.read",
    class: "pure",
    run: async () => {
      if (service?.config === undefined || tune === undefined) return null;
      const settings = await service.config.read();
      const parameters = tune.parameters.map(({ key, candidates }) => {
        const value = numberAt(settings, key);
        if (value === undefined)
          throw new BrainOpsError(
            "invalid_input",
            `The configuration of ${service.name} has no number ${key} to tune.`,
          );
        return { key, value, candidates: [...candidates] };
      });
      const count = parameters.reduce((sum, { candidates }) => sum + candidates.length, 0);
      return {
        service: service.name,
        metric: tune.metric.name ?? "latency",
        unit: tune.metric.unit ?? "ms",
        better: tune.metric.better ?? "lower",
        rounds: tune.rounds ?? 4,
        samples: tune.samples ?? 10,
        alpha: (tune.alpha ?? 0.05) / Math.max(1, count),
        minGain: tune.minGain ?? 0.05,
        parameters,
      };
    },
  });
}

interface Step {
  readonly key: string;
  readonly from: number;
  readonly to: number;
}

async function compare(ctx: NodeContext, options: OptimizerOptions, task: Task, step: Step): Promise<Trial> {
  const before: number[] = [];
  const after: number[] = [];
  let works = true;
  let everyRound = true;
  const sign = task.better === "lower" ? 1 : -1;
  for (let round = 0; round < task.rounds && works; round++) {
    // ABBA: neither is always the first after a pause.
    const order = round % 2 === 0 ? [step.from, step.to] : [step.to, step.from];
    const taken = new Map<number, readonly number[]>();
    for (const value of order) {
      works = await configure(ctx, options, step.key, value);
      if (!works) break;
      const samples = await sample(ctx, options, task, round, value);
      works = samples.length > 0;
      taken.set(value, samples);
    }
    const [was, is] = [taken.get(step.from) ?? [], taken.get(step.to) ?? []];
    before.push(...was);
    after.push(...is);
    everyRound &&= sign * (median(was) - median(is)) > 0;
  }
  const medians = { before: median(before), after: median(after) };
  const difference = sign * (medians.before - medians.after);
  const gain = medians.before === 0 || !works ? 0 : difference / Math.abs(medians.before);
  const p = works ? mannWhitney(before, after) : 1;
  // Samples of one round share a start of the process, so they are not independent: each round must say the same.
  const better = works && everyRound && p < task.alpha && gain >= task.minGain;
  const kept = better && (await configure(ctx, options, step.key, step.to));
  if (!kept) await configure(ctx, options, step.key, step.from);
  else await keepGood(ctx, options);
  const figures = {
    before: round3(medians.before),
    after: round3(medians.after),
    gain: round3(gain),
    p: Number(p.toPrecision(3)),
  };
  return { parameter: step.key, from: step.from, to: step.to, samples: before.length + after.length, ...figures, kept };
}

/** Sets the value and waits until the service is healthy with it. */
function configure(ctx: NodeContext, { service }: OptimizerOptions, key: string, value: number): Promise<boolean> {
  return ctx.effect({
    name: "service.configure",
    class: "idempotent",
    input: { key, value },
    run: async (call) => {
      if (service?.config === undefined)
        throw new BrainOpsError("invalid_input", "This run tunes a service, but the optimizer was given none.");
      await service.config.set(key, value);
      if (service.config.reload === "restart") await service.start(call.key);
      return (await service.waitHealthy(call.signal)).ok;
    },
  });
}

function keepGood(ctx: NodeContext, { service }: OptimizerOptions): Promise<void> {
  return ctx.effect({ name: "service.keep-config", class: "idempotent", run: () => service?.config?.keepGood() });
}

/** Samples thrown away after a change: caches are cold, code is not yet compiled. */
const warmUp = 3;

/** Some samples of the metric; none when one could not be taken. */
function sample(
  ctx: NodeContext,
  { service, tune }: OptimizerOptions,
  task: Task,
  round: number,
  value: number,
): Promise<readonly number[]> {
  return ctx.effect({
    name: "metric.sample",
    class: "pure",
    input: { metric: task.metric, round, value },
    run: async ({ signal }) => {
      if (service === undefined || tune === undefined)
        throw new BrainOpsError("invalid_input", "This run tunes a service, but the optimizer was given none.");
      const { metric } = tune;
      const url = await service.url();
      const take = metric.sample?.bind(metric) ?? ((call) => responseTime(`${url}${metric.path ?? "/"}`, call.signal));
      const taken: number[] = [];
      try {
        for (let i = -warmUp; i < task.samples; i++) {
          const seen = await take({ url, signal });
          if (i >= 0) taken.push(round3(seen));
        }
        return taken;
      } catch (error) {
        if (signal.aborted) throw error;
        return [];
      }
    },
  });
}

async function responseTime(url: string, signal: AbortSignal): Promise<number> {
  const { status, ms } = await httpGet(url, { timeoutMs: 10_000, signal });
  if (status >= 400) throw new BrainOpsError("verify_failed", `${url} answered with HTTP ${status}`);
  return ms;
}

function round3(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 1_000) / 1_000 : 0;
}

function recordTuning(
  ctx: NodeContext,
  task: Task,
  trials: readonly Trial[],
  release: Release | null,
  known: readonly string[],
): string {
  const lines = trials.map((trial) => {
    const figures = `${task.metric} ${trial.before} → ${trial.after} ${task.unit} (median), p = ${trial.p}, ${trial.samples} samples`;
    return `${trial.parameter} ${trial.from} → ${trial.to}: ${figures}: ${trial.kept ? "kept" : "put back"}`;
  });
  const decision = ctx.remember({
    kind: "decision",
    text: clip(`Tuned ${task.service}. ${lines.join(". ") || "No candidate differs from what is set."}`, 4_000),
    data: { service: task.service, metric: task.metric, trials: trials.map((trial) => ({ ...trial })) },
    tags: ["optimizer"],
    trust: "test",
    links: [...arrows("about", [release?.record]), ...arrows("derived-from", known, "recalled before tuning")],
  });
  for (const trial of trials.filter(({ kept }) => kept)) {
    ctx.remember({
      kind: "insight",
      text: `${task.service} has a better ${task.metric} with ${trial.parameter} = ${trial.to} than with ${trial.from} (${Math.round(trial.gain * 100)} %)`,
      data: { ...trial },
      tags: ["optimizer"],
      trust: "test",
      importance: 0.7,
      links: [{ to: decision, type: "derived-from" }],
    });
  }
  return decision;
}
