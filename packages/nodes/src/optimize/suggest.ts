import { gaussianProcess, type GaussianProcess } from "./gaussian-process.ts";
import { seeded, type Random } from "./random.ts";
import { placeOf, rangesOf, valueAt, type Dimension, type Settings } from "./space.ts";

/** One measurement: the smaller its value, the better. */
export interface Observation {
  /** What was measured: a value for each key of the space. */
  readonly settings: Settings;
  /** What came out: the smaller, the better. */
  readonly value: number;
}

/**
 * The settings to measure next. It depends on nothing but what is given, so a search goes on anywhere from what was
 * seen. Choices are drawn by Thompson sampling; numbers by Bayesian optimisation: a Gaussian process, and where the
 * expected improvement over the best is greatest, after a few points that are spread evenly.
 *
 * @example
 * ```ts
 * import { bestSeen, suggest, type Dimension, type Observation } from "@brainops/nodes";
 * const space: Dimension[] = [{ key: "size", min: 1, max: 64 }];
 * const seen: Observation[] = [];
 * const settings = suggest(space, seen, 1); // measure them, add what was seen, and ask again
 * console.log(settings, bestSeen(space, seen));
 * ```
 */
export function suggest(space: readonly Dimension[], seen: readonly Observation[], seed: number): Settings {
  const random = seeded(seed * 7_919 + seen.length * 104_729);
  const choices = space.flatMap((dimension) =>
    "values" in dimension ? [[dimension.key, chooseArm(dimension, seen, random)] as const] : [],
  );
  const ranges = rangesOf(space);
  if (ranges.length === 0) return Object.fromEntries(choices);
  const place =
    seen.length < startPoints(space)
      ? spread(ranges.length, seen.length, startPoints(space), seed)
      : improve(ranges, seen, random);
  const numbers = ranges.map((range, i) => [range.key, valueAt(range, place[i] ?? 0.5)] as const);
  return Object.fromEntries([...choices, ...numbers]);
}

/** Points measured before there is anything to learn from. */
function startPoints(space: readonly Dimension[]): number {
  return 2 * rangesOf(space).length + 2;
}

/**
 * What was seen to be best: with ranges, where the Gaussian process believes so, because a single measurement may have
 * been lucky; with choices alone, the settings with the best mean.
 *
 * @example
 * ```ts
 * import { bestSeen, type Dimension, type Observation } from "@brainops/nodes";
 * declare const space: readonly Dimension[];
 * declare const seen: readonly Observation[];
 * console.log(bestSeen(space, seen));
 * ```
 */
export function bestSeen(space: readonly Dimension[], seen: readonly Observation[]): Settings | undefined {
  const ranges = rangesOf(space);
  const key = (settings: Settings): string => JSON.stringify(space.map((dimension) => settings[dimension.key]));
  const means = new Map<string, { sum: number; count: number; settings: Settings }>();
  for (const { settings, value } of seen) {
    const mean = means.get(key(settings)) ?? { sum: 0, count: 0, settings };
    means.set(key(settings), { settings, sum: mean.sum + value, count: mean.count + 1 });
  }
  const model = ranges.length === 0 || seen.length < 3 ? undefined : modelOf(ranges, seen);
  let best: { settings: Settings; value: number } | undefined;
  for (const { sum, count, settings } of means.values()) {
    const value = model === undefined ? sum / count : model.at(placesOf(ranges, settings)).mean;
    if (best === undefined || value < best.value) best = { settings, value };
  }
  return best?.settings;
}

/** Draws the mean of each value from what is believed about it, and takes the best draw. (W. R. Thompson, 1933.) */
function chooseArm(
  dimension: Extract<Dimension, { values: readonly unknown[] }>,
  seen: readonly Observation[],
  random: Random,
): string | number | boolean {
  const arms = dimension.values.map((value) => {
    const values = seen.filter(({ settings }) => settings[dimension.key] === value).map((each) => each.value);
    return { value, count: values.length, mean: values.reduce((sum, each) => sum + each, 0) / values.length };
  });
  const fresh = arms.filter(({ count }) => count === 0);
  const pick = fresh[Math.floor(random.next() * fresh.length)];
  if (pick !== undefined) return pick.value;
  const all = seen.map(({ value }) => value);
  const overall = all.reduce((sum, value) => sum + value, 0) / all.length;
  // Deviation within an arm, shared by all: few measurements of one arm say little about its own.
  const within = seen.reduce((sum, { settings, value }) => {
    const arm = arms.find((each) => each.value === settings[dimension.key]);
    return sum + (value - (arm?.mean ?? overall)) ** 2;
  }, 0);
  const deviation = Math.sqrt(within / Math.max(1, all.length - arms.length)) || Math.abs(overall) * 1e-6;
  let best: { value: string | number | boolean; drawn: number } | undefined;
  for (const { value, count, mean } of arms) {
    const drawn = mean + (deviation / Math.sqrt(count)) * random.normal();
    if (best === undefined || drawn < best.drawn) best = { value, drawn };
  }
  return best?.value ?? dimension.values[0] ?? 0;
}

/** Point `index` of a Latin hypercube: in each dimension every slice is met once. */
function spread(dimensions: number, index: number, count: number, seed: number): readonly number[] {
  const random = seeded(seed * 31 + 17);
  return Array.from({ length: dimensions }, () => {
    const order = Array.from({ length: count }, (_, slot) => ({ slot, at: random.next() })).sort((a, b) => a.at - b.at);
    const jitter = Array.from({ length: count }, () => random.next());
    return ((order[index]?.slot ?? 0) + (jitter[index] ?? 0.5)) / count;
  });
}

function placesOf(ranges: ReturnType<typeof rangesOf>, settings: Settings): readonly number[] {
  return ranges.map((range) => placeOf(range, settings[range.key]));
}

function modelOf(ranges: ReturnType<typeof rangesOf>, seen: readonly Observation[]): GaussianProcess {
  // One absurd measurement must not flatten all others: what is far above the middle counts as just bad.
  const sorted = seen.map(({ value }) => value).sort((a, b) => a - b);
  const [low = 0, middle = 0] = [sorted[0], sorted[sorted.length >> 1]];
  const cap = middle + 3 * (middle - low || Math.abs(middle) || 1);
  return gaussianProcess(
    seen.map(({ settings }) => placesOf(ranges, settings)),
    seen.map(({ value }) => Math.min(value, cap)),
  );
}

/** Where the expected improvement is greatest: many random places, then small steps from the best of them. */
function improve(ranges: ReturnType<typeof rangesOf>, seen: readonly Observation[], random: Random): readonly number[] {
  const model = modelOf(ranges, seen);
  const points = seen.map(({ settings }) => placesOf(ranges, settings));
  const believed = points.map((point) => ({ point, mean: model.at(point).mean })).sort((a, b) => a.mean - b.mean);
  const goal = believed[0]?.mean ?? 0;
  const clamp = (value: number): number => Math.min(1, Math.max(0, value));
  const near = (point: readonly number[], step: number): readonly number[] =>
    point.map((value) => clamp(value + step * random.normal()));
  const places = [
    ...Array.from({ length: 200 + 100 * ranges.length }, () => ranges.map(() => random.next())),
    ...believed
      .slice(0, 3)
      .flatMap(({ point }) => [0.2, 0.05, 0.01].flatMap((step) => Array.from({ length: 30 }, () => near(point, step)))),
  ];
  let best = places[0] ?? [];
  let most = Number.NEGATIVE_INFINITY;
  function offer(place: readonly number[]): void {
    const gain = expectedImprovement(model, place, goal);
    if (gain > most) [best, most] = [place, gain];
  }
  for (const place of places) offer(place);
  for (let step = 0.1; step > 0.001; step *= 0.8) for (let i = 0; i < 8; i++) offer(near(best, step));
  return best;
}

/** How much better than `goal` one may hope for. (J. Močkus, 1975.) As a logarithm, where it is too small to tell. */
function expectedImprovement(model: GaussianProcess, place: readonly number[], goal: number): number {
  const { mean, deviation } = model.at(place);
  const z = (goal - mean) / deviation;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const gain = deviation * (z * below(z) + density);
  return gain > 1e-300 ? Math.log(gain) : -1_000 - z * z;
}

/** Share of a normal distribution below `z`: Abramowitz and Stegun 26.2.17. */
function below(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const sum = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const above = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum;
  return z >= 0 ? 1 - above : above;
}
