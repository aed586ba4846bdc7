import { lstatSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Remembers a worktree's `.git` file, and gives what puts it back. That file says where git looks for its settings, and
 * settings name programs: without a sandbox, a command could have git run one for it later.
 */
export function keepGitFile(cwd: string): () => void {
  const file = join(cwd, ".git");
  const before = linkText(file);
  return () => {
    if (before === undefined || linkText(file) === before) return;
    rmSync(file, { recursive: true, force: true });
    writeFileSync(file, before);
  };
}

/** The text of a plain file; `undefined` for a folder, a link, or nothing. */
function linkText(file: string): string | undefined {
  try {
    return lstatSync(file).isFile() ? readFileSync(file, "utf8") : undefined;
  } catch {
    return undefined;
  }
}
