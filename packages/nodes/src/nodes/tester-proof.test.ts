import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { memoryStore } from "@brainops/core/testing";
import { tester, type Change, type TestReport, type TesterInput, type TesterOptions } from "@brainops/nodes";
import { runNode } from "../test-support/run-node.ts";
import { commitFiles, makeRepository } from "../test-support/shop.ts";

let dir = "";
let repo = "";
let store = memoryStore();
let runs = 0;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "brainops-proof-"));
  repo = join(dir, "repo");
  store = memoryStore();
  runs = 0;
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function run(input: Partial<TesterInput> = {}, more: Partial<TesterOptions> = {}): Promise<TestReport> {
  const node = tester({ repo, home: join(dir, "home"), ...more });
  const given = { work: null, change: null, tests: null, ...input };
  const { output, brain } = await runNode(node, given, { store, id: `run-${(runs += 1)}` });
  await brain.close();
  return output.tests;
}

const sum = (body: string): string => `exports.add = (a, b) => ${body};\n`;
const test1 = (name: string, check: string): string =>
  `const { test } = require("node:test");\nconst assert = require("node:assert");\nconst { add } = require("./sum.js");\ntest("${name}", () => assert.strictEqual(${check}));\n`;

/** Commits on the branch that the next run of the tester makes, as a developer would. */
async function change(files: {
  readonly [path: string]: string;
}): Promise<{ work: TesterInput["work"]; change: Change }> {
  const git = (...args: string[]): string => execFileSync("git", args, { cwd: repo, encoding: "utf8" }).trim();
  const base = git("rev-parse", "HEAD");
  const branch = `brainops/change-${runs}`;
  git("checkout", "-q", "-b", branch);
  const commit = await commitFiles(repo, files, "Change");
  git("update-ref", `refs/brainops/base/${branch}`, base);
  git("checkout", "-q", "main");
  const made = { branch, base, commit, commits: 1, files: Object.keys(files), summary: "Changed", record: "" };
  return { work: { branch, base }, change: made };
}

describe("a change is proven", () => {
  beforeEach(() => makeRepository(repo, { "sum.js": sum("a - b"), "zero.test.js": test1("zero", "add(0, 0), 0") }));

  test("by a new test that fails on the old code; lines that no test runs are named", async () => {
    const given = await change({
      "sum.js": "exports.add = (a, b) => {\n  if (a > 1000) {\n    return 1000;\n  }\n  return a + b;\n};\n",
      "sum.test.js": test1("adds", "add(1, 1), 2"),
    });
    const report = await run(given);
    expect(report).toMatchObject({
      passed: true,
      proof: { proven: true, how: "The tests in sum.test.js fail on the old code, and pass with the change." },
    });
    expect(report.coverage).toEqual({ lines: 8, covered: 7, missed: [{ file: "sum.js", lines: [3] }] });
    // The worktree is as the commit has it.
    expect(
      await readFile(join(dir, "home/worktrees", given.work?.branch.replace("/", "-") ?? "", "sum.js"), "utf8"),
    ).toContain("a + b");
  });

  test("not by a test that passes on the old code too, and says what to do", async () => {
    const report = await run(await change({ "sum.js": sum("a + b"), "sum.test.js": test1("adds", "add(0, 0), 0") }));
    expect(report).toMatchObject({ passed: false, exitCode: 0, proof: { proven: false } });
    expect(report.failures).toMatchObject([
      { name: "a test that fails without the change", message: expect.stringContaining("pass on the old code too") },
    ]);
  });

  test("not by nothing at all: whoever changes nothing has not reached a goal", async () => {
    const { work, change: made } = await change({ "README.md": "words\n" });
    execFileSync("git", ["update-ref", `refs/heads/${work?.branch}`, "main"], { cwd: repo });
    const none = { ...made, commit: made.base, commits: 0, files: [] };
    expect(await run({ work, change: none })).toMatchObject({
      passed: false,
      failures: [{ message: expect.stringContaining("Nothing was changed") }],
    });
  });

  test("not by nothing, unless nothing is asked for", async () => {
    const given = await change({ "sum.js": sum("a + b") });
    expect(await run(given)).toMatchObject({
      passed: false,
      proof: { proven: false, how: expect.stringContaining("Add a test") },
    });
    expect((await run(given, { proof: "off" })).passed).toBe(true);
    expect((await run(await change({ "README.md": "words\n" }))).passed).toBe(true);
  });

  test("by a test that failed before, but not when it was weakened to pass", async () => {
    await commitFiles(repo, { "sum.test.js": test1("adds", "add(1, 1), 2") }, "Show the bug");
    const before = await run();
    expect(before).toMatchObject({ passed: false, failures: [{ name: "adds" }] });
    const mended = await run({ ...(await change({ "sum.js": sum("a + b") })), tests: before });
    expect(mended.proof).toEqual({ proven: true, how: '"adds" failed before the change, and pass with it.' });
    const weakened = await run({ ...(await change({ "sum.test.js": test1("adds", "add(1, 1), 0") })), tests: before });
    expect(weakened).toMatchObject({ passed: false, proof: { proven: false } });
  });
});

test("a test that fails each time on the old code is a proof, though its history looks like chance; one that does not is none", async () => {
  const files = { "sum.js": sum("a - b"), "sum.test.js": test1("adds", "add(1, 1), 2") };
  await makeRepository(repo, files);
  // Broken and mended in turn on the trunk itself.
  for (let i = 0; i < 2; i++) {
    expect((await run()).passed).toBe(false);
    await commitFiles(repo, { "sum.js": `${sum("a + b")}// ${i}\n` }, "Mend it");
    expect((await run()).passed).toBe(true);
    await commitFiles(repo, { "sum.js": `${sum("a - b")}// ${i}\n` }, "Break it");
  }
  const before = await run();
  expect(before.failures).toMatchObject([{ name: "adds", flaky: true }]);
  const mended = await run({ ...(await change({ "sum.js": sum("a + b") })), tests: before });
  expect(mended).toMatchObject({
    passed: true,
    proof: { proven: true, how: '"adds" failed 3 times of 3 before the change, and not once in 3 with it.' },
  });

  // One that fails in the first run and the third, whatever the code.
  const odd =
    'const n = fs.existsSync("count") ? fs.readFileSync("count").length : 0;\nfs.appendFileSync("count", "x");\n';
  const chance = `const fs = require("node:fs");\n${odd}require("node:test").test("adds", () => { if (n === 0 || n === 2) throw new Error("bad day"); });\n`;
  await commitFiles(repo, { ".gitignore": "count\n", "sum.test.js": chance }, "By chance");
  const made = await change({ "sum.js": `${sum("a + b")}// no gain\n` });
  expect(await run({ ...made, tests: before })).toMatchObject({ passed: false, proof: { proven: false } });
});

describe("a test that fails by chance", () => {
  // Fails in every second and third run of four, which it counts in a file that git ignores and no cleaning takes.
  const moody = [
    'const { test } = require("node:test");',
    'const fs = require("node:fs");',
    'const n = fs.existsSync("count") ? Number(fs.readFileSync("count", "utf8")) : 0;',
    'fs.writeFileSync("count", String(n + 1));',
    'test("moody", () => { if (n % 4 === 1 || n % 4 === 2) throw new Error("bad day"); });',
    'test("broken", () => { if (fs.existsSync("bug.js")) throw new Error("a bug"); });',
    "",
  ].join("\n");
  const work = { branch: "brainops/same", base: "" };

  test("is known by its history and run again, but never beside one that is broken", async () => {
    await makeRepository(repo, { ".gitignore": "count\n", "moody.test.js": moody });
    expect((await run({ work })).passed).toBe(true);
    const again = await run({ work });
    expect(again).toMatchObject({ passed: true, failures: [] });
    const opened = await store.open();
    const found = await opened.records([again.record]);
    expect(found[0]?.record.text).toMatch(/passed when they were run again; by chance failed: moody$/);
    const failed = [{ name: "moody", file: "moody.test.js" }];
    expect(found[0]?.record.data["history"]).toMatchObject({ runs: [failed, failed, []] });
    // Two runs later it fails beside a bug: that is told at once, with what is chance marked.
    await run({ work });
    const { branch } = work;
    await commitFiles(repo, { "bug.js": "" }, "Break it");
    execFileSync("git", ["update-ref", `refs/heads/${branch}`, "main"], { cwd: repo });
    const broken = await run({ work });
    expect(broken.passed).toBe(false);
    expect(broken.failures.map(({ name, flaky }) => [name, flaky])).toEqual([
      ["moody", true],
      ["broken", undefined],
    ]);
  });

  test("fails all the same when it fails every time it is run again", async () => {
    await makeRepository(repo, { ".gitignore": "count\n", "moody.test.js": moody });
    await run({ work });
    const given = await run({ work }, { reruns: 1 });
    expect(given).toMatchObject({ passed: false, failures: [{ name: "moody", flaky: true }] });
  });
});

test("the likely tests go first, and when they fail the rest is spared", async () => {
  const others = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`t${i}.test.js`, `require("node:test").test("t${i}", () => {});\n`]),
  );
  await makeRepository(repo, { ...others, "sum.js": sum("a + b"), "math.test.js": test1("adds", "add(1, 1), 2") });
  const bad = await run(await change({ "sum.js": sum("a - b") }));
  expect(bad).toMatchObject({ passed: false, total: 1, command: ["node", "--test", "math.test.js"] });
  const good = await run(await change({ "sum.js": sum("b + a") }), { proof: "off" });
  expect(good).toMatchObject({ passed: true, total: 13, command: ["node", "--test"] });
});
