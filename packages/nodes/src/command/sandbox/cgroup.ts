import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SandboxSettings } from "./options.ts";

/** A control group made for one command. */
export interface ControlGroup {
  /** The file that a process writes its id into to join. */
  readonly join: string;
  /** Which limit was hit, or `null`. */
  hit(): "memory" | "processes" | null;
  /** Ends what is in it, and removes it. */
  remove(): void;
}

/**
 * A control group (version 2) beneath our own with both limits, where that part of the tree was given to us: as root,
 * or in a unit with `Delegate=yes`. `undefined` elsewhere; then the limits are held by watching.
 *
 * @param root Where the tree is mounted.
 */
export function controlGroup(settings: SandboxSettings, root: string = "/sys/fs/cgroup"): ControlGroup | undefined {
  try {
    const own = /^0::(\/.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1];
    if (own === undefined || !existsSync(join(root, "cgroup.controllers"))) return undefined;
    const parent = join(root, own);
    const given = readFileSync(join(parent, "cgroup.subtree_control"), "utf8").split(/\s+/);
    // Only what is already handed down is used: to hand down more would move our own process, which is not ours to do.
    if (!given.includes("memory") || !given.includes("pids")) return undefined;
    const dir = join(parent, `brainops-${randomUUID()}`);
    mkdirSync(dir);
    try {
      writeFileSync(join(dir, "memory.max"), String(Math.round(settings.memoryMb * 1024 * 1024)));
      noSwap(dir);
      writeFileSync(join(dir, "pids.max"), String(settings.processes));
      return handle(dir);
    } catch (error) {
      rmdirSync(dir);
      throw error;
    }
  } catch {
    return undefined;
  }
}

/** Memory that is swapped out would not count. Where the kernel does not count it, there is no such file. */
function noSwap(dir: string): void {
  try {
    writeFileSync(join(dir, "memory.swap.max"), "0");
  } catch {
    // The kernel lets nobody make a file there.
  }
}

function handle(dir: string): ControlGroup {
  function count(file: string, key: string): number {
    try {
      return Number(new RegExp(`^${key} (\\d+)$`, "m").exec(readFileSync(join(dir, file), "utf8"))?.[1] ?? 0);
    } catch {
      return 0;
    }
  }
  return {
    join: join(dir, "cgroup.procs"),
    hit() {
      if (count("memory.events", "oom_kill") > 0) return "memory";
      return count("pids.events", "max") > 0 ? "processes" : null;
    },
    remove() {
      try {
        writeFileSync(join(dir, "cgroup.kill"), "1");
      } catch {
        // Before Linux 5.14 there is no such file; the process group was killed anyway.
      }
      try {
        rmdirSync(dir);
      } catch {
        // Its last process is still ending: an empty group costs nothing.
      }
    },
  };
}
