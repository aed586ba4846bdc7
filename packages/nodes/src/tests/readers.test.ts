import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readOutcome } from "./read-outcome.ts";

const outputs = join(import.meta.dirname, "../../fixtures/outputs");

function read(name: string): ReturnType<typeof readOutcome> {
  return readOutcome(["run"], false, readFileSync(join(outputs, `${name}.txt`), "utf8"));
}

const groups = {
  js: ["adds", "fine", "group > inner fails", "group > inner fine", "group > later"],
  vitest: ["adds", "fine", "group > inner fails", "group > inner fine", "group > later"].map((n) => `a.test.js > ${n}`),
  junit: ["test_a > test_adds", "test_a > test_fine"].concat(
    ["inner_fails", "inner_fine", "later"].map((n) => `test_a.TestGroup > test_${n}`),
  ),
  pytest: ["adds", "fine", "TestGroup::test_inner_fails", "TestGroup::test_inner_fine", "TestGroup::test_later"].map(
    (n) => (n.startsWith("Test") ? `test_a.py::${n}` : `test_a.py::test_${n}`),
  ),
  unittest: [
    "test_a.Plain.test_adds",
    "test_a.Plain.test_fine",
    "test_a.Group.test_inner_fails",
    "test_a.Group.test_inner_fine",
    "test_a.Group.test_later",
  ],
  go: ["TestAdds", "TestFine", "TestGroup > inner_fails", "TestGroup > inner_fine", "TestGroup > later"],
} as const;

/** Names in the order: fails, passes, fails, passes, is skipped. What the first and the second failure say. */
const cases: readonly (readonly [string, readonly string[], RegExp, RegExp])[] = [
  ["node-spec", groups.js, /2 !== 3/, /^boom$/],
  ["node-tap", groups.js, /2 !== 3/, /^boom$/],
  ["node-junit", groups.js, /2 !== 3/, /^boom$/],
  ["vitest-default", groups.vitest, /^expected 2 to be 3/, /^boom$/],
  ["vitest-verbose", groups.vitest, /^expected 2 to be 3/, /^boom$/],
  ["vitest-tap", groups.vitest, /^expected 2 to be 3/, /^boom$/],
  ["vitest-tap-flat", groups.vitest, /^expected 2 to be 3/, /^boom$/],
  ["mocha-spec", groups.js, /2 !== 3/, /^boom$/],
  ["mocha-tap", groups.js.map((name) => name.replace(" >", "")), /2 !== 3/, /^boom$/],
  ["mocha-xunit", groups.js, /2 !== 3/, /^boom$/],
  ["jest-default", groups.js, /Expected: 3\nReceived: 2/, /^boom$/],
  ["jest-verbose", groups.js, /Expected: 3\nReceived: 2/, /^boom$/],
  ["pytest-verbose", groups.pytest, /^assert \(1 \+ 1\) == 3$/, /^TypeError: boom$/],
  ["pytest-junit", groups.junit, /^assert \(1 \+ 1\) == 3$/, /^TypeError: boom$/],
  ["unittest-verbose", groups.unittest, /^2 != 3$/, /^TypeError: boom$/],
  ["go", groups.go, /^sums_test.go:8: got 2, want 3$/, /^sums_test.go:15: boom$/],
];

describe("what runners really wrote", () => {
  test.each(cases)("%s: five tests by name, and what the two said that failed", (name, names, first, second) => {
    const { total, failed, failures, tests } = read(name);
    expect({ total, failed }).toEqual({ total: 5, failed: 2 });
    const [adds = "", fine = "", innerFails = "", innerFine = "", later = ""] = names;
    const byName = [
      { name: adds, status: "failed" },
      { name: fine, status: "passed" },
      { name: innerFails, status: "failed" },
      { name: innerFine, status: "passed" },
      { name: later, status: "skipped" },
    ];
    const sorted = (list: readonly { readonly name: string }[]): unknown[] =>
      list.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(sorted(tests)).toEqual(sorted(byName));
    const message = (of: string): string => failures.find((failure) => failure.name === of)?.message ?? "none";
    expect(failures).toHaveLength(2);
    expect(message(adds)).toMatch(first);
    expect(message(innerFails)).toMatch(second);
  });

  test.each(["pytest-quiet", "unittest-plain"])("%s: names the failed ones alone, and counts all", (name) => {
    const { total, failed, tests } = read(name);
    expect({ total, failed, named: tests.map(({ status }) => status) }).toEqual({
      total: 5,
      failed: 2,
      named: ["failed", "failed"],
    });
  });

  test("cargo: with its doc test", () => {
    const { total, failed, failures, tests } = read("cargo");
    expect({ total, failed }).toEqual({ total: 6, failed: 2 });
    expect(failures).toEqual([
      {
        name: "tests::adds",
        message: "assertion `left == right` failed\n  left: 2\n right: 3",
        stack: "at tests::adds (src/lib.rs:16:9)",
      },
      { name: "tests::group::inner_fails", message: "boom", stack: "at tests::group::inner_fails (src/lib.rs:25:13)" },
    ]);
    expect(tests).toContainEqual({ name: "src/lib.rs - add (line 3)", status: "passed" });
  });
});
