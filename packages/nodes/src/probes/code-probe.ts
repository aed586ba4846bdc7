import { resolve } from "node:path";
import { z } from "zod";
import { programExists } from "../command/sandbox/programs.ts";
import { gitLine, git } from "../git/git.ts";
import { ensureWorktree } from "../git/worktree.ts";
import { keepInMemory, type Keep } from "../keep.ts";
import { releases } from "../service/releases.ts";
import { findChecks } from "../tests/find-checks.ts";
import { findTestCommand } from "../tests/find-tests.ts";
import { testOnce, type RunTestsOptions } from "../tests/run-tests.ts";
import { codeOf, setUp, worktreeDir, type CheckedOut } from "../workspace.ts";
import { timed, type Probe } from "./probe.ts";

/** What {@link codeProbe} needs to know. */
export interface CodeProbeOptions extends RunTestsOptions {
  /** The test command. Default: found by looking at the repository; without any, the code counts as well. */
  readonly test?: readonly string[];
  /** Type checks and linters, run once the tests pass. Default: found by looking at the repository. */
  readonly checks?: readonly (readonly string[])[] | "off";
}

/** The worktree's branch. It is moved along with what is looked at. */
const branch = "brainops/watch";

/** A test that fails must fail so often on a commit before it is believed; then it is not run there again. */
const believed = 2;

const seenSchema = z.object({ commit: z.string(), ok: z.boolean(), detail: z.string(), times: z.int() });
type Seen = z.output<typeof seenSchema>;

/**
 * Well when the tests and checks of a repository's newest commit pass: of its HEAD, or of the current release where that has
 * all of HEAD and more, such as what mended it. They are run in a worktree, once for each commit; what failed is run once
 * more before it is believed.
 *
 * @example
 * ```ts
 * import { codeProbe } from "@brainops/nodes";
 * const probe = codeProbe({ repo: "./shop", home: "./shop-home" });
 * ```
 */
export function codeProbe(options: CodeProbeOptions): Probe {
  const folders = releases({ repo: resolve(options.repo), home: resolve(options.home) });
  const own = keepInMemory();
  const probe: Probe = {
    name: "tests",
    kind: "command",
    subject: codeOf(options),
    check: async (signal, keep = own) => {
      let revision: string | undefined;
      const seen = await timed("tests", async () => {
        const commit = await newest(resolve(options.repo), await folders.current(), signal);
        revision = commit;
        const before = await seenBefore(keep);
        const known = before?.commit === commit ? before : undefined;
        if (known !== undefined && (known.ok || known.times >= believed)) return [known.ok, known.detail];
        const { ok, detail } = await look(options, commit, signal);
        const seen: Seen = { commit, ok, detail, times: (known?.times ?? 0) + 1 };
        await keep.put("seen", seen);
        return [ok, detail];
      });
      return revision === undefined ? seen : { ...seen, revision };
    },
  };
  return probe;
}

async function seenBefore(keep: Keep): Promise<Seen | undefined> {
  return seenSchema.safeParse((await keep.get("seen"))?.value).data;
}

/** HEAD, or the release where HEAD is an ancestor of it. */
async function newest(repo: string, release: string | null, signal: AbortSignal): Promise<string> {
  const head = await gitLine(repo, ["rev-parse", "--verify", "HEAD^{commit}"], { signal });
  if (release === null) return head;
  const { exitCode } = await git(repo, ["merge-base", "--is-ancestor", head, release], { ok: [0, 1, 128], signal });
  return exitCode === 0 ? gitLine(repo, ["rev-parse", "--verify", `${release}^{commit}`], { signal }) : head;
}

async function look(
  options: CodeProbeOptions,
  commit: string,
  signal: AbortSignal,
): Promise<{ readonly ok: boolean; readonly detail: string }> {
  const repo = resolve(options.repo);
  const dir = worktreeDir(options, branch);
  const test = options.test ?? (await findTestCommand(repo, commit));
  if (test === undefined) return { ok: true, detail: "there are no tests" };
  const { base } = await ensureWorktree(repo, { dir, branch, start: commit, signal });
  await git(dir, ["reset", "--hard", "--quiet", commit], { signal });
  await setUp(options, dir, branch, signal);
  const at: CheckedOut = { branch, base, head: commit };
  const checks = options.checks === "off" ? [] : (options.checks ?? (await findChecks(repo, commit)));
  for (const command of [test, ...checks.filter((each) => programExists(each, dir))]) {
    const ran = await testOnce(options, at, { command, round: 1 }, signal);
    if (ran.passed) continue;
    const failures = ran.failures.slice(0, 5).map(({ name, message }) => `${name}: ${message}`);
    const count = command === test ? `${ran.failed} of ${Math.max(ran.total, ran.failed)} tests failed` : "it failed";
    return { ok: false, detail: `${command.join(" ")}: ${count}. ${failures.join("\n")}` };
  }
  return { ok: true, detail: "all tests pass" };
}
