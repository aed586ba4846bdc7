import { mkdir, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BrainOpsError, isBrainOpsError } from "@brainops/core";
import { git, gitLine } from "./git.ts";

/** A worktree on its own branch. */
export interface Worktree {
  readonly branch: string;
  /** The commit the branch started from. */
  readonly base: string;
  /** The branch's newest commit. */
  readonly head: string;
}

// Where a branch began is kept as a ref of its own: a branch alone does not say it, and the repository moves on.
function baseRef(branch: string): string {
  return `refs/brainops/base/${branch}`;
}

async function find(repo: string, ref: string, signal?: AbortSignal): Promise<string | undefined> {
  const found = await git(repo, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`], {
    ok: [0, 1, 128],
    ...(signal === undefined ? {} : { signal }),
  });
  return found.exitCode === 0 ? found.stdout.trim() : undefined;
}

/**
 * Makes a worktree at `dir` on `branch`, or finds the one that is there. A new branch starts at `start` (default: the
 * repository's HEAD). Doing it again changes nothing, wherever the first time was cut off.
 *
 * Errors: `command_failed`; `invalid_input` when a branch has the name of the folder that ours is in.
 */
export async function ensureWorktree(
  repo: string,
  options: { readonly dir: string; readonly branch: string; readonly start?: string; readonly signal?: AbortSignal },
): Promise<Worktree> {
  const { branch, signal } = options;
  const dir = resolve(options.dir);
  const more = signal === undefined ? {} : { signal };
  let base = await find(repo, baseRef(branch), signal);
  if (base === undefined) {
    base = await gitLine(repo, ["rev-parse", "--verify", `${options.start ?? "HEAD"}^{commit}`], more);
    await git(repo, ["update-ref", baseRef(branch), base], more);
  }
  let head = await find(repo, `refs/heads/${branch}`, signal);
  if (head === undefined) {
    head = base;
    await refuseParent(repo, branch, signal);
    await git(repo, ["update-ref", `refs/heads/${branch}`, head, ""], more);
  }
  const at = await worktreeBranch(dir, signal);
  if (at !== `refs/heads/${branch}`) {
    await addWorktree(repo, dir, branch, more);
  }
  return { branch, base, head };
}

/** A branch whose name is a folder of another's cannot be beside it. Throws `invalid_input`. */
export async function refuseParent(repo: string, branch: string, signal?: AbortSignal): Promise<void> {
  const [parent = ""] = branch.split("/");
  if (parent === branch || (await find(repo, `refs/heads/${parent}`, signal)) === undefined) return;
  throw new BrainOpsError(
    "invalid_input",
    `There is a branch '${parent}', so git can make none below '${parent}/'. Rename it: git branch -m ${parent} ${parent}-old`,
    { details: { branch: parent } },
  );
}

async function addWorktree(
  repo: string,
  dir: string,
  branch: string,
  more: { readonly signal?: AbortSignal },
): Promise<void> {
  for (let left = 3; ; left--) {
    try {
      // Nothing there, or what a cut-off attempt left behind: a worktree of ours holds nothing that is not committed.
      await rm(dir, { recursive: true, force: true, maxRetries: 3 });
      await mkdir(dirname(dir), { recursive: true });
      await git(repo, ["worktree", "prune"], more);
      await git(repo, ["worktree", "add", "--force", dir, branch], more);
      return;
    } catch (error) {
      // The git of a killed process may still be writing there.
      if (left <= 1 || isBrainOpsError(error, "aborted")) throw error;
      await delay(200);
    }
  }
}

async function worktreeBranch(dir: string, signal?: AbortSignal): Promise<string | undefined> {
  try {
    const top = await gitLine(dir, ["rev-parse", "--show-toplevel"], signal === undefined ? {} : { signal });
    if (resolve(top) !== dir) return undefined;
    return await gitLine(dir, ["symbolic-ref", "HEAD"], signal === undefined ? {} : { signal });
  } catch {
    return undefined;
  }
}

/** Puts a worktree's files exactly at its branch's newest commit. What is ignored (installed packages) stays. */
export async function cleanWorktree(dir: string, signal?: AbortSignal): Promise<string> {
  const more = signal === undefined ? {} : { signal };
  try {
    await git(dir, ["reset", "--hard", "--quiet"], more);
  } catch (error) {
    // The worktree is ours alone, so a lock that outlived git's waiting was left by a killed process.
    if (!isBrainOpsError(error, "command_failed") || !error.message.includes("index.lock")) throw error;
    await rm(resolve(dir, await gitLine(dir, ["rev-parse", "--git-path", "index.lock"], more)), { force: true });
    await git(dir, ["reset", "--hard", "--quiet"], more);
  }
  await git(dir, ["clean", "-ffdq"], more);
  return gitLine(dir, ["rev-parse", "HEAD"], more);
}

/** Removes a worktree; its branch and commits stay. */
export async function removeWorktree(repo: string, dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  await git(repo, ["worktree", "prune"]);
}
