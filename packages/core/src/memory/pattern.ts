import { lowerBound } from "../recall/standing.ts";
import { believableUpTo, fisherGreater } from "./fisher.ts";

/** One experience as far as the statistics look at it. */
export interface Observation {
  readonly id: string;
  /** What the situation was like, such as its tags. */
  readonly features: readonly string[];
  /** How it ended, such as `good`. */
  readonly outcome: string;
  /** How often it was experienced. */
  readonly count: number;
}

/** Something that goes with an outcome: one feature (a learning), or two that do so together only (an insight). */
export interface Pattern {
  /** One, or two that count together. */
  readonly features: readonly string[];
  /** The outcome that goes with them. */
  readonly outcome: string;
  /** How many experiences have the features, and how many of these the outcome. */
  readonly with: Tally;
  /** The same for those that do not have (all of) them. */
  readonly without: Tally;
  /** How likely so large a difference is by chance alone. */
  readonly p: number;
  /** The share of the outcome that is likely at least, given the features: Wilson's lower bound at 90 %. */
  readonly atLeast: number;
}

/** Of so many, so many. */
export type Tally = {
  /** How many there are. */
  readonly total: number;
  /** How many of them have the outcome. */
  readonly outcome: number;
};

/** When a pattern is believed. */
export interface PatternOptions {
  /** How many experiences must have the features, and how many must not. Default 5. */
  readonly support?: number;
  /** How much more common the outcome must be with the features than without. Default 0.2. */
  readonly difference?: number;
  /** Which share of the patterns may be false on average. Default 0.05. */
  readonly falseRate?: number;
}

/** Counts a pattern again, whether it is believed or not. */
export function countPattern(
  observations: readonly Observation[],
  { features, outcome }: Pick<Pattern, "features" | "outcome">,
): Pattern {
  const has = ({ features: own }: Observation): boolean => features.every((feature) => own.includes(feature));
  const all = tally(observations, outcome);
  const within = tally(observations.filter(has), outcome);
  return patternOf(features, outcome, within, minus(all, within));
}

/** Whether a pattern would be believed if nobody had asked but this. */
export function stillHolds({ with: within, without, p }: Pattern, options: PatternOptions = {}): boolean {
  const { difference = 0.2, falseRate = 0.05 } = options;
  return p <= falseRate && rate(within) - rate(without) >= difference;
}

/**
 * Which features go with which outcome: every feature that is common enough is asked about every outcome by Fisher's exact
 * test, and of the answers only so many are believed that at most `falseRate` of them are false on average. Then pairs: two
 * features that go with an outcome only together, more than each of them does without the other. The most certain first.
 */
export function findPatterns(observations: readonly Observation[], options: PatternOptions = {}): Pattern[] {
  const table = count(observations, options.support ?? 5);
  const singles: Pattern[] = [];
  for (const [feature, holders] of table.features)
    for (const [outcome, all] of table.outcomes) {
      const within = holders.byOutcome(outcome);
      singles.push(patternOf([feature], outcome, within, minus(all, within)));
    }
  const pairs = [...pairsOf(table, options)];
  return [...believed(singles, options), ...believed(pairs, options)].sort(
    (a, b) => a.p - b.p || (nameOf(a) < nameOf(b) ? -1 : 1),
  );
}

/** What tells one pattern from another. */
export function nameOf({ features, outcome }: Pick<Pattern, "features" | "outcome">): string {
  return JSON.stringify([...features.toSorted(), outcome]);
}

function believed(asked: readonly Pattern[], options: PatternOptions): Pattern[] {
  const { difference = 0.2, falseRate = 0.05 } = options;
  const limit = believableUpTo(
    asked.map(({ p }) => p),
    falseRate,
  );
  return asked.filter((pattern) => pattern.p <= limit && rate(pattern.with) - rate(pattern.without) >= difference);
}

/** Who holds a feature. */
interface Holders {
  readonly observations: ReadonlySet<Observation>;
  byOutcome(outcome: string): Tally;
}

interface Table {
  readonly features: ReadonlyMap<string, Holders>;
  readonly outcomes: ReadonlyMap<string, Tally>;
}

function count(observations: readonly Observation[], support: number): Table {
  const all = new Map<string, Set<Observation>>();
  for (const observation of observations)
    for (const feature of observation.features) {
      const set = all.get(feature);
      if (set === undefined) all.set(feature, new Set([observation]));
      else set.add(observation);
    }
  const total = sum(observations);
  const features = new Map<string, Holders>();
  for (const [feature, holders] of [...all].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const size = sum(holders);
    // How common a feature is says nothing about outcomes, so leaving some out here does not favour any answer.
    if (size < support || total - size < support) continue;
    const counted = new Map<string, number>();
    for (const { outcome, count } of holders) counted.set(outcome, (counted.get(outcome) ?? 0) + count);
    features.set(feature, {
      observations: holders,
      byOutcome: (outcome) => ({ total: size, outcome: counted.get(outcome) ?? 0 }),
    });
  }
  const outcomes = new Map<string, Tally>();
  for (const { outcome } of observations) outcomes.set(outcome, outcomes.get(outcome) ?? tally(observations, outcome));
  return { features, outcomes };
}

/** So many of the most common features are looked at in pairs: their number grows with the square. */
const mostPaired = 60;

function* pairsOf({ features, outcomes }: Table, { support = 5 }: PatternOptions): Generator<Pattern> {
  const common = [...features]
    .sort(([, a], [, b]) => b.observations.size - a.observations.size)
    .slice(0, mostPaired)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [i, [first, a]] of common.entries())
    for (const [second, b] of common.slice(i + 1)) {
      const both = [...a.observations].filter((observation) => b.observations.has(observation));
      const size = sum(both);
      const [onlyA, onlyB] = [a, b].map(({ byOutcome }) => byOutcome("").total - size) as [number, number];
      if (size < support || onlyA < support || onlyB < support) continue;
      for (const [outcome, all] of outcomes) {
        const within = tally(both, outcome);
        // Both must be surpassed, so the weaker of the two answers counts (an intersection-union test: R. L. Berger, 1982).
        const ps = [a, b].map(({ byOutcome }) => {
          const one = byOutcome(outcome);
          return fisherGreater(within.outcome, within.total, one.outcome, one.total);
        });
        const pattern = patternOf([first, second], outcome, within, minus(all, within));
        yield { ...pattern, p: Math.max(pattern.p, ...ps) };
      }
    }
}

function patternOf(features: readonly string[], outcome: string, within: Tally, without: Tally): Pattern {
  const [total, hits] = [within.total + without.total, within.outcome + without.outcome];
  return {
    features,
    outcome,
    with: within,
    without,
    p: fisherGreater(within.outcome, within.total, hits, total),
    atLeast: lowerBound(within.outcome, within.total),
  };
}

function tally(observations: readonly Observation[], outcome: string): Tally {
  return { total: sum(observations), outcome: sum(observations.filter((each) => each.outcome === outcome)) };
}

function sum(observations: Iterable<Observation>): number {
  let total = 0;
  for (const { count } of observations) total += count;
  return total;
}

function minus(all: Tally, part: Tally): Tally {
  return { total: all.total - part.total, outcome: all.outcome - part.outcome };
}

function rate({ total, outcome }: Tally): number {
  return total === 0 ? 0 : outcome / total;
}
