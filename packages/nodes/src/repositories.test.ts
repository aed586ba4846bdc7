import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createBrain, stateOf, type Brain } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { goalOutcome, workforce, type GoalState, type WorkforceOptions } from "@brainops/nodes";
import { mender } from "./test-support/mender.ts";

let dir = "";
let brain: Brain | undefined;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "brainops-repositories-"));
});
afterEach(async () => {
  await brain?.close();
  await rm(dir, { recursive: true, force: true });
});

const modules = dirname(dirname(createRequire(import.meta.url).resolve("vitest/package.json")));

async function reach(name: string, goal: string, options: Partial<WorkforceOptions> = {}): Promise<GoalState> {
  const repo = join(dir, name);
  cpSync(join(import.meta.dirname, "../fixtures/repos", name), repo, { recursive: true });
  const git = (...args: string[]): string => execFileSync("git", args, { cwd: repo, encoding: "utf8" });
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "-q", "-m", "First");
  const crew = workforce({ repo, home: join(dir, "home"), ...options });
  brain = await createBrain({ store: memoryStore(), model: mender(), plugins: [crew] });
  const run = await brain.run(crew.goal, { goal });
  const state = stateOf(run);
  expect(await brain.replay({ run: run.id })).toMatchObject({ equal: true });
  expect(git("status", "--porcelain")).toBe("");
  return state;
}

const linked: Partial<WorkforceOptions> = {
  test: ["node", "node_modules/vitest/vitest.mjs", "run"],
  setup: ["ln", "-s", modules, "node_modules"],
  sandbox: { readable: [modules] },
};

test.each([
  ["node-test", {}, "pages > count the last one that is not full"],
  ["vitest", linked, "src/slug.test.js > slug > puts a dash for every space"],
  ["junit", { test: ["node", "check.mjs"] }, "price > tells the rate"],
  ["command", { test: ["sh", "check.sh"] }, "sh check.sh"],
] as const)("%s: the bug is found, mended, proven and released", async (name, options, failing) => {
  const state = await reach(name, "Make the tests pass", options);
  expect(goalOutcome(state)).toBe("done");
  expect(state).toMatchObject({ rounds: 1, change: { commits: 1 }, release: { ok: true } });
  expect(state.tests).toMatchObject({ passed: true, proof: { proven: true } });
  expect(state.tests?.proof?.how).toContain(`"${failing}"`);
});

test("tap: where no test shows the bug, one is demanded, and it fails on the old code", async () => {
  const goal = "The median of [10, 9, 1] must be 9, but it is 10";
  const state = await reach("tap", goal, { test: ["node", "test/run.mjs"] });
  expect(goalOutcome(state)).toBe("done");
  expect(state).toMatchObject({ rounds: 2, change: { commits: 2, files: ["median.mjs", "test/cases.json"] } });
  expect(state.tests).toMatchObject({
    passed: true,
    total: 3,
    proof: { proven: true, how: "The tests in test/cases.json fail on the old code, and pass with the change." },
  });
});
