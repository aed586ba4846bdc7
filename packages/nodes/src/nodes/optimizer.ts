import { node, type Node, type NodeContext } from "@brainops/core";
import { z } from "zod";
import { arrows, remembered } from "../memory.ts";
import { compare, type Comparison } from "../optimize/compare.ts";
import { checkSpace, type Dimension, type Settings } from "../optimize/space.ts";
import { bestSeen, suggest, type Observation } from "../optimize/suggest.ts";
import { releaseSchema, tuningSchema, type Release, type Trial, type Tuning } from "../state.ts";
import { clip } from "../text.ts";
import { configure, keepGood, measure, readTask, round3, type Bench, type TuningTask } from "./tuning-desk.ts";

/** What {@link optimizer} needs to know. Without a service or something to tune it does nothing. */
export interface OptimizerOptions extends Bench {}

/** What the optimizer takes from the state. */
export interface OptimizerInput {
  /** The release that is tuned, for what is remembered; `null` when none is named. */
  readonly release: Release | null;
}

/** What the optimizer puts into the state. */
export interface OptimizerOutput {
  /** `null` when there was nothing to tune. */
  readonly tuning: Tuning | null;
}

/**
 * Changes declared parameters of the running service and measures. Choices of more than two values and ranges are
 * searched first, within `budget` measurements: choices by Thompson sampling, all ranges together by Bayesian
 * optimisation. What was found is then compared with what was there, in rounds of both in random order, by a test that
 * may stop at any round: it is kept only on a significant gain of at least `minGain` that harms no guarded metric, and
 * otherwise what was there is put back. Every measurement is an effect, so a resumed run goes on where it was. Records
 * the figures as a decision.
 *
 * @example
 * ```ts
 * import { optimizer, type Service } from "@brainops/nodes";
 * declare const service: Service;
 * const node = optimizer({
 *   service,
 *   tune: { parameters: [{ key: "cacheSize", candidates: [16, 64] }], metric: { path: "/quote" } },
 * });
 * ```
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
      checkSpace(task.space);
      const hits = await remembered(ctx, `tuning ${task.service} ${task.metric}`, ["decision", "insight"], 3);
      const trials: Trial[] = [];
      let settings = task.start;
      const groups = groupsOf(task.space);
      const comparisons = groups.reduce((sum, group) => sum + candidatesOf(group).length, 0);
      for (const group of groups) {
        for (const fixed of candidatesOf(group)) {
          const to = fixed ?? (await search(ctx, options, task, group, settings));
          if (to === undefined || same(group, to, settings)) continue;
          const result = await confirm(ctx, options, task, { from: settings, to, alpha: task.alpha / comparisons });
          trials.push(...trialsOf(task, group, settings, to, result));
          if (result.keep) settings = { ...settings, ...to };
        }
      }
      const known = hits.map((hit) => hit.record.id);
      const record = recordTuning(ctx, task, trials, release, known);
      const kept = trials.some((trial) => trial.kept);
      return { tuning: { metric: task.metric, unit: task.unit, trials, kept, record } };
    },
  });
}

/** What is searched together: each choice alone, all ranges at once. */
function groupsOf(space: readonly Dimension[]): readonly (readonly Dimension[])[] {
  const ranges = space.filter((dimension) => "min" in dimension);
  const choices = space.filter((dimension) => "values" in dimension).map((dimension) => [dimension]);
  return ranges.length === 0 ? choices : [...choices, ranges];
}

/** The settings to compare: of one or two values each; otherwise `undefined` once, for what a search finds. */
function candidatesOf(group: readonly Dimension[]): readonly (Settings | undefined)[] {
  const [only] = group;
  if (only === undefined || !("values" in only) || only.values.length > 2) return [undefined];
  return only.values.map((value) => ({ [only.key]: value }));
}

function same(group: readonly Dimension[], a: Settings, b: Settings): boolean {
  return group.every(({ key }) => a[key] === b[key]);
}

/** The best settings found within the budget; `undefined` when none of them worked. */
async function search(
  ctx: NodeContext,
  options: OptimizerOptions,
  task: TuningTask,
  group: readonly Dimension[],
  now: Settings,
): Promise<Settings | undefined> {
  const seed = Math.floor(ctx.random() * 2 ** 32);
  const seen: Observation[] = [];
  const start = Object.fromEntries(group.flatMap(({ key }) => (key in now ? [[key, now[key] ?? 0]] : [])));
  for (let i = 0; i < task.budget; i++) {
    const settings = i === 0 ? start : suggest(group, seen, seed);
    const measured = await measure(ctx, options, task, settings, `search ${i}`);
    // What does not work is worse than all that does.
    const worst = Math.max(...seen.map(({ value }) => value), 0);
    seen.push({ settings, value: measured?.value ?? worst + Math.abs(worst) + 1 });
  }
  await configure(ctx, options, start);
  return bestSeen(group, seen);
}

async function confirm(
  ctx: NodeContext,
  options: OptimizerOptions,
  task: TuningTask,
  step: { readonly from: Settings; readonly to: Settings; readonly alpha: number },
): Promise<Comparison> {
  const from = Object.fromEntries(Object.keys(step.to).map((key) => [key, step.from[key] ?? 0]));
  const result = await compare(
    async (round) => {
      // By lot: when both are alike, which of them comes out ahead in a round is then a fair coin.
      const toFirst = ctx.random() < 0.5;
      const first = await measure(ctx, options, task, toFirst ? step.to : from, `round ${round}, first`);
      const second = first && (await measure(ctx, options, task, toFirst ? from : step.to, `round ${round}, second`));
      if (first === undefined || second === undefined) return undefined;
      const [before, after] = toFirst ? [second, first] : [first, second];
      const guards = Object.keys(after.guards).map(
        (name) => [name, { before: before.guards[name] ?? 0, after: after.guards[name] ?? 0 }] as const,
      );
      return { before: before.value, after: after.value, guards: Object.fromEntries(guards) };
    },
    { alpha: step.alpha, minGain: task.minGain, maxHarm: task.maxHarm, rounds: task.rounds },
  );
  const kept = result.keep && (await configure(ctx, options, step.to));
  if (kept) await keepGood(ctx, options);
  else await configure(ctx, options, from);
  return { ...result, keep: kept };
}

function trialsOf(
  task: TuningTask,
  group: readonly Dimension[],
  from: Settings,
  to: Settings,
  result: Comparison,
): readonly Trial[] {
  const sign = task.better === "higher" ? -1 : 1;
  return group
    .filter(({ key }) => from[key] !== to[key])
    .map(({ key }) => ({
      parameter: key,
      from: from[key] ?? "",
      to: to[key] ?? "",
      before: round3(sign * result.before),
      after: round3(sign * result.after),
      samples: 2 * result.rounds * task.samples,
      gain: round3(result.gain),
      p: Number(result.p.toPrecision(3)),
      kept: result.keep,
    }));
}

function recordTuning(
  ctx: NodeContext,
  task: TuningTask,
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
    text: clip(`Tuned ${task.service}. ${lines.join(". ") || "Nothing better was found than what is set."}`, 4_000),
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
