/** One earlier run of the tests, as memory keeps it. */
export interface PastRun {
  /** The code it was run on: the id of its git tree. Equal code has an equal id. */
  readonly code: string;
  /** The code that a change was made from, which may be none that comes before it in time. */
  readonly base?: string | undefined;
  /** Names of the tests that failed, each with its file where that is known. */
  readonly failed: readonly {
    /** The test's name. */
    readonly name: string;
    /** Its file; `null` where that is not known. */
    readonly file: string | null;
  }[];
  /** Files that had changed then, against the code that the work began from. */
  readonly changed: readonly string[];
}

/** From here on a test counts as flaky. */
export const flakyFrom = 0.9;

// A test is rarely broken by a change, and more often mended by one; one that is not flaky hardly ever ends otherwise on
// the same code. One test in ten is flaky to begin with, which is about what large companies report of theirs.
const breaks = 0.02;
const mends = 0.3;
const slips = 1e-5;
const prior = 0.1;

/**
 * Probability that a test is flaky, from all its runs, oldest first. Two stories are weighed by Bayes' rule: that it fails
 * by chance, with a rate that nobody knows (beta-binomial), or that it follows the code (a chain of two states that may
 * only change where the code does). Different ends on the same code nearly decide it; failing now and then over many
 * changes speaks for it more slowly.
 *
 * @example
 * ```ts
 * import { flakiness, type PastRun } from "@brainops/nodes";
 * declare const runs: readonly PastRun[]; // oldest first
 * console.log(flakiness("adds up", runs)); // 0 to 1
 * ```
 */
export function flakiness(name: string, runs: readonly PastRun[]): number {
  const fails = (run: PastRun): boolean => run.failed.some((test) => test.name === name);
  const failures = runs.filter(fails).length;
  // Code that comes again, such as what a second try begins from, is in the state in which it was.
  const versions = Map.groupBy(runs, (run) => run.code);
  // Forward algorithm; scaled at each step, so that a long history does not come to nothing. Whoever changes code begins
  // from some base: what was mended on a branch says nothing about the next state of where the branch began.
  const states = new Map<string, number>();
  let trunk: number | undefined;
  let follows = 0;
  for (const [code, same] of versions) {
    const base = same[0]?.base;
    const before = (base === undefined ? undefined : states.get(base)) ?? trunk;
    let broken = before === undefined ? breaks : before * (1 - mends) + (1 - before) * breaks;
    for (const run of same) {
      const failed = fails(run);
      const whenBroken = broken * (failed ? 1 - slips : slips);
      const whenWell = (1 - broken) * (failed ? slips : 1 - slips);
      follows += Math.log(whenBroken + whenWell);
      broken = whenBroken / (whenBroken + whenWell);
    }
    states.set(code, broken);
    if (base === undefined) trunk = broken;
  }
  const chance = logBeta(failures + 1, runs.length - failures + 1);
  const odds = (prior / (1 - prior)) * Math.exp(chance - follows);
  return odds === Number.POSITIVE_INFINITY ? 1 : odds / (1 + odds);
}

/**
 * Names of all tests that count as flaky.
 *
 * @example
 * ```ts
 * import { flakyTests, type PastRun } from "@brainops/nodes";
 * declare const runs: readonly PastRun[];
 * console.log([...flakyTests(runs)]);
 * ```
 */
export function flakyTests(runs: readonly PastRun[]): ReadonlySet<string> {
  const names = new Set(runs.flatMap((run) => run.failed.map((test) => test.name)));
  return new Set([...names].filter((name) => flakiness(name, runs) >= flakyFrom));
}

/** Logarithm of the beta function for whole numbers. */
function logBeta(a: number, b: number): number {
  let sum = 0;
  for (let i = 1; i < a; i++) sum += Math.log(i) - Math.log(b + i - 1);
  return sum - Math.log(a + b - 1);
}
