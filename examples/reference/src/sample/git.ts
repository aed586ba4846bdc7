import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

// What a person has set up for themselves (signing, hooks, templates) must neither break nor slow the sample.
const settings = [
  "user.name=BrainOps",
  "user.email=brainops@localhost",
  "commit.gpgsign=false",
  "core.hooksPath=/dev/null",
  "core.autocrlf=false",
  "init.defaultBranch=main",
].flatMap((setting) => ["-c", setting]);

/** Runs git in a folder and returns what it says. Throws git's own error. */
export async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run("git", [...settings, ...args], { cwd: folder, maxBuffer: 16 * 1024 * 1024 });
  return stdout.trimEnd();
}
