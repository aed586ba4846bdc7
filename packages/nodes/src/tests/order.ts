import { basename, dirname } from "node:path/posix";
import { flakyTests, type PastRun } from "./history.ts";

/** Whether a path is that of a test, by the usual names. */
export function isTestFile(path: string): boolean {
  const name = basename(path);
  return (
    /(?:[._-](?:test|spec|tests)|(?:^|_)test)\.[a-z]+$/i.test(name) ||
    /^test_.*\.py$/.test(name) ||
    /(?:^|\/)(?:__tests__|tests?|spec)\//.test(path)
  );
}

/** Each failure counts for so much of the one after it: what was long ago says little. */
const fading = 0.8;

/**
 * Test files with the one first that will most likely fail: those that failed last, that failed when the same files had
 * changed, that changed themselves, and that name changed files (`naming`) or bear their names. What fails by chance counts for a fifth.
 * Those of equal standing keep their order.
 *
 * @example
 * ```ts
 * import { likelyFirst, type PastRun } from "@brainops/nodes";
 * declare const runs: readonly PastRun[];
 * const [first] = likelyFirst(["test/a.test.js", "test/price.test.js"], runs, ["src/price.js"]);
 * ```
 */
export function likelyFirst(
  files: readonly string[],
  runs: readonly PastRun[],
  changed: readonly string[],
  naming: ReadonlySet<string> = new Set(),
): readonly {
  /** Path of the test file. */
  readonly file: string;
  /** How much speaks for its failing; 0 when nothing does. */
  readonly score: number;
}[] {
  const flaky = flakyTests(runs);
  const newest = runs.toReversed();
  const score = (file: string): number => {
    let sum = changed.includes(file) ? 2 : 0;
    if (naming.has(file) || changed.some((path) => sameName(path, file))) sum += 1.5;
    for (const [age, run] of newest.entries()) {
      const failed = run.failed.filter((test) => test.file === file);
      if (failed.length === 0) continue;
      const weight = failed.every(({ name }) => flaky.has(name)) ? 0.2 : 1;
      sum += weight * (age === 0 ? 3 : fading ** age) * (1 + 2 * overlap(changed, run.changed));
    }
    return sum;
  };
  return files.map((file) => ({ file, score: score(file) })).toSorted((a, b) => b.score - a.score);
}

/** Whether a test is about a file, by its name: `src/price.js` and `test/price.test.js`. */
function sameName(path: string, test: string): boolean {
  const stem = basename(path).replace(/\.[a-z]+$/i, "");
  const about = basename(test)
    .replace(/\.[a-z]+$/i, "")
    .replace(/[._-](?:test|spec|tests)$/i, "")
    .replace(/^test_/, "");
  return path !== test && stem === about && (stem !== "index" || dirname(path) === dirname(test));
}

/** Share of two lists that is in both (Jaccard). */
function overlap(a: readonly string[], b: readonly string[]): number {
  const both = a.filter((path) => b.includes(path)).length;
  return both === 0 ? 0 : both / (a.length + b.length - both);
}

/**
 * A test command for some files alone, or `undefined` when its runner is not known to take files. What `npm test` runs is
 * not known.
 */
export function forFiles(command: readonly string[], files: readonly string[]): readonly string[] | undefined {
  const [program = "", ...args] = command;
  const name = basename(program);
  const runner = ["npx", "python3", "python"].includes(name) ? args.find((arg) => !arg.startsWith("-")) : name;
  if (name === "node" && args.includes("--test")) return [...command, ...files];
  return ["vitest", "mocha", "jest", "pytest"].includes(runner ?? "") ? [...command, ...files] : undefined;
}
