import { BrainOpsError, type NodeContext } from "@brainops/core";
import type { Dimension, Setting, Settings } from "../optimize/space.ts";
import { settingAt } from "../service/config.ts";
import { httpGet } from "../service/http-get.ts";
import type { Metric, TuneOptions } from "../service/options.ts";
import type { Service } from "../service/service.ts";
import { median } from "../stats/mann-whitney.ts";

/** What the desk works on. */
export interface Bench {
  /** What is tuned. Without one, or without `tune`, the optimizer does nothing. */
  readonly service?: Service;
  /** What may be tried, and how a gain is proven. */
  readonly tune?: TuneOptions;
}

/** What is to be tuned, as journaled: a replay needs neither options nor service. */
export interface TuningTask {
  readonly service: string;
  readonly metric: string;
  readonly unit: string;
  readonly better: "lower" | "higher";
  readonly samples: number;
  readonly budget: number;
  readonly rounds: number;
  readonly alpha: number;
  readonly minGain: number;
  readonly maxHarm: number;
  readonly space: readonly Dimension[];
  readonly start: Settings;
}

/** Medians of one batch of samples. */
export interface Measured {
  readonly value: number;
  readonly guards: { readonly [name: string]: number };
}

/** What is to be tuned, and the settings now; `null` without a service or something to tune. */
export function readTask(ctx: NodeContext, { service, tune }: Bench): Promise<TuningTask | null> {
  return ctx.effect({
    name: "tuning.read",
    class: "pure",
    run: async () => {
      if (service?.config === undefined || tune === undefined) return null;
      const settings = await service.config.read();
      const start: { [key: string]: Setting } = {};
      const space = tune.parameters.map((parameter): Dimension => {
        const now = settingAt(settings, parameter.key);
        if (now === undefined || ("min" in parameter && typeof now !== "number")) {
          throw new BrainOpsError(
            "invalid_input",
            `The configuration of ${service.name} has no ${"min" in parameter ? "number" : "value"} ${parameter.key} to tune.`,
          );
        }
        start[parameter.key] = now;
        if ("min" in parameter) return { ...parameter };
        return { key: parameter.key, values: [...parameter.candidates] };
      });
      return {
        service: service.name,
        metric: tune.metric.name ?? "latency",
        unit: tune.metric.unit ?? "ms",
        better: tune.metric.better ?? "lower",
        samples: tune.samples ?? 10,
        budget: tune.budget ?? 20,
        rounds: tune.maxRounds ?? 20,
        alpha: tune.alpha ?? 0.05,
        minGain: tune.minGain ?? 0.05,
        maxHarm: tune.maxHarm ?? 0.05,
        space,
        start,
      };
    },
  });
}

/** Sets values and waits until the service is healthy with them. */
export function configure(ctx: NodeContext, bench: Bench, settings: Settings): Promise<boolean> {
  return ctx.effect({
    name: "service.configure",
    class: "idempotent",
    input: { settings },
    run: async (call) => {
      const service = serviceOf(bench);
      if (service.config === undefined) throw missing();
      for (const [key, value] of Object.entries(settings)) await service.config.set(key, value);
      if (service.config.reload === "restart") await service.start(call.key);
      return (await service.waitHealthy(call.signal)).ok;
    },
  });
}

/** Remembers the settings as good. */
export function keepGood(ctx: NodeContext, { service }: Bench): Promise<void> {
  return ctx.effect({ name: "service.keep-config", class: "idempotent", run: () => service?.keepGood() });
}

/** Samples thrown away after a change: caches are cold, code is not yet compiled. */
const warmUp = 3;

/** The settings' medians, the smaller the better; `undefined` when they do not work or cannot be measured. */
export async function measure(
  ctx: NodeContext,
  bench: Bench,
  task: TuningTask,
  settings: Settings,
  place: string,
): Promise<Measured | undefined> {
  if (!(await configure(ctx, bench, settings))) return undefined;
  const measured = await ctx.effect({
    name: "metric.sample",
    class: "pure",
    input: { metric: task.metric, place, settings },
    run: async ({ signal }) => {
      const service = serviceOf(bench);
      if (bench.tune === undefined) throw missing();
      const url = await service.url();
      try {
        const value = await batch(bench.tune.metric, task.samples, url, signal);
        const guards: { [name: string]: number } = {};
        for (const guard of bench.tune.guards ?? [])
          guards[guard.name ?? "guard"] = await batch(guard, task.samples, url, signal);
        return { value, guards };
      } catch (error) {
        if (signal.aborted) throw error;
        return null;
      }
    },
  });
  return measured ?? undefined;
}

/** The median of some samples, turned round when more is better. */
async function batch(metric: Metric, samples: number, url: string, signal: AbortSignal): Promise<number> {
  const take = metric.sample?.bind(metric) ?? ((call) => responseTime(`${url}${metric.path ?? "/"}`, call.signal));
  const taken: number[] = [];
  for (let i = -warmUp; i < samples; i++) {
    const seen = await take({ url, signal });
    if (!Number.isFinite(seen)) throw new BrainOpsError("verify_failed", "A metric gave no number.");
    if (i >= 0) taken.push(seen);
  }
  return round3(median(taken)) * (metric.better === "higher" ? -1 : 1);
}

async function responseTime(url: string, signal: AbortSignal): Promise<number> {
  const { status, ms } = await httpGet(url, { timeoutMs: 10_000, signal });
  if (status >= 400) throw new BrainOpsError("verify_failed", `${url} answered with HTTP ${status}`);
  return ms;
}

/** Three decimals; 0 for what is no number. */
export function round3(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 1_000) / 1_000 : 0;
}

function serviceOf({ service }: Bench): Service {
  if (service === undefined) throw missing();
  return service;
}

function missing(): BrainOpsError {
  return new BrainOpsError("invalid_input", "This run tunes a service, but the optimizer was given none.");
}
