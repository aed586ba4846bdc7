import { runCommand } from "../command/run-command.ts";
import { clipStart } from "../text.ts";
import type { Probed } from "../state.ts";
import type { Staged, Target, TargetCall } from "./target.ts";

/** Commands of a {@link commandTarget}. Exit code 0 means that it went well. */
export interface CommandTargetOptions {
  /** Names it in records. */
  readonly name: string;
  /** Makes the release serve, such as `["sh", "deploy.sh"]`. Given the same `KEY` again, it finds what it had done. */
  readonly take: readonly string[];
  /** Tries the release before that, leaving what serves alone. Default: nothing. */
  readonly prepare?: readonly string[];
  /** Whether the release serves, healthy, asked after `take`. Default: the exit code of `take` says so. */
  readonly check?: readonly string[];
  /** Ends what serves. Default: nothing. */
  readonly stop?: readonly string[];
  /**
   * Added to its environment, which holds `RELEASE`, `RELEASE_DIR`, `BASELINE`, `KEY` and what every command gets.
   * Default: nothing.
   */
  readonly env?: { readonly [name: string]: string };
  /** Where it answers, for people. Default: nothing is said. */
  readonly url?: string;
  /** Folder that the commands run in. Default: the release's. */
  readonly cwd?: string;
  /** Milliseconds for each. Default 300,000. */
  readonly timeoutMs?: number;
}

/**
 * Whatever a command can reach as a {@link Target}: `systemctl`, `kubectl`, a script over `ssh`. The commands are the
 * operator's own, so they run without a sandbox.
 *
 * @example
 * ```ts
 * import { commandTarget } from "@brainops/nodes";
 * const target = commandTarget({
 *   name: "site",
 *   take: ["rsync", "-a", "--delete", "./", "web:/srv/site/"],
 *   check: ["curl", "-fsS", "https://example.org/health"],
 * });
 * ```
 */
export function commandTarget(options: CommandTargetOptions): Target {
  const { name, check } = options;

  async function run(
    command: readonly string[],
    release: Staged | null,
    call?: TargetCall,
    more = {},
  ): Promise<Probed> {
    const started = performance.now();
    const env = {
      ...options.env,
      ...more,
      ...(release === null ? {} : { RELEASE: release.id, RELEASE_DIR: release.dir }),
      ...(call === undefined ? {} : { KEY: call.key }),
    };
    const result = await runCommand(command, {
      cwd: options.cwd ?? release?.dir ?? "/",
      env,
      timeoutMs: options.timeoutMs ?? 300_000,
      maxOutput: 20_000,
      ...(call === undefined ? {} : { signal: call.signal }),
    });
    const said = clipStart((result.stderr || result.stdout).trim(), 300);
    const how = result.timedOut ? "took too long" : `exit code ${result.exitCode ?? result.signal ?? "none"}`;
    const ok = result.exitCode === 0;
    const detail = ok || said === "" ? `${command[0]}: ${how}` : `${command[0]}: ${how}: ${said}`;
    return { name, ok, ms: Math.round(performance.now() - started), detail };
  }

  const { prepare } = options;
  return {
    name,
    url: async () => options.url ?? null,
    ...(prepare === undefined
      ? {}
      : {
          prepare: (release: Staged, baseline: Staged | null, call: TargetCall) =>
            run(prepare, release, call, { BASELINE: baseline?.id ?? "" }),
        }),
    async take(release, call) {
      const taken = await run(options.take, release, call);
      return taken.ok && check !== undefined ? run(check, release, call) : taken;
    },
    async stop() {
      if (options.stop !== undefined) await run(options.stop, null);
    },
  };
}
