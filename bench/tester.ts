// A generated suite with flaky and really broken tests, run for real over many commits.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createBrain, END, graph, START, type Brain } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import {
  changeSchema,
  flakiness,
  flakyFrom,
  likelyFirst,
  tester,
  testReportSchema,
  testsNaming,
  workSchema,
  type PastRun,
} from "@brainops/nodes";
import { z } from "zod";
import type { ScenarioOptions } from "../scripts/door.ts";
import { randomFrom, type Random } from "./lib/random.ts";
import { report, type Report } from "./lib/report.ts";

interface Suite {
  readonly files: number;
  readonly commits: number;
  readonly runs: number;
  readonly random: Random;
}

/** How one generated test behaves: by chance, with a rate; or by the code of its module. */
interface Generated {
  readonly name: string;
  readonly file: string;
  readonly module: string;
  readonly rate: number;
}

/** Its options. */
export const help: string = `  --tests N    tests of the generated suite (default 80)
  --commits N  commits that it goes through (default 12)
  --runs N     times that it is run (default 60)
  --seed N     another suite (default 1)`;

/** Runs the scenario. */
export async function run(options: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({
    args: [...options.args],
    options: {
      tests: { type: "string" },
      commits: { type: "string" },
      runs: { type: "string" },
      seed: { type: "string" },
    },
  });
  const out = report("tester", options);
  const seed = Number(values.seed ?? 1);
  await measure(out, {
    files: Number(values.tests ?? 80) / 4,
    commits: Number(values.commits ?? 12),
    runs: Number(values.runs ?? 5),
    random: randomFrom(seed),
  });
}

/** Rates of failing by chance, from now and then to every other time. */
const rates = [0.05, 0.1, 0.2, 0.3, 0.5] as const;

async function measure(out: Report, suite: Suite): Promise<void> {
  const { random } = suite;
  const dir = mkdtempSync(join(tmpdir(), "brainops-bench-"));
  const repo = join(dir, "suite");
  try {
    const tests = generate(repo, suite);
    const node = tester({ repo, home: join(dir, "home"), sandbox: "off", reruns: 0, proof: "off" });
    const check = graph({
      name: "check",
      state: z.object({
        work: workSchema.nullable().default(null),
        change: changeSchema.nullable().default(null),
        tests: testReportSchema.nullable().default(null),
      }),
    })
      .node(node)
      .edge(START, "tester")
      .edge("tester", END)
      .build();
    const brain = await createBrain({ store: memoryStore(), graphs: [check] });
    const broken = new Set<string>();
    const positions: { readonly ours: number; readonly usual: number }[] = [];
    for (let commit = 0; commit < suite.commits; commit++) {
      const changed = commit === 0 ? [] : change(repo, tests, broken, random);
      const past = await history(brain);
      for (let i = 0; i < suite.runs; i++) {
        const result = await brain.run(check, {});
        if (result.status !== "completed") throw new Error(`The tester ended as ${result.status}.`);
      }
      const now = (await history(brain)).slice(past.length);
      const flaky = new Set(tests.filter((test) => test.rate > 0).map(({ name }) => name));
      const failing = new Set(
        now
          .flatMap((seen) => seen.failed)
          .filter(({ name }) => !flaky.has(name))
          .map(({ file }) => file),
      );
      const files = [...new Set(tests.map(({ file }) => file))].toSorted();
      const first = (order: readonly string[]): number => 1 + order.findIndex((file) => failing.has(file));
      if (failing.size > 0) {
        const naming = await testsNaming(repo, "HEAD", files, changed);
        const ours = likelyFirst(files, past, changed, naming).map(({ file }) => file);
        positions.push({ ours: first(ours), usual: first(files) });
      }
    }
    told(out, suite, tests, await history(brain), positions);
    await brain.close();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** What the tester remembers, oldest first. */
async function history(brain: Brain): Promise<readonly PastRun[]> {
  const shape = z.object({
    history: z.object({
      code: z.string(),
      changed: z.array(z.string()),
      runs: z.array(z.array(z.object({ name: z.string(), file: z.string().nullable() }))),
    }),
  });
  const hits = await brain.recall({ text: "", kinds: ["experience"], tags: ["tests:suite"], limit: 1_000 });
  return hits.toReversed().flatMap(({ record }) => {
    const { code, changed, runs } = shape.parse(record.data).history;
    return runs.map((failed) => ({ code, changed, failed }));
  });
}

function told(
  out: Report,
  suite: Suite,
  tests: readonly Generated[],
  past: readonly PastRun[],
  positions: readonly { readonly ours: number; readonly usual: number }[],
): void {
  const called = tests.filter(({ name }) => flakiness(name, past) >= flakyFrom);
  const flaky = tests.filter(({ rate }) => rate > 0);
  const right = called.filter(({ rate }) => rate > 0);
  // One that never failed in all its runs cannot be known by anybody.
  const failedOnce = flaky.filter(({ name }) => past.some((seen) => seen.failed.some((test) => test.name === name)));
  for (const rate of rates) {
    const of = flaky.filter((test) => test.rate === rate);
    out.row({ kind: "rate", rate, tests: of.length, called: right.filter((test) => test.rate === rate).length });
  }
  const mean = (which: "ours" | "usual"): number =>
    Number((positions.reduce((sum, each) => sum + each[which], 0) / Math.max(1, positions.length)).toFixed(2));
  out.row({
    kind: "flaky",
    tests: tests.length,
    flaky: flaky.length,
    flaky_that_failed_once: failedOnce.length,
    really_broken: tests.filter(
      (test) => test.rate === 0 && past.some((seen) => seen.failed.some(({ name }) => name === test.name)),
    ).length,
    runs: past.length,
    commits: suite.commits,
    precision: Number((right.length / Math.max(1, called.length)).toFixed(3)),
    recall: Number((right.length / flaky.length).toFixed(3)),
    recall_of_those_that_failed: Number((right.length / Math.max(1, failedOnce.length)).toFixed(3)),
  });
  out.row({
    kind: "order",
    files: suite.files,
    commits_with_a_failure: positions.length,
    mean_position_of_first_failure: mean("ours"),
    mean_position_in_the_usual_order: mean("usual"),
  });
}

/** Writes a suite: modules, and for each a file of four tests, some of which fail by chance. */
function generate(repo: string, { files, random }: Suite): Generated[] {
  mkdirSync(repo, { recursive: true });
  execFileSync("git", ["init", "-q", "-b", "main"], { cwd: repo });
  const tests: Generated[] = [];
  let next = 0;
  for (let i = 0; i < files; i++) {
    const module = `part${i}.js`;
    const file = `check${(i * 7) % files}-${i}.test.js`;
    const lines = [
      'const { test } = require("node:test");',
      'const assert = require("node:assert");',
      `const { value } = require("./${module}");`,
    ];
    for (let k = 0; k < 4; k++) {
      // A quarter of all tests, with rates in turn.
      const rate = random.next() < 0.25 ? (rates[next++ % rates.length] ?? 0) : 0;
      const name = `${module} ${k}`;
      tests.push({ name, file, module, rate });
      const check =
        rate > 0 ? `assert.ok(Math.random() >= ${rate}, "by chance")` : `assert.strictEqual(value(${k}), ${k})`;
      lines.push(`test("${name}", () => ${check});`);
    }
    writeFileSync(join(repo, file), `${lines.join("\n")}\n`);
    writeFileSync(join(repo, module), codeOf(-1, 0));
  }
  commitAll(repo, "Begin");
  return tests;
}

const codeOf = (bug: number, version: number): string =>
  `// ${version}\nexports.value = (k) => ${bug === -1 ? "k" : `(k === ${bug} ? -1 : k)`};\n`;

/** Changes one to three modules: some break, some that are broken are mended. Gives the files. */
function change(repo: string, tests: readonly Generated[], broken: Set<string>, random: Random): readonly string[] {
  const modules = [...new Set(tests.map(({ module }) => module))];
  const changed = new Set<string>();
  for (const module of broken) if (random.next() < 0.5) changed.add(module);
  for (let i = 0; i < 1 + random.below(3); i++) changed.add(random.pick(modules as [string, ...string[]]));
  for (const module of changed) {
    const breaks = !broken.has(module) && random.next() < 0.4;
    const steady = tests.filter((test) => test.module === module && test.rate === 0);
    const victim = steady[random.below(Math.max(1, steady.length))];
    const bug = breaks && victim !== undefined ? Number(victim.name.split(" ")[1]) : -1;
    if (bug === -1) broken.delete(module);
    else broken.add(module);
    writeFileSync(join(repo, module), codeOf(bug, random.below(1e9)));
  }
  commitAll(repo, "Change");
  return [...changed];
}

function commitAll(repo: string, message: string): void {
  const who = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"];
  execFileSync("git", ["add", "-A"], { cwd: repo });
  execFileSync("git", [...who, "commit", "-q", "-m", message], { cwd: repo });
}
