import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { BrainOpsError } from "@brainops/core";
import { bounded } from "./bounded.ts";
import { environmentHolds } from "./process-alive.ts";

/** What to run, and within which bounds. */
export interface CommandOptions {
  readonly cwd: string;
  /** Added to the environment, which holds `PATH`, a temporary `HOME`, `LANG`, `CI` and `NO_COLOR`, and nothing else. */
  readonly env?: { readonly [name: string]: string };
  /** Milliseconds until the whole process group is killed. Default 120,000. */
  readonly timeoutMs?: number;
  /** Most bytes kept of each of stdout and stderr: the first and the last of them. Default 1,000,000. */
  readonly maxOutput?: number;
  /** Written to its stdin. */
  readonly input?: string;
  readonly signal?: AbortSignal;
  /**
   * A file that holds the command's process id while it runs. What a killed process of ours left running under the
   * same lease is ended first, so that a resumed run never has two of it.
   */
  readonly lease?: string;
}

/** How a command ended. */
export interface CommandResult {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether output was left out. */
  readonly truncated: boolean;
}

/**
 * Runs a program, never a shell. Every command of the workforce goes through here.
 *
 * It runs in a process group of its own, which is killed when it times out, is aborted, or leaves children behind.
 * It sees none of the caller's environment but `PATH`. A program that ends with an error is a result, not an exception.
 *
 * Errors: `command_failed` when it cannot be started, `aborted` when the signal is aborted.
 */
export async function runCommand(command: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const [program, ...args] = command;
  if (program === undefined)
    throw new BrainOpsError("invalid_input", "The command is empty. Give a program and its arguments.");
  const home = await mkdtemp(join(tmpdir(), "brainops-home-"));
  try {
    if (options.signal?.aborted) throw aborted(program);
    if (options.lease !== undefined) endLeftover(options.lease);
    return await started(program, args, options, home);
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

function started(
  program: string,
  args: readonly string[],
  options: CommandOptions,
  home: string,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: {
        ...bareEnvironment(home),
        ...options.env,
        ...(options.lease === undefined ? {} : { [leaseVariable]: options.lease }),
      },
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    if (options.lease !== undefined && child.pid !== undefined) writeFileSync(options.lease, String(child.pid));
    const max = options.maxOutput ?? 1_000_000;
    const stdout = bounded(max);
    const stderr = bounded(max);
    let timedOut = false;

    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child);
    }, options.timeoutMs ?? 120_000);
    const onAbort = (): void => killGroup(child);
    options.signal?.addEventListener("abort", onAbort, { once: true });
    function done(): void {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
      if (options.lease !== undefined) rmSync(options.lease, { force: true });
    }

    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    // A program that does not read its input closes the pipe: no error of ours.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");

    child.on("error", (error) => {
      done();
      reject(
        new BrainOpsError(
          "command_failed",
          `${program} could not be started: ${error.message}. Is it installed and on PATH?`,
          {
            cause: error,
            details: { program },
          },
        ),
      );
    });
    child.on("exit", () => {
      // What it left behind would hold the pipes open, and run on unseen.
      killGroup(child);
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, 1_000).unref();
    });
    child.on("close", (exitCode, signal) => {
      done();
      if (options.signal?.aborted) return reject(aborted(program));
      resolve({
        exitCode,
        signal,
        timedOut,
        stdout: stdout.text(),
        stderr: stderr.text(),
        truncated: stdout.truncated || stderr.truncated,
      });
    });
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
  rmSync(lease, { force: true });
}

function killGroup(child: ChildProcess): void {
  if (child.pid !== undefined) killPid(child.pid);
}

function killPid(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}

function aborted(program: string): BrainOpsError {
  return new BrainOpsError("aborted", `${program} was stopped because the run was aborted.`, { details: { program } });
}
