import { privateBytes } from "./processes.ts";
import type { SandboxSettings } from "./options.ts";

/** Milliseconds between two looks. */
const every = 100;

/**
 * Looks at a command's processes, and calls `over` once when there are too many processes or they
 * hold too much memory. What it may overshoot is what a command can take within 100 ms. Returns what ends the watch.
 */
export function watchLimits(
  members: () => readonly number[],
  settings: Pick<SandboxSettings, "memoryMb" | "processes">,
  over: (limit: "memory" | "processes") => void,
): () => void {
  const timer = setInterval(() => {
    const now = new Set(members());
    if (now.size > settings.processes) return end("processes");
    const bytes = [...now].reduce((sum, pid) => sum + privateBytes(pid), 0);
    if (bytes > settings.memoryMb * 1024 * 1024) return end("memory");
  }, every);
  function end(limit: "memory" | "processes"): void {
    clearInterval(timer);
    over(limit);
  }
  return () => clearInterval(timer);
}
