import { stat } from "node:fs/promises";
import { BrainOpsError } from "@brainops/core";
import { git, gitLine } from "./git.ts";
import { refuseParent } from "./worktree.ts";

/** A repository that can be worked on. */
export interface Repository {
  /** Its top folder. */
  readonly root: string;
  /** The commit that is checked out. */
  readonly head: string;
}

/**
 * Looks whether the workforce can work on a repository, and changes nothing.
 *
 * Errors: `invalid_input` when the folder does not exist, is no git repository or a bare one, has no commit, has a branch
 * `brainops` (ours are `brainops/…`), or has changes that are not committed (work starts from the last commit, so they would
 * be missing in it).
 *
 * @example
 * ```ts
 * import { checkRepository } from "@brainops/nodes";
 * const repository = await checkRepository("./shop");
 * ```
 */
export async function checkRepository(path: string): Promise<Repository> {
  const folder = await stat(path).catch(() => undefined);
  if (!folder?.isDirectory()) {
    throw new BrainOpsError("invalid_input", `There is no folder ${path}. Give the path of a git repository.`);
  }
  let root: string;
  try {
    root = await gitLine(path, ["rev-parse", "--show-toplevel"]);
  } catch (cause) {
    const { stdout } = await git(path, ["rev-parse", "--is-bare-repository"], { ok: [0, 128] });
    if (stdout.trim() === "true")
      throw new BrainOpsError(
        "invalid_input",
        `${path} is a bare repository, without files to work on. Clone it, and give the clone.`,
        { cause },
      );
    throw new BrainOpsError(
      "invalid_input",
      `${path} is not in a git repository. Run \`git init\` there and commit, or give another folder.`,
      { cause },
    );
  }
  const { exitCode, stdout: head } = await git(root, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], {
    ok: [0, 1, 128],
  });
  if (exitCode !== 0) {
    throw new BrainOpsError("invalid_input", `The repository ${root} has no commit yet. Commit what there is first.`);
  }
  await refuseParent(root, "brainops/run");
  const { stdout: changes } = await git(root, ["status", "--porcelain", "-z"]);
  if (changes !== "") {
    const count = changes.split("\0").length - 1;
    throw new BrainOpsError(
      "invalid_input",
      `The repository ${root} has changes that are not committed (${count}). Commit or remove them first: work starts from the last commit.`,
      { details: { changes: count } },
    );
  }
  return { root, head: head.trim() };
}
