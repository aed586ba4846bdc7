import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { appendFile, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BrainOpsError } from "@brainops/core";
import { environmentHolds, processAlive } from "../command/process-alive.ts";
import { readIfThere, writeAtomic } from "./files.ts";

/** A process that runs, and the release that it was started from. */
export interface Running {
  readonly pid: number;
  readonly release: string | null;
}

/** A process of a service that runs on when we end, and is found again by its pid file. */
export interface ServiceProcess {
  /** What runs, the last one started first: while one hands over to another, both do. */
  running(): Promise<readonly Running[]>;
  /**
   * Stops what runs (unless it is to start `beside` it) and starts anew. The same `key` starts once: a second call, also
   * from another process, finds the first one's.
   */
  start(start: {
    readonly key: string;
    readonly release: string;
    readonly command: readonly string[];
    readonly cwd: string;
    readonly env: { readonly [name: string]: string };
    readonly beside?: boolean;
  }): Promise<number>;
  /**
   * Asks what runs to stop (SIGTERM), and kills it when it does not. Only processes that carry this service's mark, and
   * of these all but `keep`, or, with `only`, that one.
   */
  stop(which?: { readonly keep?: number; readonly only?: number }): Promise<void>;
  /** The file of its output. */
  readonly logFile: string;
  /** What it last said since its start, at most `max` characters. */
  log(max?: number): Promise<string>;
}

// The launcher writes its own pid before it becomes the service, into a file that must be new. So there is no moment
// in which a service runs without a pid file, whoever is killed, and of two launchers with one key only one goes on.
const launcher = 'set -C; echo "$$" > "$1" || exit 0; shift; exec "$@"';

/** Handles the process of the service `name` with files under `home`. */
export function serviceProcess(options: {
  readonly name: string;
  readonly home: string;
  readonly stopMs: number;
}): ServiceProcess {
  const { name, home, stopMs } = options;
  const runDir = join(home, "run");
  const logFile = join(home, "logs", `${name}.log`);

  function mark(hash: string): string {
    return `${name}-${hash}`;
  }

  /** Every start that left a pid file, alive or not. */
  async function starts(): Promise<readonly (Running & { readonly file: string; readonly alive: boolean })[]> {
    const files = (await readdir(runDir).catch(() => [])).filter(
      (file) => file.startsWith(`${name}-`) && file.endsWith(".pid"),
    );
    const found = await Promise.all(
      files.map(async (file) => {
        const path = join(runDir, file);
        const pid = Number(await readIfThere(path));
        const alive = pid > 1 && environmentHolds(pid, `BRAINOPS_SERVICE=${file.slice(0, -4)}`);
        const release = (await readIfThere(releaseFile(path))) ?? null;
        const at = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
        return { file: path, pid, alive, release, at };
      }),
    );
    return found.sort((a, b) => b.at - a.at || b.pid - a.pid);
  }

  const stop: ServiceProcess["stop"] = async ({ keep, only } = {}) => {
    // By number from here on: a process that is just ending no longer shows its mark, but still holds its port.
    const running = (await starts())
      .filter(({ alive, pid }) => alive && pid !== keep && (only === undefined || pid === only))
      .map(({ pid }) => pid);
    for (const pid of running) signalGroup(pid, "SIGTERM");
    await gone(running, stopMs);
    for (const pid of running) if (processAlive(pid)) signalGroup(pid, "SIGKILL");
    // A process in uninterruptible sleep dies when it wakes up.
    await gone(running, 5_000);
    for (const { file, alive } of await starts()) {
      if (alive) continue;
      await rm(file, { force: true });
      await rm(releaseFile(file), { force: true });
    }
  };

  return {
    logFile,
    async running() {
      return (await starts()).filter(({ alive }) => alive).map(({ pid, release }) => ({ pid, release }));
    },
    async start({ key, release, command, cwd, env, beside = false }) {
      await mkdir(runDir, { recursive: true });
      await mkdir(join(home, "logs"), { recursive: true });
      const hash = createHash("sha256").update(key).digest("hex").slice(0, 16);
      const pidFile = join(runDir, `${mark(hash)}.pid`);
      const started = await readPid(pidFile, 200);
      if (started !== undefined) return started;
      if (!beside) await stop();
      await writeAtomic(releaseFile(pidFile), release);
      await appendFile(logFile, `${startMark}${new Date().toISOString()}\n`, { mode: 0o600 });
      const log = openSync(logFile, "a");
      try {
        const child = spawn("sh", ["-c", launcher, "sh", pidFile, ...command], {
          cwd,
          env: { ...env, BRAINOPS_SERVICE: mark(hash) },
          detached: true,
          stdio: ["ignore", log, log],
        });
        child.on("error", () => {});
        child.unref();
      } finally {
        closeSync(log);
      }
      const pid = await readPid(pidFile, 10_000);
      if (pid === undefined)
        throw new BrainOpsError(
          "command_failed",
          `The service ${name} could not be started: sh did not run in ${cwd}.`,
        );
      return pid;
    },
    stop,
    async log(max = 2_000) {
      const text = await readEnd(logFile, 65_536);
      const last = text.lastIndexOf(startMark);
      const since = last === -1 ? text : text.slice(text.indexOf("\n", last) + 1);
      return since.slice(-max).toWellFormed();
    },
  };
}

/** Beside a pid file, the release that its process was started from. */
function releaseFile(pidFile: string): string {
  return pidFile.replace(/\.pid$/, ".release");
}

const startMark = "--- started ";

/** Waits until none of the processes is there any more, at most so many milliseconds. */
async function gone(pids: readonly number[], withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline && pids.some(processAlive)) await delay(10);
}

/** The last bytes of a file as text; a log may be far too long to be read whole. */
async function readEnd(path: string, bytes: number): Promise<string> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return "";
  try {
    const { size } = await file.stat();
    const length = Math.min(size, bytes);
    const { buffer } = await file.read({ buffer: Buffer.alloc(length), length, position: size - length });
    return buffer.toString("utf8");
  } finally {
    await file.close();
  }
}

function signalGroup(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has just ended.
  }
}

/** The pid in a file, waiting for it a while: the launcher creates the file before it writes to it. */
async function readPid(file: string, waitMs: number): Promise<number | undefined> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const text = await readIfThere(file);
    if (text === undefined && waitMs < 1_000) return undefined;
    if (text?.endsWith("\n") === true) return Number(text);
    if (Date.now() >= deadline) return undefined;
    await delay(5);
  }
}
