// The Optimizer's search against random search at the same budget, and how often it keeps what is no gain (A/A).
import { parseArgs } from "node:util";
import { bestSeen, compare, seeded, suggest, type Dimension, type Observation, type Settings } from "@brainops/nodes";
import type { ScenarioOptions } from "../scripts/door.ts";
import { branin, hartmann6, type Landscape } from "./lib/functions.ts";
import { poolService, type PoolService } from "./lib/pool-service.ts";
import { report, type Report } from "./lib/report.ts";
import { median } from "./lib/stats.ts";

type Measure = (settings: Settings) => Promise<number> | number;

/** Its options. */
export const help: string = `  --seeds N  searches of each sort (default 10)
  --aa N     comparisons of a service with itself (default 200)`;

/** Runs the scenario. */
export async function run(options: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({
    args: [...options.args],
    options: { seeds: { type: "string", default: "10" }, aa: { type: "string", default: "200" } },
  });
  const out = report("optimizer", options);
  const seeds = Number(values.seeds);
  for (const [landscape, budget] of [
    [branin, 30],
    [hartmann6, 60],
  ] as const) {
    await functions(out, landscape, { budget, seeds, noise: 0 });
    await functions(out, landscape, { budget, seeds, noise: 0.1 });
  }
  const service = await poolService();
  try {
    await tuned(out, service, seeds);
    await alike(out, service, Number(values.aa));
  } finally {
    await service.close();
  }
}

/** What is believed best after the budget, valued without noise: how far above the lowest value it lies. */
async function functions(
  out: Report,
  landscape: Landscape,
  { budget, seeds, noise }: { readonly budget: number; readonly seeds: number; readonly noise: number },
): Promise<void> {
  const value = (settings: Settings): number => landscape.at(landscape.ranges.map(({ key }) => Number(settings[key])));
  const regrets: { [kind in "search" | "random"]: number[] } = { search: [], random: [] };
  for (let seed = 1; seed <= seeds; seed++) {
    for (const kind of ["search", "random"] as const) {
      const random = seeded(1_000 + seed);
      const seen = await spend(
        kind,
        landscape.ranges,
        budget,
        seed,
        (settings) => value(settings) + noise * random.normal(),
      );
      regrets[kind].push(value(chosen(kind, landscape.ranges, seen, noise > 0)) - landscape.lowest);
    }
  }
  out.row({
    problem: landscape.name,
    noise_deviation: noise,
    budget,
    seeds,
    regret_median: round(median(regrets.search)),
    regret_worst: round(Math.max(...regrets.search)),
    random_regret_median: round(median(regrets.random)),
    random_regret_best: round(Math.min(...regrets.random)),
    better_in: regrets.search.filter((regret, i) => regret < (regrets.random[i] ?? 0)).length,
  });
}

async function spend(
  kind: "search" | "random",
  space: readonly Dimension[],
  budget: number,
  seed: number,
  measure: Measure,
): Promise<readonly Observation[]> {
  const seen: Observation[] = [];
  const random = seeded(seed);
  while (seen.length < budget) {
    const settings = kind === "search" ? suggest(space, seen, seed) : anywhere(space, random.next);
    seen.push({ settings, value: await measure(settings) });
  }
  return seen;
}

function anywhere(space: readonly Dimension[], next: () => number): Settings {
  return Object.fromEntries(
    space.flatMap((dimension) => {
      if (!("min" in dimension)) return [];
      const value = dimension.min + (dimension.max - dimension.min) * next();
      return [[dimension.key, dimension.integer === true ? Math.round(value) : value]];
    }),
  );
}

function chosen(
  kind: "search" | "random",
  space: readonly Dimension[],
  seen: readonly Observation[],
  noisy: boolean,
): Settings {
  if (kind === "search" && noisy) return bestSeen(space, seen) ?? {};
  return seen.reduce((best, each) => (each.value < best.value ? each : best)).settings;
}

const space: readonly Dimension[] = [
  { key: "pool", min: 1, max: 24, integer: true },
  { key: "batch", min: 1, max: 32, integer: true },
  { key: "linger", min: 0, max: 20 },
];
const start: Settings = { pool: 1, batch: 1, linger: 0 };

/** Real, noisy parameters: search, what is believed best measured anew, then the comparison with what was there. */
async function tuned(out: Report, service: PoolService, seeds: number): Promise<void> {
  const measure: Measure = async ({ pool, batch, linger }) => {
    service.set({ pool: Number(pool), batch: Number(batch), linger: Number(linger) });
    // The median of three, as the Optimizer measures in batches.
    return median([await service.rush(), await service.rush(), await service.rush()]);
  };
  const truly = async (settings: Settings): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) times.push(await measure(settings));
    return median(times);
  };
  const budget = 20;
  await truly(start);
  const before = await truly(start);
  const reached: { [kind in "search" | "random"]: number[] } = { search: [], random: [] };
  let kept = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    for (const kind of ["search", "random"] as const) {
      const settings = chosen(kind, space, await spend(kind, space, budget, seed, measure), true);
      reached[kind].push(await truly(settings));
      if (kind === "random") continue;
      const random = seeded(seed);
      const result = await compare(() => pair(measure, start, settings, random.next), { minGain: 0.05 });
      kept += result.keep ? 1 : 0;
    }
  }
  const best = Math.min(...reached.search, ...reached.random);
  out.row({
    problem: "a service's workers, batches and waiting",
    budget,
    seeds,
    before_ms: round(before),
    best_seen_ms: round(best),
    regret_median_ms: round(median(reached.search) - best),
    regret_worst_ms: round(Math.max(...reached.search) - best),
    random_regret_median_ms: round(median(reached.random) - best),
    random_regret_worst_ms: round(Math.max(...reached.random) - best),
    better_in: reached.search.filter((ms, i) => ms < (reached.random[i] ?? 0)).length,
    kept,
  });
}

/** Both sides are the same: whatever is kept is kept by mistake. */
async function alike(out: Report, service: PoolService, runs: number): Promise<void> {
  let wrong = 0;
  const rounds: number[] = [];
  service.set({ pool: 4, batch: 8, linger: 0 });
  for (let i = 0; i < runs; i++) {
    const random = seeded(i);
    const result = await compare(() => pair(() => service.rush(), {}, {}, random.next));
    wrong += result.keep ? 1 : 0;
    rounds.push(result.rounds);
  }
  const [low, high] = wilson(wrong, runs);
  out.row({
    problem: "A/A on the service",
    runs,
    false_keeps: wrong,
    rate: round(wrong / runs),
    interval_95_low: round(low),
    interval_95_high: round(high),
    by_design_at_most: 0.05,
    rounds_median: median(rounds),
  });
}

async function pair(
  measure: Measure,
  from: Settings,
  to: Settings,
  next: () => number,
): Promise<{ readonly before: number; readonly after: number }> {
  if (next() < 0.5) {
    const before = await measure(from);
    return { before, after: await measure(to) };
  }
  const after = await measure(to);
  return { before: await measure(from), after };
}

/** Wilson's score interval, 95 %. */
function wilson(successes: number, tries: number): readonly [number, number] {
  const z = 1.959964;
  const share = successes / tries;
  const middle = (share + (z * z) / (2 * tries)) / (1 + (z * z) / tries);
  const half = (z * Math.sqrt((share * (1 - share)) / tries + (z * z) / (4 * tries * tries))) / (1 + (z * z) / tries);
  return [Math.max(0, middle - half), middle + half];
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
