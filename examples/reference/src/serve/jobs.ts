import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { storeDispatch, type Brain } from "@brainops/core";
import { exitOk, exitWaiting } from "../cli/command.ts";
import type { Io } from "../cli/io.ts";
import type { Output } from "../cli/output.ts";
import type { Home } from "../home.ts";

/** Goes on with runs of `brainops run` and `brainops demo`. */
export interface JobKeeper {
  /** How many it is at work on. */
  readonly running: number;
  /** Takes on no more, and lets go of those under way so that they can be gone on with. */
  stop(): Promise<void>;
}

/** What it works with. */
export interface KeepJobs {
  readonly brain: Brain;
  readonly home: Home;
  readonly io: Io;
  readonly output: Output;
  /** After how long a run is gone on with whose process has died, such as one of ours: milliseconds. Default 30,000. */
  readonly leaseMs?: number | undefined;
  /** Milliseconds between two looks. Default 500. */
  readonly pollMs?: number;
}

/** Graphs whose runs hold their job, so that `brainops resume` can build them. */
const graphs = [{ name: "run" }, { name: "demo" }];

/** Runs at once: each works in a process of its own, on a repository and a service. */
const most = 2;

/** How long a run that did not go on is left alone. */
const leaveMs = 60_000;

/**
 * Goes on with each run that needs somebody, because its process has died or an answer was left for it, by `brainops
 * resume` in a process of its own: its repository, model and service are its own, and one that breaks takes nobody along.
 */
export function keepJobs({ brain, home, io, output, leaseMs, pollMs = 500 }: KeepJobs): JobKeeper {
  const dispatch = storeDispatch(brain.store);
  const stopping = new AbortController();
  const children = new Map<string, ChildProcess>();
  const left = new Map<string, number>();

  async function goOn(run: string): Promise<void> {
    const [, program = ""] = process.argv;
    const lease = leaseMs === undefined ? [] : ["--lease", `${leaseMs}`];
    const args = [...process.execArgv, program, "resume", run, "--home", home.folder, "--json", ...lease];
    const child = spawn(process.execPath, args, { cwd: io.cwd, env: io.env, stdio: ["ignore", "ignore", "pipe"] });
    children.set(run, child);
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-1_000)));
    const [code] = (await once(child, "close").catch(() => [null])) as [number | null];
    children.delete(run);
    // One that waits again is due once it is answered, and then at once.
    if (code !== exitOk && code !== exitWaiting) left.set(run, Date.now() + leaveMs);
    if (!stopping.signal.aborted)
      output.notice(
        `Went on with run ${run}: ${code === exitWaiting ? "it waits for an answer" : `it ended with ${code ?? "a signal"}`}${said === "" ? "" : `. ${said.trim()}`}`,
      );
  }

  async function turn(): Promise<void> {
    while (!stopping.signal.aborted) {
      for (const [run, until] of left) if (until <= Date.now()) left.delete(run);
      const limit = most - children.size;
      if (limit > 0) {
        const except = new Set([...children.keys(), ...left.keys()]);
        const request = { limit, graphs, except, now: Date.now(), signal: stopping.signal };
        // A store that cannot be read now is tried again at the next look.
        for (const { run } of await dispatch.take(request).catch(() => [])) void goOn(run);
      }
      await sleep(pollMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const turning = turn();
  return {
    get running() {
      return children.size;
    },
    async stop() {
      stopping.abort();
      await turning;
      const ends = [...children.values()].map((child) => once(child, "close"));
      for (const child of children.values()) child.kill("SIGINT");
      await Promise.all(ends);
    },
  };
}
