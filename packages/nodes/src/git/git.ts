import { setTimeout as delay } from "node:timers/promises";
import { BrainOpsError } from "@brainops/core";
import { runCommand, type CommandResult } from "../command/run-command.ts";

/** What a git command may bring along. */
export interface GitOptions {
  readonly input?: string;
  readonly signal?: AbortSignal;
  readonly env?: { readonly [name: string]: string };
  /** Exit codes that are answers rather than errors. Default: 0 only. */
  readonly ok?: readonly number[];
  /** Most bytes of output. Default 16,000,000; more is an error, never a cut answer. */
  readonly maxOutput?: number;
}

/** What git answered. */
export interface GitResult {
  readonly exitCode: number;
  readonly stdout: string;
}

// No hooks, no signing, no editors, no prompts, no pagers, no rewriting of line ends, and nothing of the user's or
// the machine's configuration: the same command gives the same objects everywhere.
const settings = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.autocrlf=false",
  "core.quotePath=false",
  "commit.gpgSign=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "protocol.allow=never",
  "submodule.recurse=false",
  "safe.directory=*",
  "advice.detachedHead=false",
  // What Git LFS keeps elsewhere is not fetched: its pointers stay what they are, whether or not it is installed.
  "filter.lfs.smudge=cat",
  "filter.lfs.clean=cat",
  "filter.lfs.process=",
  "filter.lfs.required=false",
].flatMap((setting) => ["-c", setting]);

const environment = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_PAGER: "cat",
  GIT_EDITOR: "true",
  GIT_ATTR_NOSYSTEM: "1",
  LC_ALL: "C",
};

/**
 * Runs git in a folder.
 *
 * Errors: `command_failed` with git's own words, `aborted`.
 */
export async function git(cwd: string, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  let result = await once(cwd, args, options);
  // Another git may hold a lock for a moment, such as one that outlived a killed process of ours.
  for (let wait = 50; wait < 1_000 && result.exitCode !== 0 && lockHeld.test(result.stderr); wait *= 2) {
    await delay(wait);
    result = await once(cwd, args, options);
  }
  const { exitCode } = result;
  if (exitCode === null || !(options.ok ?? [0]).includes(exitCode)) {
    const said =
      result.stderr.trim() || result.stdout.trim() || (result.timedOut ? "it took longer than a minute" : "no message");
    throw new BrainOpsError("command_failed", `git ${args[0] ?? ""} failed: ${said.slice(0, 2_000)}`, {
      details: { program: "git", exitCode },
    });
  }
  if (result.truncated) {
    throw new BrainOpsError("command_failed", `git ${args[0] ?? ""} answered with more than can be taken in.`, {
      details: { program: "git", cut: true },
    });
  }
  return { exitCode, stdout: result.stdout };
}

const lockHeld = /\.lock': File exists|cannot lock ref/;

function once(cwd: string, args: readonly string[], options: GitOptions): Promise<CommandResult> {
  return runCommand(["git", ...settings, ...args], {
    cwd,
    env: { ...environment, ...options.env },
    timeoutMs: 60_000,
    maxOutput: options.maxOutput ?? 16_000_000,
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

/** The one line that git answered, such as an object's id. */
export async function gitLine(cwd: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  return (await git(cwd, args, options)).stdout.trim();
}

/** Splits an answer given with `-z`. */
export function nulSeparated(text: string): string[] {
  return text.split("\0").filter((part) => part !== "");
}
