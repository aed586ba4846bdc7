import { join, resolve } from "node:path";
import { mkdir, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { BrainOpsError, type Circumstances, type JsonObject } from "@brainops/core";
import { bareEnvironment } from "../command/run-command.ts";
import type { Probed } from "../state.ts";
import { serviceConfig, type ServiceConfig } from "./config.ts";
import { readIfThere, writeAtomic } from "./files.ts";
import { handOver } from "./hand-over.ts";
import { limits, type Limits } from "./limits.ts";
import { once } from "./once.ts";
import { lastWell } from "./last-well.ts";
import { lastWords, lookAt, wrongRelease } from "./health.ts";
import type { ServiceOptions } from "./options.ts";
import { pickPort, portFreeSoon } from "./port.ts";
import { serviceProcess } from "./process.ts";
import type { Releases } from "./releases.ts";

/** A service on this machine that runs from the current release, and goes on running when we end. */
export interface Service {
  /** As in its options. */
  readonly name: string;
  /** The releases that it runs from. */
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
  /**
   * Ends its process: asked first, killed when it does not go. Its releases and files stay. Until it is started again it
   * rests: that it does not run is no fault then.
   */
  stop(): Promise<void>;
  /** Whether it was stopped on purpose. */
  resting(): Promise<boolean>;
  /** Whether somebody, perhaps another process, is making a release the one that serves: that it is away is no fault then. */
  taking(): Promise<boolean>;
  /** One try of the health probe. Never throws for an unhealthy service. */
  probe(signal?: AbortSignal): Promise<Probed>;
  /** Tries until it is healthy, has ended, or the time of `health.withinMs` is over. Returns the last try. */
  waitHealthy(signal?: AbortSignal): Promise<Probed>;
  /**
   * Makes the current release the one that serves, as `handOver` in its options says, and says whether it does. One that
   * runs already and is well is left alone.
   */
  take(key: string, signal?: AbortSignal): Promise<Probed>;
  /** How a release is started: what a trial of it needs. `port` in place of the one that the service listens on. */
  launch(release: string, port?: number): Promise<Launch>;
  /** Remembers release and configuration as they are as good ones: what it is compared with when something is wrong. */
  keepGood(): Promise<void>;
  /** What is otherwise than when it was last well; see `Fault.circumstances` of `@brainops/core/healing`. */
  circumstances(): Promise<Circumstances>;
  /** What it is given of what may run out. */
  readonly limits: Limits;
  /** The file that it writes its output to. */
  readonly logFile: string;
  /** Decides something once for a key, and gives the same whenever it is asked again, also after a crash. */
  once(key: string, decide: () => Promise<JsonObject>): Promise<JsonObject>;
  /** What it was made with. */
  readonly options: ServiceOptions;
  /** What it last said since its start. */
  log(max?: number): Promise<string>;
}

/** How a release of a service is started. */
export interface Launch {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** The release folder. */
  readonly cwd: string;
  /** Its whole environment. */
  readonly env: { readonly [name: string]: string };
  /** Where it will answer. */
  readonly url: string;
}

/**
 * A service as a local process; see {@link ServiceOptions}.
 *
 * @example
 * ```ts
 * import { localService, releases } from "@brainops/nodes";
 * const home = "./shop-home";
 * const service = localService({
 *   name: "shop",
 *   command: ["node", "server.js"],
 *   home,
 *   releases: releases({ repo: "./shop", home }),
 * });
 * ```
 */
export function localService(
  options: ServiceOptions & {
    /** Folder in which its process id, log and configuration lie. */
    readonly home: string;
    /** The releases that it runs from. */
    readonly releases: Releases;
  },
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
  const takingFile = join(home, "run", `${name}.taking`);
  const restFile = join(home, "run", `${name}.rests`);
  const given = limits(join(home, "run", `${name}.limits.json`), options.limits);
  const well = lastWell({ name, home, releases, config });
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
    const probed = (ok: boolean, detail: string): Probed => ({
      name,
      ok,
      ms: Math.round(performance.now() - started),
      detail,
    });
    if ((await pid()) === null) return probed(false, `the process is not running; ${lastWords(await process.log())}`);
    const seen = await lookAt(await healthUrl(), timeoutMs, signal);
    return probed(seen.ok, seen.detail);
  }

  async function healthUrl(): Promise<string> {
    return `${await url()}${options.health?.path ?? "/health"}`;
  }

  async function pid(): Promise<number | null> {
    return (await process.running())[0]?.pid ?? null;
  }

  async function launch(release: string, at?: number): Promise<Launch> {
    const cwd = await releases.dir(release);
    if (config !== undefined) await config.ensure(cwd);
    const number = at ?? (await port());
    await mkdir(join(home, "run", "home"), { recursive: true });
    const env = {
      ...bareEnvironment(join(home, "run", "home")),
      ...options.env,
      ...(await given.environment()),
      PORT: String(number),
      RELEASE: release,
      ...(config === undefined ? {} : { [options.config?.env ?? "CONFIG"]: config.file }),
    };
    return { command: options.command, cwd, env, url: `http://127.0.0.1:${number}` };
  }

  async function start(key: string, beside: boolean): Promise<number> {
    const release = await releases.current();
    if (release === null)
      throw new BrainOpsError("not_found", `There is no release of ${name} to start. Deploy one first.`);
    const { command, cwd, env } = await launch(release);
    const number = await port();
    await rm(restFile, { force: true });
    if ((await pid()) === null && !(await portFreeSoon(number))) throw portTaken(name, number);
    return process.start({ key, release, command, cwd, env, beside });
  }

  async function waitHealthy(signal?: AbortSignal): Promise<Probed> {
    const deadline = Date.now() + withinMs;
    let missing = 0;
    for (;;) {
      const seen = await probe(signal);
      // Twice in a row: while it becomes another program, a process shows no mark for a moment.
      missing = (await pid()) === null ? missing + 1 : 0;
      if (seen.ok || missing > 1 || Date.now() >= deadline || signal?.aborted === true) return seen;
      await delay(50);
    }
  }

  return {
    name,
    releases,
    config,
    url,
    probe,
    waitHealthy,
    launch,
    options,
    pid,
    limits: given,
    logFile: process.logFile,
    once: (key, decide) => once(join(home, "run"), key, decide),
    keepGood: () => well.keep(),
    circumstances: async () => well.circumstances(await pid()),
    stop: async () => {
      await mkdir(join(home, "run"), { recursive: true });
      await writeAtomic(restFile, "");
      await process.stop();
    },
    resting: async () => (await readIfThere(restFile)) !== undefined,
    log: (max) => process.log(max),
    start: (key) => start(key, false),
    take: (key, signal) => whileTaking(() => take(key, signal)),
    taking: async () => Number(await readIfThere(takingFile)) > Date.now(),
  };

  /** Says to others that a release is being taken; no longer than that may last, since whoever says so may be killed. */
  async function whileTaking(work: () => Promise<Probed>): Promise<Probed> {
    await mkdir(join(home, "run"), { recursive: true });
    await writeAtomic(takingFile, String(Date.now() + withinMs + (options.stopMs ?? 2_000) + 5_000));
    try {
      return await work();
    } finally {
      await rm(takingFile, { force: true });
    }
  }

  async function take(key: string, signal?: AbortSignal): Promise<Probed> {
    const started = performance.now();
    const release = (await releases.current()) ?? "";
    const more = signal === undefined ? {} : { signal };
    const probed = ({ ok, detail }: Pick<Probed, "ok" | "detail">): Probed => ({
      name,
      ok,
      ms: Math.round(performance.now() - started),
      detail,
    });
    const running = await process.running();
    const there = running.find((each) => each.release === release);
    if (there !== undefined && running.length === 1) {
      const seen = await lookAt(await healthUrl(), timeoutMs, signal);
      if (seen.ok && wrongRelease(seen, release) === null) return probed(seen);
    }
    if (options.handOver === "overlap") {
      // One of this release that runs beside another was begun by a hand-over that was cut off.
      const begin = (): Promise<number> =>
        there !== undefined && running.length > 1 ? Promise.resolve(there.pid) : start(key, true);
      return probed(
        await handOver({
          process,
          start: begin,
          release,
          healthUrl: await healthUrl(),
          timeoutMs,
          withinMs,
          ...more,
        }),
      );
    }
    await start(key, false);
    const healthy = await waitHealthy(signal);
    if (!healthy.ok) return probed(healthy);
    const seen = await lookAt(await healthUrl(), timeoutMs, signal);
    const wrong = wrongRelease(seen, release);
    return probed(wrong === null ? seen : { ok: false, detail: wrong });
  }
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
