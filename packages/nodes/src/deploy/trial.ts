import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { bounded } from "../command/bounded.ts";
import { family, privateBytes } from "../command/sandbox/processes.ts";

/** A process of a release that nobody is served by: on a port of its own, and gone when we are. */
export interface Trial {
  /** Such as `http://127.0.0.1:4312`. */
  readonly url: string;
  /** Whether it still runs. */
  running(): boolean;
  /** What it said so far, the end of it. */
  log(): string;
  /** Megabytes that it and its children hold; 0 where the machine does not show it. */
  memoryMb(): number;
  /** Asks it to end (SIGTERM), and kills it when it does not. Says whether it ended when asked. */
  stop(withinMs: number): Promise<boolean>;
}

// The pipe on descriptor 3 is held by us alone: it closes with us, however we end, and the trial's whole process group
// goes with it. So a killed deployer leaves no trial behind.
const launcher = '(read -r gone <&3; kill -KILL 0) </dev/null >/dev/null 2>&1 & exec 3<&-; exec "$@"';

/** Starts a {@link Trial}. */
export function startTrial(options: {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: { readonly [name: string]: string };
  readonly url: string;
}): Trial {
  const child = spawn("sh", ["-c", launcher, "sh", ...options.command], {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const said = bounded(65_536);
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => said.push(chunk));
  child.stdio[3]?.on("error", () => {});
  let ended = false;
  const end = new Promise<void>((resolve) => {
    const done = (): void => {
      ended = true;
      // What it left behind, and the one that waits for us.
      signal("SIGKILL");
      for (const stream of child.stdio) stream?.destroy();
      resolve();
    };
    child.once("exit", done);
    child.once("error", done);
  });
  function signal(name: "SIGTERM" | "SIGKILL"): void {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // It has just ended.
    }
  }
  return {
    url: options.url,
    running: () => !ended,
    log: () => said.text(),
    memoryMb: () =>
      child.pid === undefined ? 0 : family(child.pid).reduce((sum, pid) => sum + privateBytes(pid), 0) / 1_048_576,
    async stop(withinMs) {
      if (ended) return true;
      // To the program alone: the one that waits for us must stay until the program is gone.
      if (child.pid !== undefined) process.kill(child.pid, "SIGTERM");
      const late = new AbortController();
      await Promise.race([end, delay(withinMs, undefined, { signal: late.signal }).catch(() => {})]);
      late.abort();
      const clean = ended;
      signal("SIGKILL");
      await end;
      return clean;
    },
  };
}
