import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runCommand } from "../command/run-command.ts";
import { readOutcome } from "./read-outcome.ts";
import { readTap } from "./tap.ts";

const suite = `
const { test, describe, it } = require("node:test");
const assert = require("node:assert");
test("adds # well", () => assert.strictEqual(1 - 1, 2));
test("fine", () => {});
describe("group", () => {
  it("inner fails", () => { throw new Error("boom"); });
  it("inner fine", () => {});
  it("later", { skip: "why" }, () => {});
});`;

describe("the output of node:test", () => {
  test.each(["spec", "tap"])("as %s", async (reporter) => {
    const dir = await mkdtemp(join(tmpdir(), "brainops-read-"));
    try {
      await writeFile(join(dir, "a.test.cjs"), suite);
      const command = ["node", "--test", `--test-reporter=${reporter}`];
      const { exitCode, stdout } = await runCommand([process.execPath, ...command.slice(1)], { cwd: dir });
      expect(exitCode).toBe(1);
      const outcome = readOutcome(command, false, stdout);
      expect(outcome).toMatchObject({ total: 6 - 1, failed: 2 });
      expect(outcome.failures[0]?.name).toBe("adds # well");
      expect(outcome.failures[0]?.message).toContain("0 !== 2");
      expect(outcome.failures[1]?.name).toMatch(/inner fails$/);
      expect(outcome.failures[1]).toMatchObject({ message: "boom", stack: expect.stringContaining("a.test.cjs:7:") });
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});

describe("the output of others", () => {
  test("pytest", () => {
    const output =
      "..F\n=== short test summary info ===\nFAILED tests/test_a.py::test_add[1-2] - assert 1 == 2\n=== 1 failed, 2 passed in 0.03s ===\n";
    expect(readOutcome(["pytest"], false, output)).toEqual({
      total: 3,
      failed: 1,
      failures: [{ name: "tests/test_a.py::test_add[1-2]", message: "assert 1 == 2" }],
      tests: [{ name: "tests/test_a.py::test_add[1-2]", status: "failed" }],
    });
  });
  test("go", () => {
    const output =
      "--- FAIL: TestAdd (0.00s)\n    add_test.go:7: got 1, want 2\nFAIL\nFAIL\texample.org/a\t0.002s\nFAIL\n";
    expect(readOutcome(["go"], false, output)).toEqual({
      total: 1,
      failed: 1,
      failures: [{ name: "TestAdd", message: "add_test.go:7: got 1, want 2" }],
      tests: [{ name: "TestAdd", status: "failed" }],
    });
  });
  test("cargo", () => {
    const output =
      "test tests::adds ... FAILED\ntest tests::fine ... ok\n\nfailures:\n\n---- tests::adds stdout ----\nthread 'tests::adds' panicked at src/lib.rs:9:5:\nassertion failed: 1 == 2\n\ntest result: FAILED. 1 passed; 1 failed; 0 ignored\n";
    expect(readOutcome(["cargo"], false, output)).toEqual({
      total: 2,
      failed: 1,
      failures: [
        { name: "tests::adds", message: "assertion failed: 1 == 2", stack: "at tests::adds (src/lib.rs:9:5)" },
      ],
      tests: [
        { name: "tests::adds", status: "failed" },
        { name: "tests::fine", status: "passed" },
      ],
    });
  });
  test("vitest, in colours", () => {
    const output =
      "\u001B[31m FAIL \u001B[39m a.test.ts > group > adds\nAssertionError: expected 1 to be 2\n\n      Tests  1 failed | 2 passed (3)\n";
    expect(readOutcome(["vitest"], false, output)).toEqual({
      total: 3,
      failed: 1,
      failures: [{ name: "a.test.ts > group > adds", message: "expected 1 to be 2" }],
      tests: [{ name: "a.test.ts > group > adds", status: "failed" }],
    });
  });
});

describe("the exit code decides", () => {
  test("over output that claims success", () => {
    expect(readOutcome(["make", "check"], false, "TAP version 13\nok 1 - fine\n1..1\n")).toEqual({
      total: 1,
      failed: 1,
      failures: [{ name: "make check", message: "TAP version 13\nok 1 - fine\n1..1" }],
      tests: [{ name: "fine", status: "passed" }],
    });
    expect(readOutcome(["make"], true, "TAP version 13\nnot ok 1 - bad\n1..1\n")).toEqual({
      total: 1,
      failed: 0,
      failures: [],
      tests: [{ name: "bad", status: "failed" }],
    });
    expect(readOutcome(["make"], false, "")).toMatchObject({
      failed: 1,
      failures: [{ message: "It failed without a word." }],
    });
  });
});

interface Suite {
  readonly name: string;
  readonly ok: boolean;
  readonly children: readonly Suite[];
}

const name = fc.stringMatching(/^[a-z][a-z0-9 ]{0,15}[a-z]$/);
const tree = fc.memo((levels): fc.Arbitrary<Suite> =>
  fc.record({
    name,
    ok: fc.boolean(),
    children: levels <= 1 ? fc.constant([]) : fc.array(tree(levels - 1), { maxLength: 3 }),
  }),
);

function fails(node: Suite): boolean {
  return node.children.length === 0 ? !node.ok : node.children.some(fails);
}

function write(node: Suite, depth: number): string {
  const pad = "    ".repeat(depth);
  const inner = node.children.map((child) => write(child, depth + 1)).join("");
  const plan = node.children.length === 0 ? "" : `${pad}    1..${node.children.length}\n`;
  const bad = fails(node);
  const type = node.children.length === 0 ? "testCodeFailure" : "subtestsFailed";
  const yaml = bad
    ? `${pad}  ---\n${pad}  failureType: '${type}'\n${pad}  error: 'it''s ${node.name}'\n${pad}  ...\n`
    : "";
  return `${pad}# Subtest: ${node.name}\n${inner}${plan}${pad}${bad ? "not ok" : "ok"} 1 - ${node.name}\n${yaml}`;
}

function leaves(node: Suite, path: readonly string[]): { readonly name: string; readonly ok: boolean }[] {
  const here = [...path, node.name];
  return node.children.length === 0
    ? [{ name: here.join(" > "), ok: node.ok }]
    : node.children.flatMap((child) => leaves(child, here));
}

test("TAP of any nesting gives back its tests", () => {
  fc.assert(
    fc.property(fc.array(tree(4), { minLength: 1, maxLength: 4 }), (suites) => {
      const output = `TAP version 13\n${suites.map((suite) => write(suite, 0)).join("")}1..${suites.length}\n`;
      const all = suites.flatMap((suite) => leaves(suite, []));
      const bad = all.filter((leaf) => !leaf.ok);
      const read = readTap(output);
      expect(read).toMatchObject({ total: all.length, failed: bad.length });
      expect(read?.failures.map((failure) => failure.name)).toEqual(bad.map((leaf) => leaf.name));
      for (const failure of read?.failures ?? [])
        expect(failure.message).toBe(`it's ${failure.name.split(" > ").at(-1)}`);
    }),
    { numRuns: 60 },
  );
});
