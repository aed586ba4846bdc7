import { readFileSync } from "node:fs";

/** Whether a process runs. One that ended and was not yet collected by its parent (a zombie) does not. */
export function processAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, but belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.charAt(stat.lastIndexOf(")") + 2) !== "Z";
  } catch {
    // No /proc here (macOS), or it has just gone; the signal said that it lives.
    return process.platform !== "linux";
  }
}

/**
 * Whether a process was started with a setting (`NAME=value`) in its environment: process ids are used again, so the
 * number alone does not say that it is the process one means. Where the machine does not show it (no /proc), the
 * number is trusted.
 */
export function environmentHolds(pid: number, setting: string): boolean {
  if (!processAlive(pid)) return false;
  if (process.platform !== "linux") return true;
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(setting);
  } catch {
    return false;
  }
}
