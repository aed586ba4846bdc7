import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { BrainOpsError } from "@brainops/core";
import { bounded } from "./bounded.ts";
import { environmentHolds } from "./process-alive.ts";
import { keepGitFile } from "./sandbox/keep-git.ts";
import type { SandboxReport, SandboxSettings } from "./sandbox/options.ts";
import { prepare, type Prepared } from "./sandbox/prepare.ts";
import { family, withSetting } from "./sandbox/processes.ts";
import { watchLimits } from "./sandbox/watch.ts";
import { temporaryFolder } from "./temporary.ts";

/** What to run, and within which bounds. */
export interface CommandOptions {
  /** Folder that it runs in. */
  readonly cwd: string;
  /**
   * Added to the environment, which holds `PATH`, a temporary `HOME`, `LANG`, `CI` and `NO_COLOR`, and nothing else.
   * Default: nothing.
   */
  readonly env?: { readonly [name: string]: string };
  /** Milliseconds until the whole process group is killed. Default 120,000. */
  readonly timeoutMs?: number;
  /** Most bytes kept of each of stdout and stderr: the first and the last of them. Default 1,000,000. */
  readonly maxOutput?: number;
  /** Written to its stdin. Default: nothing. */
  readonly input?: string;
  /** Kills the whole process group. Default: nothing does. */
  readonly signal?: AbortSignal;
  /**
   * A file that holds the command's process id while it runs. What a killed process of ours left running under the
   * same lease is ended first, so that a resumed run never has two of it. Default: none.
   */
  readonly lease?: string;
  /** Keeps it in a sandbox. Default: none, for programs that are trusted, such as git. */
  readonly sandbox?: SandboxSettings;
}

/** How a command ended. */
export interface CommandResult {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  /** The signal that ended it, such as `SIGKILL`; `null` when it ended by itself. */
  readonly signal: string | null;
  /** Whether it was killed because its time was over. */
  readonly timedOut: boolean;
  /** What it wrote there, as UTF-8; its middle is left out when it is longer than `maxOutput`. */
  readonly stdout: string;
  /** What it wrote there, bounded alike. */
  readonly stderr: string;
  /** Whether output was left out. */
  readonly truncated: boolean;
  /** The limit for which it was ended; `null` when it kept to them. */
  readonly limit: "memory" | "processes" | null;
  /** What held it in; `null` when it was to run without a sandbox. */
  readonly sandbox: SandboxReport | null;
}

/**
 * Runs a program, never a shell. Every command of the workforce goes through here.
 *
 * It runs in a process group of its own, which is killed when it times out, is aborted, or leaves children behind.
 * It sees none of the caller's environment but `PATH`. A program that ends with an error is a result, not an exception.
 *
 * Errors: `command_failed` when it cannot be started, `aborted` when the signal is aborted, `unsupported` when a sandbox
 * is required that the machine does not have.
 *
 * @example
 * ```ts
 * import { runCommand } from "@brainops/nodes";
 * const { exitCode, stdout } = await runCommand(["git", "--version"], { cwd: ".", timeoutMs: 5_000 });
 * console.log(exitCode, stdout);
 * ```
 */
export async function runCommand(command: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const [program, ...args] = command;
  if (program === undefined)
    throw new BrainOpsError("invalid_input", "The command is empty. Give a program and its arguments.");
  const home = await temporaryFolder("home");
  try {
    if (options.signal?.aborted) throw aborted(program);
    if (options.lease !== undefined) endLeftover(options.lease);
    return await started(program, ready([program, ...args], options, home), options, home);
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The environment every command starts from: nothing of the caller's but `PATH`. */
export function bareEnvironment(home: string): { [name: string]: string } {
  return {
    PATH: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    HOME: home,
    TMPDIR: home,
    LANG: "C.UTF-8",
    CI: "1",
    NO_COLOR: "1",
  };
}

/** Everything that was started in a sandbox carries it, so that what leaves its process group is found again. */
const markVariable = "BRAINOPS_COMMAND";

type Ready = Pick<Prepared, "program" | "args" | "env"> & Partial<Prepared>;

function ready(command: readonly [string, ...string[]], options: CommandOptions, home: string): Ready {
  const [program, ...args] = command;
  const lease = options.lease === undefined ? {} : { [leaseVariable]: options.lease };
  const env = { ...bareEnvironment(home), ...options.env, ...lease };
  const { sandbox } = options;
  if (sandbox === undefined || sandbox.mode === "off") return { program, args, env };
  return prepare(command, { cwd: options.cwd, home, env: { ...env, [markVariable]: home } }, sandbox);
}

function started(program: string, ready: Ready, options: CommandOptions, home: string): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const marked =
      ready.report !== undefined && ready.report.kind !== "bubblewrap" ? `${markVariable}=${home}` : undefined;
    const putGitBack = marked === undefined ? () => {} : keepGitFile(options.cwd);
    const child = spawn(ready.program, ready.args, {
      cwd: options.cwd,
      env: ready.env,
      detached: true,
      stdio: ["pipe", "pipe", "pipe", ready.report?.kind === "bubblewrap" ? "pipe" : "ignore"],
    });
    const { pid } = child;
    if (options.lease !== undefined && pid !== undefined) writeFileSync(options.lease, String(pid));
    const max = options.maxOutput ?? 1_000_000;
    const stdout = bounded(max);
    const stderr = bounded(max);
    const status = bounded(4_096);
    let timedOut = false;
    let limit: CommandResult["limit"] = null;

    function kill(): void {
      if (pid === undefined) return;
      // Without a namespace of their own, children may have left the group, and even cleared the mark.
      const left = marked === undefined ? [] : family(pid);
      killPid(pid);
      for (const each of left) killOne(each);
      if (marked !== undefined) killMarked(marked);
    }
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, options.timeoutMs ?? 120_000);
    const unwatch =
      pid === undefined || ready.report?.limits !== "watch" || options.sandbox === undefined
        ? () => {}
        : watchLimits(
            () => [...family(pid), ...(marked === undefined ? [] : withSetting(marked))],
            options.sandbox,
            (hit) => {
              limit = hit;
              kill();
            },
          );
    options.signal?.addEventListener("abort", kill, { once: true });
    function done(): void {
      clearTimeout(timer);
      unwatch();
      options.signal?.removeEventListener("abort", kill);
      limit ??= ready.group?.hit() ?? null;
      ready.group?.remove();
      putGitBack();
      if (options.lease !== undefined) rmSync(options.lease, { force: true });
    }

    child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdio[3]?.on("data", (chunk: Buffer) => status.push(chunk));
    // A program that does not read its input closes the pipe: no error of ours.
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input ?? "");

    child.on("error", (error) => {
      done();
      reject(notStarted(program, error.message, error));
    });
    child.on("exit", () => {
      // What it left behind would hold the pipes open, and run on unseen.
      kill();
      setTimeout(() => {
        for (const stream of child.stdio) stream?.destroy();
      }, 1_000).unref();
    });
    child.on("close", (exitCode, signal) => {
      done();
      if (options.signal?.aborted) return reject(aborted(program));
      const killed = timedOut || limit !== null;
      // Bubblewrap says how the command ended; when it does not, the command never began.
      if (ready.report?.kind === "bubblewrap" && !killed && !status.text().includes("exit-code")) {
        return reject(notStarted(program, `the sandbox could not be made: ${stderr.text().trim().slice(0, 500)}`));
      }
      resolve({
        exitCode,
        signal,
        timedOut,
        stdout: stdout.text(),
        stderr: stderr.text(),
        truncated: stdout.truncated || stderr.truncated,
        limit,
        sandbox: ready.report ?? null,
      });
    });
  });
}

function notStarted(program: string, why: string, cause?: unknown): BrainOpsError {
  return new BrainOpsError("command_failed", `${program} could not be started: ${why}. Is it installed and on PATH?`, {
    cause,
    details: { program },
  });
}

const leaseVariable = "BRAINOPS_LEASE";

/** Ends what a killed process of ours left running under a lease. */
export function endLeftover(lease: string): void {
  mkdirSync(dirname(lease), { recursive: true });
  let pid: number;
  try {
    pid = Number(readFileSync(lease, "utf8"));
  } catch {
    return;
  }
  // The number may belong to another process by now: only one that carries the lease is ours.
  if (pid > 1 && environmentHolds(pid, `${leaseVariable}=${lease}`)) killPid(pid);
  killMarked(`${leaseVariable}=${lease}`);
  rmSync(lease, { force: true });
}

function killPid(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}

/** Ends everything that carries a setting; again and again, because what forks may do so between look and kill. */
function killMarked(setting: string): void {
  for (let round = 0; round < 50; round++) {
    const left = withSetting(setting);
    if (left.length === 0) return;
    for (const pid of left) killOne(pid);
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

function aborted(program: string): BrainOpsError {
  return new BrainOpsError("aborted", `${program} was stopped because the run was aborted.`, { details: { program } });
}
