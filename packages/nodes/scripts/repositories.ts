// Sends the workforce through every fixture repository whose tools this machine has: npm run repositories [-- --json]
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createBrain } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { goalOutcome, programExists, workforce, type WorkforceOptions } from "@brainops/nodes";
import { mender } from "../src/test-support/mender.ts";

interface Way {
  readonly name: string;
  readonly program: string;
  readonly goal?: string;
  readonly options?: Partial<WorkforceOptions>;
}

const modules = dirname(dirname(createRequire(import.meta.url).resolve("vitest/package.json")));

const ways: readonly Way[] = [
  { name: "node-test", program: "node" },
  {
    name: "vitest",
    program: "node",
    options: {
      test: ["node", "node_modules/vitest/vitest.mjs", "run"],
      setup: ["ln", "-s", modules, "node_modules"],
      sandbox: { readable: [modules] },
    },
  },
  {
    name: "tap",
    program: "node",
    goal: "The median of [10, 9, 1] must be 9, but it is 10",
    options: { test: ["node", "test/run.mjs"] },
  },
  { name: "junit", program: "node", options: { test: ["node", "check.mjs"] } },
  { name: "command", program: "sh", options: { test: ["sh", "check.sh"] } },
  { name: "mocha", program: "mocha", options: { test: ["mocha"] } },
  { name: "unittest", program: "python3", options: { test: ["python3", "-m", "unittest", "-v"] } },
  { name: "pytest", program: "pytest" },
  { name: "go", program: "go" },
  {
    name: "cargo",
    program: "cargo",
    // Where rustup installed it, `cargo` looks for the compiler in the home folder, which commands do not have.
    options: {
      test: ["env", `RUSTUP_HOME=${join(homedir(), ".rustup")}`, "cargo", "test", "--offline"],
      sandbox: { readable: [join(homedir(), ".rustup")] },
    },
  },
];

if (process.argv.some((word) => word === "--help" || word === "-h")) {
  console.log(`npm run repositories -- [--json]

Drives a scripted model through small repositories in several test frameworks, from the bug to the mended commit; those
whose programs are not installed are left out.

  --json  one JSON line for each repository, and nothing else`);
  process.exit(0);
}
const json = process.argv.includes("--json");
for (const { name, program, goal = "Make the tests pass", options = {} } of ways) {
  if (!programExists([program], "/")) {
    tell({ repository: name, outcome: `left out: there is no ${program} here` });
    continue;
  }
  const dir = mkdtempSync(join(tmpdir(), "brainops-repositories-"));
  const repo = join(dir, name);
  cpSync(join(import.meta.dirname, "../fixtures/repos", name), repo, { recursive: true });
  for (const args of [
    ["init", "-q", "-b", "main"],
    ["add", "-A"],
    ["-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "-q", "-m", "First"],
  ])
    execFileSync("git", args, { cwd: repo });
  const crew = workforce({ repo, home: join(dir, "home"), ...options });
  const brain = await createBrain({ store: memoryStore(), model: mender(), plugins: [crew] });
  try {
    const started = performance.now();
    const run = await brain.run(crew.goal, { goal });
    const ms = Math.round(performance.now() - started);
    if (run.status !== "completed") {
      const why = run.status === "failed" ? run.error.message : run.status;
      tell({ repository: name, outcome: `failed: ${why}`, ms });
      process.exitCode = 1;
      continue;
    }
    const { state } = run;
    const outcome = goalOutcome(state);
    const { equal } = await brain.replay({ run: run.id });
    const proof = state.tests?.proof?.how ?? null;
    tell({
      repository: name,
      outcome,
      rounds: state.rounds,
      tests: state.tests?.total ?? 0,
      proof,
      replays: equal,
      ms,
    });
    if (outcome !== "done" || !equal) process.exitCode = 1;
  } finally {
    await brain.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function tell(row: { readonly [key: string]: string | number | boolean | null }): void {
  console.log(
    json
      ? JSON.stringify(row)
      : Object.entries(row)
          .map(([key, value]) => `${key} ${value}`)
          .join("  "),
  );
}
