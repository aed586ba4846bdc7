import type { JsonObject } from "@brainops/core";
import { z } from "zod";
import { runCommand } from "../command/run-command.ts";
import type { Keep } from "../keep.ts";
import { httpGet } from "../service/http-get.ts";
import type { Service } from "../service/service.ts";
import type { Probed } from "../state.ts";
import { clip, clipStart } from "../text.ts";

/** Looks whether something is well. Write one as a plain object, or use the ready ones. */
export interface Probe {
  /** Unique among the probes of a Monitor. */
  readonly name: string;
  /** What it looks at; becomes the effect's name, such as `http.probe`. */
  readonly kind: "http" | "tcp" | "process" | "command" | "log" | "metric";
  /** What a fault that it notices is about, such as the service's name. */
  readonly subject: string;
  /**
   * One look. Does not throw for what is not well. What it must know from the looks before, over restarts, it puts into
   * `keep`, which is its own; without one it knows what this process has seen.
   */
  check(signal: AbortSignal, keep?: Keep): Promise<Probed>;
}

/**
 * The health probe of a service.
 *
 * @example
 * ```ts
 * import { type Service, serviceProbe } from "@brainops/nodes";
 * declare const service: Service;
 * console.log(await serviceProbe(service).check(AbortSignal.timeout(1_000)));
 * ```
 */
export function serviceProbe(service: Service): Probe {
  return {
    name: "health",
    kind: "http",
    subject: service.name,
    check: async (signal) => {
      const seen = { ...(await service.probe(signal)), name: "health" };
      if (!seen.ok && (await service.resting())) return { ...seen, ok: true, detail: "stopped on purpose" };
      // Whoever releases sees to it himself; healing beside him would put the release before it back.
      if (!seen.ok && (await service.taking())) return { ...seen, ok: true, detail: "a release is being taken" };
      return seen.ok ? seen : { ...seen, circumstances: await service.circumstances() };
    },
  };
}

/**
 * Well when an address answers with a status from 200 to 299, and, when `body` is given, with that text in its body.
 *
 * @example
 * ```ts
 * import { httpProbe } from "@brainops/nodes";
 * const probe = httpProbe({ name: "health", subject: "shop", url: "http://127.0.0.1:8080/health", body: "ok" });
 * ```
 */
export function httpProbe(options: {
  /** Unique among the probes of a Monitor. */
  readonly name: string;
  /** What a fault that it notices is about, such as the service's name. */
  readonly subject: string;
  /** Address that is asked with GET. */
  readonly url: string;
  /** Text that must be in the answer. Default: none. */
  readonly body?: string;
  /** Milliseconds for one look. Default 1,000. */
  readonly timeoutMs?: number;
}): Probe {
  const { name, subject, url, body, timeoutMs = 1_000 } = options;
  return {
    name,
    kind: "http",
    subject,
    check: (signal) =>
      timed(name, async () => {
        const answer = await httpGet(url, { timeoutMs, signal });
        const said = `HTTP ${answer.status}`;
        if (answer.status < 200 || answer.status > 299) return [false, `${said}: ${answer.body.trim()}`];
        if (body !== undefined && !answer.body.includes(body))
          return [false, `${said}, but the answer does not contain ${JSON.stringify(body)}`];
        return [true, said];
      }),
  };
}

/**
 * Well when a service's process runs.
 *
 * @example
 * ```ts
 * import { processProbe, type Service } from "@brainops/nodes";
 * declare const service: Service;
 * console.log(await processProbe(service).check(AbortSignal.timeout(1_000)));
 * ```
 */
export function processProbe(service: Service): Probe {
  return {
    name: "process",
    kind: "process",
    subject: service.name,
    check: () =>
      timed("process", async () =>
        (await service.pid()) === null ? [false, "the process is not running"] : [true, "running"],
      ),
  };
}

/**
 * Well when a command ends with exit code 0.
 *
 * @example
 * ```ts
 * import { commandProbe } from "@brainops/nodes";
 * const probe = commandProbe({ name: "disk", subject: "disk", command: ["test", "-w", "/var/lib"], cwd: "/" });
 * ```
 */
export function commandProbe(options: {
  /** Unique among the probes of a Monitor. */
  readonly name: string;
  /** What a fault that it notices is about, such as the service's name. */
  readonly subject: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Folder that it runs in. */
  readonly cwd: string;
  /** Milliseconds for one look; then the command is killed. Default 10,000. */
  readonly timeoutMs?: number;
}): Probe {
  const { name, subject, command, cwd, timeoutMs = 10_000 } = options;
  return {
    name,
    kind: "command",
    subject,
    check: (signal) =>
      timed(name, async () => {
        const result = await runCommand(command, { cwd, timeoutMs, signal, maxOutput: 10_000 });
        if (result.timedOut) return [false, `no answer within ${timeoutMs} ms`];
        if (result.exitCode === 0) return [true, "exit code 0"];
        return [
          false,
          `exit code ${result.exitCode ?? result.signal ?? "none"}: ${clipStart((result.stderr || result.stdout).trim(), 300)}`,
        ];
      }),
  };
}

/** Times one look; what it throws is what is wrong. */
export async function timed(name: string, look: () => Promise<readonly [boolean, string]>): Promise<Probed> {
  const started = performance.now();
  const done = (ok: boolean, detail: string): Probed => ({
    name,
    ok,
    ms: Math.round(performance.now() - started),
    detail: clip(detail, 500),
  });
  try {
    return done(...(await look()));
  } catch (error) {
    return done(false, error instanceof Error ? error.message : String(error));
  }
}

const told = z.object({
  name: z.coerce.string(),
  ok: z.boolean().catch(false),
  ms: z.number().catch(0),
  detail: z.string().catch(({ input }) => (JSON.stringify(input) as string | undefined) ?? "it said nothing"),
});

/** A probe's report as JSON, whatever a plugin has put into it: what is not surely well is not well. */
export function probedJson(probed: Probed): JsonObject & Probed {
  const { circumstances, group, revision } = probed;
  return {
    ...told.parse(probed),
    ...(circumstances === undefined ? {} : { circumstances: { ...circumstances } }),
    ...(group === undefined ? {} : { group }),
    ...(revision === undefined ? {} : { revision }),
  };
}
