import { execFileSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { findProgram, programFolders, systemFiles, systemFolders } from "./programs.ts";
import type { SandboxSettings } from "./options.ts";

/** Bubblewrap on this machine: the program and the flags it takes, or why it cannot be used. */
export type Bubblewrap =
  | { readonly program: string; readonly flags: readonly string[] }
  | { readonly program: undefined; readonly why: string };

// Named one by one: `--disable-userns` does not go with `--unshare-all`.
const namespaces = ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"];
const always = ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"];

const found = new Map<string, Bubblewrap>();

/** Looks once whether bubblewrap is here and may make namespaces: many containers forbid it. */
export function findBubblewrap(name: string): Bubblewrap {
  let known = found.get(name);
  if (known === undefined) {
    known = look(name);
    found.set(name, known);
  }
  return known;
}

function look(name: string): Bubblewrap {
  const program = findProgram(name, "/", process.env["PATH"] ?? "");
  if (program === undefined) return { program: undefined, why: `${name} is not installed` };
  let why = "";
  // Without `--disable-userns` (bubblewrap 0.8) a command may make namespaces of its own, but gets nothing by it.
  for (const more of [["--disable-userns"], []]) {
    const flags = [...namespaces, ...more, ...always];
    try {
      const trial = [...flags, "--unshare-net", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "true"];
      execFileSync(program, trial, { stdio: ["ignore", "ignore", "pipe"], timeout: 10_000, env: {} });
      return { program, flags };
    } catch (error) {
      why = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    }
  }
  return { program: undefined, why: why.split("\n")[0] ?? "it cannot make namespaces here" };
}

const megabyte = 1024 * 1024;

/** Bubblewrap's arguments: an empty root into which only what is needed is mounted, and only the work folder to write. */
export function bubblewrapArguments(
  flags: readonly string[],
  place: { readonly cwd: string; readonly home: string; readonly program: string; readonly path: string },
  settings: SandboxSettings,
): readonly string[] {
  const { cwd, home } = place;
  const scratch = String(Math.round(Math.min(settings.memoryMb / 4, 256) * megabyte));
  const tools = ["node", "npm"].map((name) => findProgram(name, cwd, place.path));
  const programs = [place.program, process.execPath, ...tools].filter((file) => file !== undefined);
  const etc = settings.network ? [...systemFiles, "/etc/resolv.conf"] : systemFiles;
  const readable = new Set([...etc, ...programs.flatMap(programFolders), ...settings.readable]);
  const root = ["--tmpfs /tmp", "--dir /var/tmp", "--dev /dev", "--tmpfs /dev/shm", "--proc /proc"].flatMap((mount) =>
    mount.startsWith("--tmpfs") ? ["--size", scratch, ...mount.split(" ")] : mount.split(" "),
  );
  const work = ["--bind", home, home, "--bind", cwd, cwd];
  // What says who and where we are outside is nobody's business inside.
  const end = ["--remount-ro", "/", "--remount-ro", "/dev", "--chdir", cwd].concat(
    ["BRAINOPS_LEASE", "BRAINOPS_COMMAND"].flatMap((name) => ["--unsetenv", name]),
  );
  return [
    ...flags,
    ...(settings.network ? [] : ["--unshare-net"]),
    ...systemFolders.flatMap((folder) => ["--ro-bind-try", folder, folder]),
    ...root,
    ...[...readable].flatMap((path) => ["--ro-bind-try", path, path]),
    // A link such as /etc/resolv.conf leads to a file elsewhere.
    ...[...readable].flatMap((path) => linkTarget(path)),
    ...work,
    ...keepGit(cwd),
    ...end,
  ];
}

function linkTarget(path: string): readonly string[] {
  try {
    const real = realpathSync(path);
    return dirname(real) === dirname(path) || !real.startsWith("/run/") ? [] : ["--ro-bind-try", real, real];
  } catch {
    return [];
  }
}

/** `.git` says where git looks for its settings, and settings name programs: it is not the command's to change. */
function keepGit(cwd: string): readonly string[] {
  const git = join(cwd, ".git");
  return existsSync(git) ? ["--ro-bind", git, git] : [];
}
