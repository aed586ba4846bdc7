import { resolve } from "node:path";
import { BrainOpsError, node, type Node, type NodeContext } from "@brainops/core";
import { z } from "zod";
import { changedFiles } from "../git/edits.ts";
import { gitLine } from "../git/git.ts";
import { listFiles } from "../git/tree.ts";
import { arrows, remembered } from "../memory.ts";
import {
  changeSchema,
  planSchema,
  testReportSchema,
  workSchema,
  type Change,
  type Plan,
  type Proof,
  type TestReport,
  type Work,
} from "../state.ts";
import { findTestCommand } from "../tests/find-tests.ts";
import { flakyTests, type PastRun } from "../tests/history.ts";
import type { ReadFailure } from "../tests/outcome.ts";
import { testsNaming } from "../tests/naming.ts";
import { forFiles, isTestFile, likelyFirst } from "../tests/order.ts";
import { prove } from "./prove.ts";
import { historyOf, pastRun, pastRuns, recordFailures, recordFix } from "../tests/records.ts";
import { runTests, type Ran } from "../tests/run-tests.ts";
import { clip, clipStart } from "../text.ts";
import { checkOut, repositoryName, type CheckedOut, type WorkspaceOptions } from "../workspace.ts";

/** What {@link tester} needs to know. */
export interface TesterOptions extends WorkspaceOptions {
  /** The test command. Default: found by looking at the repository. */
  readonly test?: readonly string[];
  /** Milliseconds for one run of the tests. Default 120,000. */
  readonly timeoutMs?: number;
  /** How often tests are run again when all that failed is known to be flaky. Default 2. */
  readonly reruns?: number;
  /** Whether a change must be shown to do something, by a test that fails without it. Default `required`. */
  readonly proof?: "required" | "off";
}

/** What the tester takes from the state. */
export interface TesterInput {
  /** The branch to test; `null`: a new one from the repository's HEAD. */
  readonly work: Work | null;
  /** What was changed; its proof and coverage are looked for. */
  readonly change: Change | null;
  /** The report before this one. */
  readonly tests: TestReport | null;
  /** Its checks are run once the tests of the change pass. */
  readonly plan?: Plan | null | undefined;
}

/** What the tester puts into the state. */
export interface TesterOutput {
  /** What the tests said. */
  readonly tests: TestReport;
  /** The branch that was tested. */
  readonly work: Work;
}

/**
 * Runs the repository's own tests in the worktree and reads what they say; the exit code decides. After a change, the
 * files that will most likely fail go first, and when they do the rest is spared. Tests that fail by chance, which their
 * history tells, are run again. A change counts only when a test fails without it and passes with it, and when the checks
 * of its plan hold. Records each failure
 * as an error with its fingerprint, and links it to the change once it is gone.
 *
 * Errors: `not_found` when the repository has no tests that could be found; `command_failed` when they cannot be started.
 *
 * @example
 * ```ts
 * import { tester } from "@brainops/nodes";
 * const node = tester({ repo: "./shop", home: "./shop-home", test: ["npm", "test"] });
 * ```
 */
export function tester(options: TesterOptions): Node<"tester", TesterInput, TesterOutput> {
  return node({
    name: "tester",
    version: "2",
    description: "Runs the repository's own tests",
    input: z.object({
      work: workSchema.nullable(),
      change: changeSchema.nullable(),
      tests: testReportSchema.nullable(),
      plan: planSchema.nullable().optional(),
    }),
    output: z.object({ tests: testReportSchema, work: workSchema }),
    run: async ({ work: given, change, tests: before, plan = null }, ctx) => {
      const at = await checkOut(ctx, options, given);
      const found = await lookAtTests(ctx, options, at, change);
      const { name } = found;
      const past = await pastRuns(ctx, name);
      const { ran, command, runs } = await untilSure(ctx, options, at, found, past, change);
      const flaky = flakyTests([...past, ...runs]);
      ctx.note(ran.sandbox);
      await remembered(ctx, `tests ${name}`, ["error", "solution"], 3);
      // A change that nothing is known of by git was made elsewhere, and is for others to prove.
      const own = change !== null && (found.changed.length > 0 || change.files.length === 0);
      const proof =
        ran.passed && found.prove && own
          ? await prove(ctx, options, at, { ...found, before: before?.failures ?? [], flaky })
          : undefined;
      const unmet = ran.passed && change !== null ? await unmetChecks(ctx, options, at, plan) : [];
      const failures = await recordFailures(
        ctx,
        name,
        [...(proof?.proven === false ? [unproven(proof)] : ran.failures), ...unmet],
        flaky,
      );
      const { limit, coverage, ...said } = ran;
      const seen: Omit<TestReport, "record"> = {
        ...said,
        passed: ran.passed && proof?.proven !== false && unmet.length === 0,
        failed: Math.max(ran.failed, failures.length),
        command,
        commit: at.head,
        failures,
        ...(proof === undefined ? {} : { proof }),
        ...(coverage === null ? {} : { coverage }),
      };
      const { tags, history } = historyOf(name, runs);
      const record = ctx.remember({
        kind: "experience",
        text: clip(`The tests of ${name} at ${at.head.slice(0, 12)} ${verdict(seen, limit, runs)}`, 2_000),
        data: {
          command,
          commit: at.head,
          passed: seen.passed,
          total: seen.total,
          failed: seen.failed,
          history,
        },
        tags,
        trust: "test",
        importance: seen.passed ? 0.3 : 0.5,
        links: [
          ...arrows(
            "about",
            failures.map((failure) => failure.record),
          ),
          ...arrows("derived-from", [change?.record], "the change that was tested"),
        ],
      });
      const tests: TestReport = { ...seen, record };
      if (change !== null && before !== null) recordFix(ctx, change, before, tests);
      return { tests, work: { branch: at.branch, base: at.base } };
    },
  });
}

function verdict(seen: Omit<TestReport, "record">, limit: Ran["limit"], runs: readonly PastRun[]): string {
  if (seen.timedOut) return "took too long";
  if (limit !== null) return `were ended: too ${limit === "memory" ? "much memory" : "many processes"}`;
  if (!seen.passed) return `failed: ${seen.failures.map((failure) => failure.name).join("; ")}`;
  const by = new Set(runs.flatMap((run) => run.failed.map((test) => test.name)));
  return by.size === 0 ? "passed" : `passed when they were run again; by chance failed: ${[...by].join("; ")}`;
}

interface Found {
  readonly command: readonly string[];
  readonly name: string;
  /** Id of the commit's tree: the same code has the same. */
  readonly code: string;
  /** The same of what the change was made from. */
  readonly base?: string;
  readonly changed: readonly string[];
  readonly reruns: number;
  readonly prove: boolean;
}

function lookAtTests(ctx: NodeContext, options: TesterOptions, at: CheckedOut, change: Change | null): Promise<Found> {
  return ctx.effect({
    name: "tests.find",
    class: "pure",
    input: { head: at.head },
    run: async () => {
      const repo = resolve(options.repo);
      const command = options.test ?? (await findTestCommand(repo, at.head));
      if (command === undefined || command.length === 0) {
        throw new BrainOpsError(
          "not_found",
          'No tests were found in the repository. Give the test command, such as --test "npm test".',
        );
      }
      const code = await gitLine(repo, ["rev-parse", `${at.head}^{tree}`]);
      const changed = change === null ? [] : [...(await changedFiles(repo, at.base, at.head))].slice(0, 200);
      const base = change === null ? {} : { base: await gitLine(repo, ["rev-parse", `${at.base}^{tree}`]) };
      const { reruns = 2, proof = "required" } = options;
      return {
        command: [...command],
        name: repositoryName(options),
        code,
        ...base,
        changed,
        reruns,
        prove: proof === "required",
      };
    },
  });
}

/** Test files that are run first, at most; where there are not many more, that would spare nothing. */
const firstFiles = 5;

function firstLook(
  ctx: NodeContext,
  options: TesterOptions,
  at: CheckedOut,
  { changed }: Found,
  past: readonly PastRun[],
): Promise<string[]> {
  return ctx.effect({
    name: "tests.order",
    class: "pure",
    input: { head: at.head },
    run: async () => {
      const { files } = await listFiles(resolve(options.repo), at.head, "", 20_000);
      const tests = files.filter(isTestFile);
      if (tests.length <= 2 * firstFiles) return [];
      const naming = await testsNaming(resolve(options.repo), at.head, tests, changed);
      const likely = likelyFirst(tests, past, changed, naming).filter(({ score }) => score > 0);
      return likely.slice(0, firstFiles).map(({ file }) => file);
    },
  });
}

/** Runs the likely files, then all, and again while only what is flaky fails. */
async function untilSure(
  ctx: NodeContext,
  options: TesterOptions,
  at: CheckedOut,
  found: Found,
  past: readonly PastRun[],
  change: Change | null,
): Promise<{ readonly ran: Ran; readonly command: readonly string[]; readonly runs: readonly PastRun[] }> {
  const { command, reruns } = found;
  const known = flakyTests(past);
  const first = change === null ? [] : await firstLook(ctx, options, at, found, past);
  const few = first.length === 0 ? undefined : forFiles(command, first);
  if (few !== undefined) {
    const ran = await runTests(ctx, options, at, { command: few, round: 1 });
    // A part of the tests is no history: what was not run did not pass.
    if (!ran.passed && !allFlaky(ran, known)) return { ran, command: few, runs: [] };
  }
  const runs: PastRun[] = [];
  for (let round = 1; ; round++) {
    const cover = change === null ? {} : { coverSince: at.base };
    const ran = await runTests(ctx, options, at, { command, round, ...cover });
    const complete = !ran.timedOut && ran.limit === null;
    if (complete) runs.push(pastRun(found, ran.failures));
    const again = complete && !ran.passed && round <= reruns;
    if (!again || !allFlaky(ran, flakyTests([...past, ...runs]))) return { ran, command, runs };
  }
}

function allFlaky(ran: Ran, flaky: ReadonlySet<string>): boolean {
  return ran.failures.length > 0 && ran.failures.every(({ name }) => flaky.has(name));
}

/** Runs the checks of the plan that have a command of their own, and says which do not hold. */
async function unmetChecks(
  ctx: NodeContext,
  options: TesterOptions,
  at: CheckedOut,
  plan: Plan | null,
): Promise<readonly ReadFailure[]> {
  const unmet: ReadFailure[] = [];
  for (const { id, title, check, command } of plan?.tasks ?? []) {
    if (command.length === 0) continue;
    const ran = await runTests(ctx, options, at, { command, round: 1 });
    if (ran.passed) continue;
    const said = clipStart(ran.output, 1_000);
    unmet.push({
      name: `the check of task ${id}, ${title}`,
      message: `${check}: ${command.join(" ")} failed: ${said}`,
    });
  }
  return unmet;
}

/** Name of the failure that stands for a missing proof. */
const proofName = "a test that fails without the change";

function unproven(proof: Proof): { readonly name: string; readonly message: string } {
  return { name: proofName, message: proof.how };
}
