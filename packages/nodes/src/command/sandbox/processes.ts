import { readdirSync, readFileSync } from "node:fs";

/** A process as /proc shows it. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

/** Every process that can be seen. Empty where there is no /proc. */
function processes(): readonly Process[] {
  return pids().flatMap((pid) => {
    const stat = read(`/proc/${pid}/stat`);
    // The name, in brackets, may hold anything.
    const [state, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === undefined || state === "" || state === "Z"
      ? []
      : [{ pid, parent: Number(parent), group: Number(group) }];
  });
}

/** Process ids of `root`, of everything that descends from it, and of its process group. */
export function family(root: number): readonly number[] {
  const all = processes();
  const members = new Set([root]);
  for (let size = 0; size !== members.size;) {
    size = members.size;
    for (const { pid, parent, group } of all) if (group === root || members.has(parent)) members.add(pid);
  }
  return all.map(({ pid }) => pid).filter((pid) => members.has(pid));
}

/** Process ids that carry a setting (`NAME=value`) in the environment that they were started with. */
export function withSetting(setting: string): readonly number[] {
  return pids().filter((pid) => read(`/proc/${pid}/environ`).split("\0").includes(setting));
}

/** Bytes that a process holds in memory for itself alone. */
export function privateBytes(pid: number): number {
  const [, resident, shared] = read(`/proc/${pid}/statm`).split(" ");
  return Math.max(0, Number(resident ?? 0) - Number(shared ?? 0)) * pageBytes;
}

// The page size of x64 and of most arm64 systems; a larger one only makes the watch more lenient.
const pageBytes = 4_096;

function pids(): readonly number[] {
  try {
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 1);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
