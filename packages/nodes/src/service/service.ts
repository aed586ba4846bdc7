import { join, resolve } from "node:path";
import { mkdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { BrainOpsError } from "@brainops/core";
import { bareEnvironment } from "../command/run-command.ts";
import { clip } from "../text.ts";
import type { Probed } from "../state.ts";
import { serviceConfig, type ServiceConfig } from "./config.ts";
import { readIfThere, writeAtomic } from "./files.ts";
import { httpGet } from "./http-get.ts";
import type { ServiceOptions } from "./options.ts";
import { pickPort, portFreeSoon } from "./port.ts";
import { serviceProcess } from "./process.ts";
import type { Releases } from "./releases.ts";

/** A service on this machine that runs from the current release, and goes on running when we end. */
export interface Service {
  readonly name: string;
  readonly releases: Releases;
  /** `undefined` when it has no configuration file. */
  readonly config: ServiceConfig | undefined;
  /** Where it answers, such as `http://127.0.0.1:4312`. */
  url(): Promise<string>;
  /** Process id, or `null` when it does not run. */
  pid(): Promise<number | null>;
  /**
   * Stops what runs and starts the current release. The same `key` starts once, however often it is called.
   * Errors: `not_found` without a release; `invalid_input` when the port is taken; `command_failed`.
   */
  start(key: string): Promise<number>;
  /** Ends its process: asked first, killed when it does not go. Its releases and files stay. */
  stop(): Promise<void>;
  /** One try of the health probe. Never throws for an unhealthy service. */
  probe(signal?: AbortSignal): Promise<Probed>;
  /** Tries until it is healthy, has ended, or the time of `health.withinMs` is over. Returns the last try. */
  waitHealthy(signal?: AbortSignal): Promise<Probed>;
  /** What it last said since its start. */
  log(max?: number): Promise<string>;
}

/** A service as a local process; see {@link ServiceOptions}. */
export function localService(
  options: ServiceOptions & { readonly home: string; readonly releases: Releases },
): Service {
  const { releases } = options;
  const home = resolve(options.home);
  const name = options.name ?? "service";
  if (!/^[\w.-]+$/.test(name)) {
    throw new BrainOpsError(
      "invalid_input",
      `The service name ${JSON.stringify(name)} is used for files: use letters, digits, dots and dashes only.`,
    );
  }
  const process = serviceProcess({ name, home, stopMs: options.stopMs ?? 2_000 });
  const config = options.config === undefined ? undefined : serviceConfig({ ...options.config, name, home });
  const timeoutMs = options.health?.timeoutMs ?? 1_000;
  const withinMs = options.health?.withinMs ?? 5_000;

  async function port(): Promise<number> {
    if (options.port !== undefined) return options.port;
    const file = join(home, "run", `${name}.port`);
    const known = Number(await readIfThere(file));
    if (known > 0) return known;
    await mkdir(join(home, "run"), { recursive: true });
    const picked = await pickPort();
    await writeAtomic(file, String(picked));
    return picked;
  }

  async function url(): Promise<string> {
    return `http://127.0.0.1:${await port()}`;
  }

  async function probe(signal?: AbortSignal): Promise<Probed> {
    const started = performance.now();
    const target = `${await url()}${options.health?.path ?? "/health"}`;
    const probed = (ok: boolean, detail: string): Probed => ({
      name,
      ok,
      ms: Math.round(performance.now() - started),
      detail: clip(detail, 500),
    });
    if ((await process.pid()) === null)
      return probed(false, `the process is not running; ${lastWords(await process.log())}`);
    try {
      const answer = await httpGet(target, { timeoutMs, ...(signal === undefined ? {} : { signal }) });
      const ok = answer.status >= 200 && answer.status < 300;
      return probed(ok, ok ? `HTTP ${answer.status}` : `HTTP ${answer.status}: ${answer.body.trim()}`);
    } catch (error) {
      return probed(false, error instanceof Error ? error.message : String(error));
    }
  }

  return {
    name,
    releases,
    config,
    url,
    probe,
    pid: () => process.pid(),
    stop: () => process.stop(),
    log: (max) => process.log(max),
    async start(key) {
      const release = await releases.current();
      if (release === null)
        throw new BrainOpsError("not_found", `There is no release of ${name} to start. Deploy one first.`);
      const cwd = await releases.dir(release);
      if (config !== undefined) await config.ensure(cwd);
      const number = await port();
      if ((await process.pid()) === null && !(await portFreeSoon(number))) throw portTaken(name, number);
      await mkdir(join(home, "run", "home"), { recursive: true });
      const env = {
        ...bareEnvironment(join(home, "run", "home")),
        ...options.env,
        PORT: String(number),
        RELEASE: release,
        ...(config === undefined ? {} : { [options.config?.env ?? "CONFIG"]: config.file }),
      };
      return process.start({ key, command: options.command, cwd, env });
    },
    async waitHealthy(signal) {
      const deadline = Date.now() + withinMs;
      let missing = 0;
      for (;;) {
        const seen = await probe(signal);
        // Twice in a row: while it becomes another program, a process shows no mark for a moment.
        missing = (await process.pid()) === null ? missing + 1 : 0;
        if (seen.ok || missing > 1 || Date.now() >= deadline || signal?.aborted === true) return seen;
        await delay(50);
      }
    },
  };
}

/** The line of a log that most probably says what went wrong. */
function lastWords(log: string): string {
  const lines = log.split("\n").filter((line) => line.trim() !== "" && !/^\s+at |^Node\.js v/.test(line));
  // `TypeError: …` at the start of a line is what was thrown; any other mention of an error is second best.
  const thrown = lines.filter((line) => /^(?:Uncaught )?[\w.]*(?:Error|Exception)\b.*:/.test(line)).at(-1);
  const telling = thrown ?? lines.filter((line) => /error|exception|fatal|panic/i.test(line)).at(-1) ?? lines.at(-1);
  return telling === undefined ? "it said nothing" : `it said: ${telling.trim()}`;
}

function portTaken(name: string, port: number): BrainOpsError {
  return new BrainOpsError(
    "invalid_input",
    `The port ${port} of ${name} is taken by another process. Stop it, or give another port.`,
    {
      details: { port },
    },
  );
}
