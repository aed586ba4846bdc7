import { describe, expect, test } from "vitest";
import type { PastRun } from "./history.ts";
import { forFiles, isTestFile, likelyFirst } from "./order.ts";

const files = ["a.test.js", "b.test.js", "c.test.js", "d.test.js"];
const run = (code: string, file: string | null, changed: readonly string[] = []): PastRun => ({
  code,
  failed: file === null ? [] : [{ name: `of ${file}`, file }],
  changed,
});
const first = (runs: readonly PastRun[], changed: readonly string[]): string | undefined =>
  likelyFirst(files, runs, changed)[0]?.file;

describe("the first test to run", () => {
  test.each([
    ["failed last", [run("1", "c.test.js")], [], "c.test.js"],
    ["is named like what changed", [run("1", null)], ["src/d.js"], "d.test.js"],
    ["has changed itself", [], ["b.test.js"], "b.test.js"],
    [
      "failed when the same files had changed",
      [run("1", "d.test.js", ["x.js"]), run("2", "b.test.js", ["y.js"]), run("3", null)],
      ["x.js"],
      "d.test.js",
    ],
    ["failed more lately", [run("1", "b.test.js"), run("2", "c.test.js"), run("3", null)], [], "c.test.js"],
    [
      "fails by the code, not by chance",
      ["1", "1", "2", "2"]
        .flatMap((code, i) => [run(code, i % 2 === 0 ? "b.test.js" : null)])
        .concat(run("3", "d.test.js")),
      [],
      "d.test.js",
    ],
    ["is the first one, when nothing is known", [], [], "a.test.js"],
  ] as const)("%s", (_what, runs, changed, expected) => expect(first(runs, changed)).toBe(expected));
});

test("a test that names what changed goes before the others", () => {
  expect(likelyFirst(files, [run("1", null)], ["src/sum.js"], new Set(["c.test.js"]))[0]?.file).toBe("c.test.js");
});

test("knows files of tests by their names", () => {
  const tests = ["a.test.js", "a_test.go", "b.spec.ts", "test_a.py", "test/a.js", "src/__tests__/a.js", "tests/a.rs"];
  expect(tests.filter((path) => !isTestFile(path))).toEqual([]);
  expect(["a.js", "latest.js", "contest.py", "src/testing/a.ts"].filter(isTestFile)).toEqual([]);
});

test("runs some files alone where the runner takes them", () => {
  expect(forFiles(["node", "--test"], ["a.js"])).toEqual(["node", "--test", "a.js"]);
  expect(forFiles(["npx", "vitest", "run"], ["a.js"])).toEqual(["npx", "vitest", "run", "a.js"]);
  expect(forFiles(["python3", "-m", "pytest", "-v"], ["a.py"])).toEqual(["python3", "-m", "pytest", "-v", "a.py"]);
  expect(forFiles(["npm", "--silent", "test"], ["a.js"])).toBeUndefined();
  expect(forFiles(["node", "check.js"], ["a.js"])).toBeUndefined();
});
