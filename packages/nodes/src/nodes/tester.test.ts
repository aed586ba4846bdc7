import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { memoryStore } from "@brainops/core/testing";
import { tester, type TestReport, type TesterInput, type TesterOptions } from "@brainops/nodes";
import { withSetting } from "../command/sandbox/processes.ts";
import { runNode } from "../test-support/run-node.ts";
import { commitFiles, makeRepository } from "../test-support/shop.ts";

let dir = "";
let repo = "";
let store = memoryStore();
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "brainops-tester-"));
  repo = join(dir, "repo");
  store = memoryStore();
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function run(more: Partial<TesterOptions> = {}, input: Partial<TesterInput> = {}): Promise<TestReport> {
  const node = tester({ repo, home: join(dir, "home"), ...more });
  const { output, brain } = await runNode(node, { work: null, change: null, tests: null, ...input }, { store });
  await brain.close();
  return output.tests;
}

function nodeTest(body: string): { readonly [path: string]: string } {
  return { "a.test.js": `const { test } = require("node:test");\nconst assert = require("node:assert");\n${body}\n` };
}

describe("the tester", () => {
  test("finds and runs the tests, and remembers a failure once", async () => {
    await makeRepository(repo, nodeTest('test("adds", () => assert.strictEqual(1 + 1, 3));\ntest("fine", () => {});'));
    const first = await run();
    expect(first).toMatchObject({
      passed: false,
      command: ["node", "--test"],
      exitCode: 1,
      total: 2,
      failed: 1,
      failures: [{ name: "adds" }],
    });
    expect(first.failures[0]?.message).toContain("2 !== 3");
    // Folders of this machine are nobody's business.
    expect(first.output).not.toContain(dir);
    // Moved down a line, it is still the same failure.
    await commitFiles(
      repo,
      nodeTest('\n\ntest("fine", () => {});\ntest("adds", () => assert.strictEqual(1 + 1, 3));'),
      "Move",
    );
    const second = await run();
    expect(second.failures[0]?.fingerprint).toBe(first.failures[0]?.fingerprint);
    expect(second.failures[0]?.record).toBe(first.failures[0]?.record);
    const opened = await store.open();
    expect(await opened.records([first.failures[0]?.record ?? ""])).toMatchObject([
      { record: { kind: "error", trust: "outside" }, counters: { tries: 2 } },
    ]);
  });

  test("reads the report that the run wrote where it says nothing itself, and none of an earlier run", async () => {
    const xml =
      '<testsuite><testcase name="fine"/><testcase name="adds"><failure message="2 is not 3"/></testcase></testsuite>';
    const report = `mkdir -p reports\necho '${xml}' > reports/junit.xml\n`;
    // Ignored by git, so that it stays where it is between two runs.
    await makeRepository(repo, { "t.sh": `${report}exit 1\n`, ".gitignore": "reports\n" });
    const test = ["sh", "t.sh"];
    const work = { branch: "brainops/reports", base: "" };
    expect(await run({ test }, { work })).toMatchObject({
      total: 2,
      failed: 1,
      failures: [{ name: "adds", message: "2 is not 3" }],
    });
    await commitFiles(repo, { "t.sh": "echo out of order >&2\nexit 1\n" }, "Break it");
    execFileSync("git", ["update-ref", `refs/heads/${work.branch}`, "main"], { cwd: repo });
    expect((await run({ test }, { work })).failures).toMatchObject([{ name: "sh t.sh", message: "out of order" }]);
  });

  test("links a failure to the change that solved it", async () => {
    await makeRepository(repo, nodeTest('test("adds", () => assert.strictEqual(1 + 1, 3));'));
    const before = await run();
    await commitFiles(repo, nodeTest('test("adds", () => assert.strictEqual(1 + 1, 2));'), "Mend");
    const opened = await store.open();
    const change = {
      branch: "b",
      base: before.commit,
      commit: "c",
      commits: 1,
      files: ["a.test.js"],
      summary: "Mended",
      record: before.record,
    };
    const after = await run({}, { tests: before, change });
    expect(after.passed).toBe(true);
    const links = await opened.links(before.failures[0]?.record ?? "", { types: ["solved-by"] });
    expect(links).toHaveLength(1);
    expect(await opened.records([links[0]?.to ?? ""])).toMatchObject([
      { record: { kind: "solution", trust: "test" }, counters: { tries: 1, successes: 1 } },
    ]);
  });

  test("runs the checks of the plan once the tests pass, and each that does not hold is a failure", async () => {
    await makeRepository(repo, nodeTest('test("fine", () => {});'));
    const { commit, record } = await run();
    await commitFiles(repo, { "greet.js": 'console.log("Hello");\n', "a.md": "Greets.\n" }, "Greet");
    const change = {
      branch: "b",
      base: commit,
      commit: "c",
      commits: 1,
      files: ["greet.js"],
      summary: "Greet",
      record,
    };
    const task = { title: "Greet", detail: "", files: [], after: [], risk: "low" as const, minutes: 1 };
    const says = (text: string): string[] => [
      "sh",
      "-c",
      `node greet.js | grep -q ${text} || { echo no ${text}; exit 1; }`,
    ];
    const plan = {
      summary: "Greet",
      tasks: [
        { ...task, id: "1", check: "it says Hello", command: says("Hello") },
        { ...task, id: "2", check: "it says World", command: says("World") },
        { ...task, id: "3", check: "it looks nice", command: [] },
      ],
      at: 0,
      estimate: { thoughtMs: 1, likelyMs: 1, atMostMs: 1, from: 0 },
      record,
    };
    const unmet = await run({ proof: "off" }, { change, plan });
    expect(unmet).toMatchObject({ passed: false, failed: 1, exitCode: 0 });
    expect(unmet.failures).toMatchObject([
      {
        name: "the check of task 2, Greet",
        message: expect.stringMatching(/^it says World: sh -c .* failed: [\s\S]*no World/),
        record: expect.stringMatching(/./),
      },
    ]);
    await commitFiles(repo, { "greet.js": 'console.log("Hello World");\n' }, "Greet all");
    expect(await run({ proof: "off" }, { change, plan, tests: unmet })).toMatchObject({ passed: true, failed: 0 });
    // Where the tests fail, nothing else needs to be asked.
    await commitFiles(repo, nodeTest('test("fine", () => assert.fail("no"));'), "Break");
    expect((await run({ proof: "off" }, { change, plan })).failures.map(({ name }) => name)).toEqual(["fine"]);
  });

  test("uses the test script of package.json, or the command given", async () => {
    await makeRepository(repo, {
      "package.json": JSON.stringify({ scripts: { test: "node check.js" } }),
      "check.js": "process.exit(0);\n",
    });
    expect(await run()).toMatchObject({ passed: true, command: ["npm", "--silent", "test"], total: 0 });
    expect(await run({ test: ["node", "-e", "process.exit(7)"] })).toMatchObject({
      passed: false,
      exitCode: 7,
      failed: 1,
    });
  });

  test("says when there are no tests, or they cannot be started", async () => {
    await makeRepository(repo, { "README.md": "none\n" });
    await expect(run()).rejects.toMatchObject({ code: "not_found", message: expect.stringContaining("test command") });
    await expect(run({ test: ["no-such-program-here"] })).rejects.toMatchObject({ code: "command_failed" });
  });

  test("ends tests that never end, with what they started, and bounds what they say", async () => {
    const body = `
      const { spawn } = require("node:child_process");
      spawn("sleep", ["1000"], { detached: true, env: { ...process.env, MINE: process.argv[2] } });
      process.stdout.write("x".repeat(10_000_000));
      setInterval(() => {}, 1000);`;
    await makeRepository(repo, { "endless.js": body });
    const report = await run({ test: ["node", "endless.js", dir], timeoutMs: 1_500 });
    expect(report).toMatchObject({ passed: false, timedOut: true, exitCode: null });
    expect(report.output.length).toBeLessThanOrEqual(6_000);
    await expect.poll(() => withSetting(`MINE=${dir}`)).toEqual([]);
  });

  test("ends tests that fork without end, and says so", async () => {
    await makeRepository(repo, { "bomb.sh": "while :; do sleep 100 & done\n" });
    const report = await run({ test: ["sh", "bomb.sh"], sandbox: { processes: 40 } });
    expect(report).toMatchObject({ passed: false, timedOut: false });
    expect(report.output).toContain("Ended: too many processes");
    expect(report.sandbox).toMatch(/^Commands ran (in|without) a/);
  });

  test("refuses to run without the sandbox that is required", async () => {
    await makeRepository(repo, { "a.sh": "touch ran\n" });
    const sandbox = { mode: "required", bubblewrap: "no-such-bubblewrap" } as const;
    await expect(run({ test: ["sh", "a.sh"], sandbox })).rejects.toMatchObject({ code: "unsupported" });
  });

  test("sees the commit alone, not what an earlier run of the tests left", async () => {
    await makeRepository(repo, {
      "leave.js":
        "const fs = require('node:fs');\nif (fs.existsSync('left.txt')) process.exit(1);\nfs.writeFileSync('left.txt', 'x');\n",
    });
    const work = { branch: "brainops/same", base: "" };
    expect(await run({ test: ["node", "leave.js"] }, { work })).toMatchObject({ passed: true });
    expect(existsSync(join(dir, "home/worktrees/brainops-same/left.txt"))).toBe(true);
    expect(await run({ test: ["node", "leave.js"] }, { work })).toMatchObject({ passed: true });
  });

  test("takes any run's id into the name of a branch", async () => {
    await makeRepository(repo, { "a.js": "" });
    const node = tester({ repo, home: join(dir, "home"), test: ["node", "a.js"] });
    const names = new Set<string>();
    for (const id of ["plain-1", "a b", "a..b", "ä~^:", "-x", "x.lock"]) {
      const { output, brain } = await runNode(node, { work: null, change: null, tests: null }, { id });
      await brain.close();
      names.add(output.work.branch);
    }
    expect(names.size).toBe(6);
    expect([...names][0]).toBe("brainops/plain-1");
  });
});
