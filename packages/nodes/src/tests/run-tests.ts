import { realpath, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { NodeContext } from "@brainops/core";
import { endLeftover, runCommand, type CommandResult } from "../command/run-command.ts";
import { sandboxFor, sandboxWords } from "../command/sandbox/options.ts";
import { git } from "../git/git.ts";
import { cleanWorktree } from "../git/worktree.ts";
import type { Coverage } from "../state.ts";
import { clipStart } from "../text.ts";
import { leaseFile, worktreeDir, type CheckedOut, type WorkspaceOptions } from "../workspace.ts";
import { changedLines, coverageOf, readLcov, readV8 } from "./coverage.ts";
import type { ReadFailure } from "./outcome.ts";
import { restoreOld } from "./proof.ts";
import { plain } from "./plain.ts";
import { readPlain } from "./plain-file.ts";
import { readOutcome } from "./read-outcome.ts";
import { reportFiles } from "./report-files.ts";

/** What {@link runTests} needs to know. */
export interface RunTestsOptions extends WorkspaceOptions {
  /** Milliseconds until they are killed. Default 120,000. */
  readonly timeoutMs?: number;
}

/** One run of the tests. */
export interface TestRun {
  readonly command: readonly string[];
  /** Counted from 1: runs of the same command on the same commit are told apart by it. */
  readonly round: number;
  /** Measure how much of what changed since this commit is run. */
  readonly coverSince?: string;
  /** Put everything but these files back to a commit first: new tests on old code. */
  readonly oldCode?: { readonly base: string; readonly keep: readonly string[] };
}

/** What one run of the tests showed. */
export interface Ran {
  readonly passed: boolean;
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly limit: "memory" | "processes" | null;
  readonly sandbox: string;
  readonly total: number;
  readonly failed: number;
  readonly failures: readonly ReadFailure[];
  readonly output: string;
  readonly coverage: Coverage | null;
}

/** Folder in the worktree into which Node writes what it ran. Cleaned away with whatever else tests leave. */
const coverageFolder = ".brainops-coverage";

/** Runs the tests in the worktree, as the commit has it, and reads what they say. The exit code decides. */
export function runTests(ctx: NodeContext, options: RunTestsOptions, at: CheckedOut, run: TestRun): Promise<Ran> {
  const { command, round, oldCode } = run;
  return ctx.effect({
    name: "command.run",
    class: "idempotent",
    input: { command, commit: at.head, round, ...(oldCode === undefined ? {} : { oldCode: oldCode.base }) },
    run: async ({ signal }) => {
      const { failures, coverage, ...ran } = await testOnce(options, at, run, signal);
      // As plain JSON, which an interface does not say.
      return {
        ...ran,
        failures: failures.map((failure) => ({ ...failure })),
        coverage: coverage === null ? null : { ...coverage, missed: coverage.missed.map((each) => ({ ...each })) },
      };
    },
  });
}

/** The same outside of a run. One at a time on a branch. */
export async function testOnce(
  options: RunTestsOptions,
  at: CheckedOut,
  { command, coverSince, oldCode }: TestRun,
  signal: AbortSignal,
): Promise<Ran> {
  const dir = worktreeDir(options, at.branch);
  const lease = leaseFile(options, at.branch);
  // Before the cleaning: tests that outlived a killed process would go on writing.
  endLeftover(lease);
  await cleanWorktree(dir, signal);
  if (oldCode !== undefined) await restoreOld(dir, at.head, oldCode.base, oldCode.keep, signal);
  // Tools that are written for Node write much about themselves; only what runs the code directly is asked.
  const v8 = coverSince !== undefined && ["node", "mocha"].includes(basename(command[0] ?? ""));
  const began = Date.now();
  const result = await runCommand(command, {
    cwd: dir,
    timeoutMs: options.timeoutMs ?? 120_000,
    signal,
    lease,
    sandbox: sandboxFor(options.sandbox, "test"),
    ...(v8 ? { env: { NODE_V8_COVERAGE: join(await realpath(dir), coverageFolder) } } : {}),
  });
  const passed = result.exitCode === 0 && !result.timedOut && result.limit === null;
  const coverage = passed && coverSince !== undefined ? await measure(dir, coverSince, at.head) : null;
  if (v8) await rm(join(dir, coverageFolder), { recursive: true, force: true });
  // The clock of a file system may be a little behind.
  const reports = await reportFiles(dir, began - 20);
  if (oldCode !== undefined) await cleanWorktree(dir, signal);
  return { ...told(command, passed, result, dir, reports), coverage };
}

function told(
  command: readonly string[],
  passed: boolean,
  result: CommandResult,
  dir: string,
  reports: readonly string[],
): Omit<Ran, "coverage"> {
  const { limit, timedOut, exitCode, sandbox } = result;
  const ended = limit === null ? "" : `\nEnded: too ${limit === "memory" ? "much memory" : "many processes"}`;
  const within = (text: string): string => text.replaceAll(`file://${dir}/`, "").replaceAll(`${dir}/`, "");
  const text = within(plain(`${result.stdout}\n${result.stderr}${ended}`));
  const read = readOutcome(command, passed, text, reports.map(within));
  return {
    passed,
    exitCode,
    timedOut,
    limit,
    sandbox: sandbox === null ? "Commands ran without a sandbox: it is off" : sandboxWords(sandbox),
    total: read.total,
    failed: read.failed,
    failures: read.failures,
    output: clipStart(text.trim(), 6_000),
  };
}

async function measure(dir: string, base: string, head: string): Promise<Coverage | null> {
  const root = await realpath(dir);
  const covered = new Map(await readV8(join(root, coverageFolder), root));
  const lcov = (await readPlain(join(root, "coverage/lcov.info"), root)) ?? "";
  for (const [file, known] of readLcov(lcov, root)) covered.set(file, known);
  if (covered.size === 0) return null;
  const args = ["-U0", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color"];
  const { stdout } = await git(dir, ["diff-tree", "-p", "-r", ...args, base, head]);
  return coverageOf(changedLines(stdout), covered);
}
