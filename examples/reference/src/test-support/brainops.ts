import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const flags = ["--conditions=@brainops/source", "--disable-warning=ExperimentalWarning"];

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way, in a process of its own: killing it kills the command itself. */
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** What a command sees of this process's environment; the last is where Node keeps what it has compiled. */
const passed = ["PATH", "HOME", "NODE_COMPILE_CACHE"];

/** Starts `brainops` with next to nothing of this process's environment. */
export function start(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Started {
  const child = spawn(process.execPath, [...flags, main, ...args], {
    cwd: options.cwd,
    env: { ...Object.fromEntries(passed.map((name) => [name, process.env[name]])), ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => (text[name] += chunk));
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...text }));
  });
  return { child, ended };
}

/** Runs `brainops` to its end. */
export function brainops(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Ended> {
  return start(args, options).ended;
}
