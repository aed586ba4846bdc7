import { BrainOpsError } from "@brainops/core";
import { git, gitLine } from "./git.ts";
import { cleanWorktree } from "./worktree.ts";

/** What to commit. */
export interface CommitRequest {
  readonly branch: string;
  readonly parent: string;
  readonly tree: string;
  readonly message: string;
  /** When, in milliseconds since 1970: the same request gives the same commit. */
  readonly at: number;
}

const who = "BrainOps Developer";
const address = "developer@brainops.invalid";

/**
 * Commits a tree onto a branch and puts the worktree there. The same request always gives the same commit id, so doing
 * it again after a crash finds it done.
 *
 * Errors: `conflict` when somebody else moved the branch; `invalid_input` for an empty message.
 */
export async function commitTree(dir: string, request: CommitRequest): Promise<string> {
  const message = request.message.trim().toWellFormed().replaceAll("\0", "");
  if (message === "")
    throw new BrainOpsError("invalid_input", "The commit message is empty. Say what was changed and why.");
  const date = `@${Math.floor(request.at / 1000)} +0000`;
  const env = {
    GIT_AUTHOR_NAME: who,
    GIT_AUTHOR_EMAIL: address,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: who,
    GIT_COMMITTER_EMAIL: address,
    GIT_COMMITTER_DATE: date,
  };
  const commit = await gitLine(dir, ["commit-tree", request.tree, "-p", request.parent, "-F", "-"], {
    env,
    input: `${message}\n`,
  });
  const ref = `refs/heads/${request.branch}`;
  const head = await gitLine(dir, ["rev-parse", "--verify", ref]);
  if (head !== commit) {
    if (head !== request.parent) {
      throw new BrainOpsError(
        "conflict",
        `The branch ${request.branch} was moved to ${head} by somebody else; expected ${request.parent}.`,
      );
    }
    await git(dir, ["update-ref", ref, commit, request.parent]);
  }
  await cleanWorktree(dir);
  return commit;
}

/** How many commits a branch has over its base. */
export async function commitCount(repo: string, base: string, head: string): Promise<number> {
  return Number(await gitLine(repo, ["rev-list", "--count", `${base}..${head}`]));
}
