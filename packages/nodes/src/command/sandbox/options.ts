import { BrainOpsError } from "@brainops/core";

/**
 * Whether commands run in a sandbox: `preferred` uses bubblewrap where the machine has it and says so when it has not,
 * `required` refuses without it, `off` runs a plain child process.
 */
export type SandboxMode = "required" | "preferred" | "off";

/** How commands that come from a repository (its tests, its set-up) are kept in. */
export interface SandboxOptions {
  /** Whether there must be one. Default `preferred`. */
  readonly mode?: SandboxMode;
  /** Who may reach the network: nobody, the set-up command only, or every command. Default `none`. */
  readonly network?: "none" | "setup" | "all";
  /** Folders and files beside the system's programs that may be read, such as a package cache. Default: none. */
  readonly readable?: readonly string[];
  /** Memory of all its processes together, in megabytes. Default 2,048. */
  readonly memoryMb?: number;
  /** Processes at once, threads not counted. Default 256. */
  readonly processes?: number;
  /** The longest file that may be written, in megabytes. Default 1,024. */
  readonly fileMb?: number;
  /** The bubblewrap program. Default `bwrap`, found on PATH. */
  readonly bubblewrap?: string;
}

/** A mode alone, or with its details. */
export type Sandbox = SandboxMode | SandboxOptions;

/** What held a command in, for people and for the journal. */
export interface SandboxReport {
  /** `bubblewrap`: own namespaces. `permission`: Node's permission model. `process`: a plain child. */
  readonly kind: "bubblewrap" | "permission" | "process";
  /** Who enforced memory and process limits: the kernel's control groups, or this process by looking every 100 ms. */
  readonly limits: "cgroup" | "watch" | "none";
  /** What is not held because the machine cannot; empty inside of bubblewrap. */
  readonly missing: readonly string[];
}

/** {@link SandboxOptions} with the defaults filled in, for one command. */
export interface SandboxSettings {
  /** Whether a sandbox is used, preferred or required. */
  readonly mode: SandboxMode;
  /** Whether this command may reach the network. */
  readonly network: boolean;
  /** Folders and files beside the system's programs that may be read. */
  readonly readable: readonly string[];
  /** Memory of all its processes together, in megabytes. */
  readonly memoryMb: number;
  /** Processes at once, threads not counted. */
  readonly processes: number;
  /** The longest file that may be written, in megabytes. */
  readonly fileMb: number;
  /** The bubblewrap program. */
  readonly bubblewrap: string;
}

/**
 * The settings for one command. `setup` says that it is the set-up command.
 *
 * @example
 * ```ts
 * import { sandboxFor } from "@brainops/nodes";
 * const settings = sandboxFor({ mode: "required", network: "setup" }, "test"); // without a network
 * ```
 */
export function sandboxFor(sandbox: Sandbox | undefined, purpose: "test" | "setup"): SandboxSettings {
  const given: SandboxOptions = typeof sandbox === "string" ? { mode: sandbox } : (sandbox ?? {});
  const { mode = "preferred", network = "none" } = given;
  const settings = {
    mode,
    network: network === "all" || (network === "setup" && purpose === "setup"),
    readable: given.readable ?? [],
    memoryMb: given.memoryMb ?? 2_048,
    processes: given.processes ?? 256,
    fileMb: given.fileMb ?? 1_024,
    bubblewrap: given.bubblewrap ?? "bwrap",
  };
  for (const key of ["memoryMb", "processes", "fileMb"] as const) {
    if (settings[key] > 0 && Number.isFinite(settings[key])) continue;
    throw new BrainOpsError("invalid_input", `sandbox.${key} is ${settings[key]}. Give a number above 0.`);
  }
  return settings;
}

/** One sentence about a sandbox. */
export function sandboxWords(report: SandboxReport): string {
  const limits = { cgroup: "limits by control groups", watch: "limits by watching", none: "no limits" }[report.limits];
  const kind = {
    bubblewrap: "in a bubblewrap sandbox",
    permission: "without a sandbox, under Node's permission model",
    process: "without a sandbox, as a plain child process",
  }[report.kind];
  const missing = report.missing.length === 0 ? "" : `; not held: ${report.missing.join(", ")}`;
  return `Commands ran ${kind} (${limits})${missing}`;
}
