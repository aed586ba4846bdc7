import { basename } from "node:path/posix";
import { git, nulSeparated } from "../git/git.ts";

/** So many changed files are looked for. */
const most = 50;

/**
 * Of some files in a git tree, those that name a changed file, such as in an import: by its base name without ending.
 *
 * @example
 * ```ts
 * import { testsNaming } from "@brainops/nodes";
 * const naming = await testsNaming("./shop", "HEAD", ["test/price.test.js"], ["src/price.js"]);
 * ```
 */
export async function testsNaming(
  repo: string,
  tree: string,
  tests: readonly string[],
  changed: readonly string[],
): Promise<ReadonlySet<string>> {
  // A short name such as `a` stands in every file.
  const stems = [...new Set(changed.map((path) => basename(path).replace(/\.[a-z]+$/i, "")))].filter(
    (stem) => stem.length > 2 && stem !== "index",
  );
  if (stems.length === 0 || tests.length === 0) return new Set();
  const patterns = stems.slice(0, most).flatMap((stem) => ["-e", stem]);
  const { stdout } = await git(repo, ["grep", "-I", "-l", "-w", "-F", "-z", "--full-name", ...patterns, tree], {
    ok: [0, 1],
  });
  const found = new Set(nulSeparated(stdout).map((path) => path.slice(tree.length + 1)));
  return new Set(tests.filter((test) => found.has(test)));
}
