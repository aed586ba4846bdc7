import { existsSync, realpathSync } from "node:fs";
import { BrainOpsError } from "@brainops/core";
import { bubblewrapArguments, findBubblewrap } from "./bubblewrap.ts";
import { controlGroup, type ControlGroup } from "./cgroup.ts";
import type { SandboxReport, SandboxSettings } from "./options.ts";
import { permissionOptions } from "./permission.ts";
import { findProgram, realPath } from "./programs.ts";

/** A command made ready to be started. */
export interface Prepared {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: { readonly [name: string]: string };
  readonly report: SandboxReport;
  readonly group: ControlGroup | undefined;
}

// Runs before the command, and becomes it: no core dumps, no endless files, the first to go when memory runs out.
const launcher = [
  'group="$1"; blocks="$2"; shift 2',
  "{ echo 1000 > /proc/self/oom_score_adj; } 2>/dev/null",
  'ulimit -c 0; ulimit -f "$blocks" 2>/dev/null',
  'if [ -n "$group" ]; then echo "$$" > "$group" || exit 125; fi',
  'exec "$@"',
].join("\n");

/**
 * Puts a command into the sandbox that the machine has.
 *
 * Errors: `unsupported` when one is required and bubblewrap cannot be used; `command_failed` when the program is missing.
 */
export function prepare(
  command: readonly [string, ...string[]],
  place: { readonly cwd: string; readonly home: string; readonly env: { readonly [name: string]: string } },
  settings: SandboxSettings,
): Prepared {
  const [program, ...args] = command;
  const path = realPath(place.env["PATH"] ?? "");
  const bubblewrap = findBubblewrap(settings.bubblewrap);
  if (bubblewrap.program === undefined && settings.mode === "required") {
    throw new BrainOpsError(
      "unsupported",
      `A sandbox is required, but bubblewrap cannot be used here: ${bubblewrap.why}. Install it and allow user namespaces, or set sandbox to "preferred".`,
      { details: { program } },
    );
  }
  const cwd = realpathSync(place.cwd);
  const home = realpathSync(place.home);
  const file = findProgram(program, cwd, path);
  if (file === undefined) {
    throw new BrainOpsError("command_failed", `${program} could not be started. Is it installed and on PATH?`, {
      details: { program },
    });
  }
  const group = controlGroup(settings);
  // Units of 512 bytes, as sh counts them.
  const launch = ["-c", launcher, "sh", group?.join ?? "", String(Math.round(settings.fileMb * 2_048))];
  const limits = group !== undefined ? "cgroup" : existsSync("/proc/self/statm") ? "watch" : "none";
  if (bubblewrap.program !== undefined) {
    const around = bubblewrapArguments(bubblewrap.flags, { cwd, home, program: file, path }, settings);
    return {
      program: "/bin/sh",
      args: [...launch, bubblewrap.program, "--json-status-fd", "3", ...around, "--", file, ...args],
      env: { ...place.env, PATH: path },
      report: { kind: "bubblewrap", limits, missing: [] },
      group,
    };
  }
  const options = permissionOptions(findProgram("node", cwd, path), [cwd, home], { program: file, args });
  const missing = [
    ...(settings.network ? [] : ["no network"]),
    "no reading outside of the work folder",
    options === undefined
      ? "no writing outside of the work folder"
      : "no writing outside of it by programs other than Node",
    `because ${bubblewrap.why}`,
  ];
  return {
    program: "/bin/sh",
    args: [...launch, file, ...args],
    env: options === undefined ? place.env : { ...place.env, NODE_OPTIONS: options },
    report: { kind: options === undefined ? "process" : "permission", limits, missing },
    group,
  };
}
