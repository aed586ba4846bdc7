import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { BrainOpsError, type NodeContext } from "@brainops/core";
import { runCommand } from "./command/run-command.ts";
import { sandboxFor, type Sandbox } from "./command/sandbox/options.ts";
import { ensureWorktree } from "./git/worktree.ts";
import { readIfThere, writeAtomic } from "./service/files.ts";
import type { Work } from "./state.ts";
import { clipStart } from "./text.ts";

/** Where work is done: a repository, and a folder beside it for worktrees. */
export interface WorkspaceOptions {
  /** The git repository. Its own working copy is never touched. */
  readonly repo: string;
  /** Folder for worktrees and what else is made; made when missing. Must lie outside of the repository. */
  readonly home: string;
  /** Run once in a new worktree, such as `["npm", "ci"]`. Default: nothing. */
  readonly setup?: readonly string[];
  /** How tests and set-up are kept in. Default `preferred`: bubblewrap where the machine has it. */
  readonly sandbox?: Sandbox;
}

/** A branch checked out in a worktree. */
export interface CheckedOut extends Work {
  /** The branch's newest commit. */
  readonly head: string;
}

/** Folder of a branch's worktree. */
export function worktreeDir(options: WorkspaceOptions, branch: string): string {
  return join(resolve(options.home), "worktrees", slug(branch));
}

/** File that holds the id of the process that runs a branch's commands. */
export function leaseFile(options: WorkspaceOptions, branch: string): string {
  return join(resolve(options.home), "run", `${slug(branch)}.command`);
}

/** What a fault of the code itself is about: the service may bear the repository's name. */
export function codeOf(options: WorkspaceOptions): string {
  return `code of ${repositoryName(options)}`;
}

/** Name of the repository, for people. */
export function repositoryName(options: WorkspaceOptions): string {
  return basename(resolve(options.repo)) || "repository";
}

/** The worktree of a run: the one the state names, or a new one on a branch named after the run. */
export function checkOut(ctx: NodeContext, options: WorkspaceOptions, work: Work | null): Promise<CheckedOut> {
  const branch = work?.branch ?? `brainops/${refName(ctx.run)}`;
  return ctx.effect({
    name: "git.worktree",
    class: "idempotent",
    input: { branch },
    run: async ({ signal }) => {
      const dir = worktreeDir(options, branch);
      const { base, head } = await ensureWorktree(resolve(options.repo), { dir, branch, signal });
      await setUp(options, dir, branch, signal);
      return { branch, base, head };
    },
  });
}

/** Runs the set-up command in a branch's worktree, once. */
export async function setUp(
  options: WorkspaceOptions,
  dir: string,
  branch: string,
  signal: AbortSignal,
): Promise<void> {
  const { setup } = options;
  if (setup === undefined) return;
  const done = join(resolve(options.home), "run", `${slug(branch)}.setup`);
  if ((await readIfThere(done)) !== undefined) return;
  const lease = leaseFile(options, branch);
  const sandbox = sandboxFor(options.sandbox, "setup");
  const result = await runCommand(setup, { cwd: dir, timeoutMs: 300_000, signal, lease, sandbox });
  if (result.exitCode !== 0) {
    const said = clipStart((result.stderr || result.stdout).trim(), 1_000);
    throw new BrainOpsError("command_failed", `The set-up command ${setup.join(" ")} failed: ${said}`);
  }
  await writeAtomic(done, "");
}

/** A run's id as part of a branch's name: git takes less than a run's id may hold. */
function refName(run: string): string {
  if (/^\w[\w-]*$/.test(run)) return run;
  const hash = createHash("sha256").update(run).digest("hex").slice(0, 8);
  return `${run.replaceAll(/[^\w-]+/g, "-").slice(0, 50)}-${hash}`.replace(/^-+/, "");
}

function slug(branch: string): string {
  return branch.replaceAll(/[^\w.-]+/g, "-");
}
