import { resolve } from "node:path";
import { BrainOpsError, node, type Node, type NodeContext } from "@brainops/core";
import { fingerprint } from "@brainops/core/healing";
import { z } from "zod";
import { endLeftover, runCommand } from "../command/run-command.ts";
import { sandboxFor, sandboxWords } from "../command/sandbox/options.ts";
import { cleanWorktree } from "../git/worktree.ts";
import { arrows, remembered } from "../memory.ts";
import {
  changeSchema,
  testReportSchema,
  workSchema,
  type Change,
  type TestFailure,
  type TestReport,
  type Work,
} from "../state.ts";
import { findTestCommand } from "../tests/find-tests.ts";
import type { ReadFailure } from "../tests/outcome.ts";
import { plain, readOutcome } from "../tests/read-outcome.ts";
import { clip, clipStart } from "../text.ts";
import {
  checkOut,
  leaseFile,
  repositoryName,
  worktreeDir,
  type CheckedOut,
  type WorkspaceOptions,
} from "../workspace.ts";

/** What {@link tester} needs to know. */
export interface TesterOptions extends WorkspaceOptions {
  /** The test command. Default: found by looking at the repository. */
  readonly test?: readonly string[];
  /** Milliseconds for one run of the tests. Default 120,000. */
  readonly timeoutMs?: number;
}

/** What the tester takes from the state. */
export interface TesterInput {
  readonly work: Work | null;
  readonly change: Change | null;
  /** The report before this one. */
  readonly tests: TestReport | null;
}

/** What the tester puts into the state. */
export interface TesterOutput {
  readonly tests: TestReport;
  readonly work: Work;
}

/**
 * Runs the repository's own tests in the worktree and reads what they say; the exit code decides. Records each failure
 * as an error with its fingerprint, and links it to the change once it is gone.
 *
 * Errors: `not_found` when the repository has no tests that could be found; `command_failed` when they cannot be started.
 */
export function tester(options: TesterOptions): Node<"tester", TesterInput, TesterOutput> {
  return node({
    name: "tester",
    description: "Runs the repository's own tests",
    input: z.object({
      work: workSchema.nullable(),
      change: changeSchema.nullable(),
      tests: testReportSchema.nullable(),
    }),
    output: z.object({ tests: testReportSchema, work: workSchema }),
    run: async ({ work: given, change, tests: before }, ctx) => {
      const at = await checkOut(ctx, options, given);
      const { command, name } = await testCommand(ctx, options, at.head);
      const { limit, ...ran } = await runTests(ctx, options, at, command);
      ctx.note(ran.sandbox);
      await remembered(ctx, `tests ${name}`, ["error", "solution"], 3);
      const failures = await recordFailures(ctx, name, ran.failures);
      const verdict = ran.timedOut
        ? "took too long"
        : limit !== null
          ? `were ended: too ${limit === "memory" ? "much memory" : "many processes"}`
          : ran.passed
            ? "passed"
            : `failed: ${failures.map((failure) => failure.name).join("; ")}`;
      const record = ctx.remember({
        kind: "experience",
        text: clip(`The tests of ${name} at ${at.head.slice(0, 12)} ${verdict}`, 2_000),
        data: { command, commit: at.head, passed: ran.passed, total: ran.total, failed: ran.failed },
        tags: ["tester"],
        trust: "test",
        importance: ran.passed ? 0.3 : 0.5,
        links: [
          ...arrows(
            "about",
            failures.map((failure) => failure.record),
          ),
          ...arrows("derived-from", [change?.record], "the change that was tested"),
        ],
      });
      const tests: TestReport = { ...ran, command, commit: at.head, failures, record };
      if (change !== null && before !== null) recordFix(ctx, change, before, tests);
      return { tests, work: { branch: at.branch, base: at.base } };
    },
  });
}

function testCommand(
  ctx: NodeContext,
  options: TesterOptions,
  head: string,
): Promise<{ readonly command: readonly string[]; readonly name: string }> {
  return ctx.effect({
    name: "tests.find",
    class: "pure",
    input: { head },
    run: async () => {
      const command = options.test ?? (await findTestCommand(resolve(options.repo), head));
      if (command === undefined || command.length === 0) {
        throw new BrainOpsError(
          "not_found",
          'No tests were found in the repository. Give the test command, such as --test "npm test".',
        );
      }
      return { command: [...command], name: repositoryName(options) };
    },
  });
}

interface Ran {
  readonly passed: boolean;
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly limit: "memory" | "processes" | null;
  readonly sandbox: string;
  readonly total: number;
  readonly failed: number;
  readonly failures: readonly ReadFailure[];
  readonly output: string;
}

function runTests(ctx: NodeContext, options: TesterOptions, at: CheckedOut, command: readonly string[]): Promise<Ran> {
  return ctx.effect({
    name: "command.run",
    class: "idempotent",
    input: { command, commit: at.head },
    run: async ({ signal }) => {
      const dir = worktreeDir(options, at.branch);
      const lease = leaseFile(options, at.branch);
      // Before the cleaning: tests that outlived a killed process would go on writing.
      endLeftover(lease);
      await cleanWorktree(dir, signal);
      const result = await runCommand(command, {
        cwd: dir,
        timeoutMs: options.timeoutMs ?? 120_000,
        signal,
        lease,
        sandbox: sandboxFor(options.sandbox, "test"),
      });
      const passed = result.exitCode === 0 && !result.timedOut && result.limit === null;
      const ended =
        result.limit === null ? "" : `\nEnded: too ${result.limit === "memory" ? "much memory" : "many processes"}`;
      const text = plain(`${result.stdout}\n${result.stderr}${ended}`)
        .replaceAll(`file://${dir}/`, "")
        .replaceAll(`${dir}/`, "");
      const read = readOutcome(command, passed, text);
      return {
        passed,
        exitCode: result.exitCode,
        timedOut: result.timedOut,
        limit: result.limit,
        sandbox: result.sandbox === null ? "Commands ran without a sandbox: it is off" : sandboxWords(result.sandbox),
        total: read.total,
        failed: read.failed,
        failures: read.failures.map((failure) => ({ ...failure })),
        output: clipStart(text.trim(), 6_000),
      };
    },
  });
}

/** Failures beyond these are counted, but not remembered one by one. */
const most = 10;

async function recordFailures(
  ctx: NodeContext,
  name: string,
  failures: readonly ReadFailure[],
): Promise<readonly TestFailure[]> {
  const records = new Map<string, string>();
  const recorded: TestFailure[] = [];
  for (const { name: test, message, stack } of failures.slice(0, most)) {
    const text = `${test}: ${message}`;
    const print = fingerprint({ source: "error", subject: name, text, ...(stack === undefined ? {} : { stack }) });
    let record = records.get(print);
    if (record === undefined) {
      const [known] = await ctx.recall({ text: "", kinds: ["error"], fingerprint: print, limit: 1 });
      record =
        known?.record.id ??
        ctx.remember({
          kind: "error",
          text: clip(`Test failed: ${text}`, 4_000),
          fingerprint: print,
          data: { subject: name, test: clip(test, 300), ...(stack === undefined ? {} : { stack: clip(stack, 2_000) }) },
          tags: ["tests"],
          trust: "outside",
        });
      records.set(print, record);
    }
    ctx.count(record, "tries");
    recorded.push({ name: test, message: clip(message, 1_000), fingerprint: print, record });
  }
  return recorded;
}

/** Failures of the report before that are gone now were solved by the change between. */
function recordFix(ctx: NodeContext, change: Change, before: TestReport, now: TestReport): void {
  // A run that broke off says nothing about the tests it did not reach.
  if (!now.passed && (now.timedOut || now.total < before.total)) return;
  const failing = new Set(now.failures.map((failure) => failure.name));
  const fixed = before.failures.filter((failure) => !failing.has(failure.name));
  if (fixed.length === 0) return;
  const solution = ctx.remember({
    kind: "solution",
    // What helped comes first: a prompt may show the beginning only.
    text: clip(
      `${change.summary}\nThat solved: ${fixed.map((failure) => `${failure.name}: ${failure.message}`).join("\n")}`,
      4_000,
    ),
    data: { commit: now.commit, branch: change.branch, files: change.files.slice(0, 50) },
    tags: ["tests"],
    trust: "test",
    importance: 0.7,
    links: arrows("derived-from", [change.record], "the change that made the tests pass"),
  });
  ctx.count(solution, "tries");
  ctx.count(solution, "successes");
  for (const { record } of fixed) if (record !== "") ctx.link({ from: record, to: solution, type: "solved-by" });
}
