import { setTimeout as delay } from "node:timers/promises";
import { runCommand } from "../command/run-command.ts";
import { lastWords, lookAt, wrongRelease, type Health } from "../service/health.ts";
import { pickPort } from "../service/port.ts";
import type { Service } from "../service/service.ts";
import { clipStart } from "../text.ts";
import { canary } from "./canary.ts";
import type { Staged, Target, TargetCall } from "./target.ts";
import { startTrial, type Trial } from "./trial.ts";

/**
 * A service on this machine as a {@link Target}: migrates, tries the release on a port of its own beside a fresh process
 * of the one before it, hands over, and looks whether the right one answers.
 *
 * @example
 * ```ts
 * import { type Service, serviceTarget } from "@brainops/nodes";
 * declare const service: Service;
 * const target = serviceTarget(service);
 * ```
 */
export function serviceTarget(service: Service): Target {
  return {
    name: service.name,
    url: () => service.url(),
    async prepare(release, baseline, call) {
      const started = performance.now();
      const wrong = (await migrate(service, release, call)) ?? (await rehearse(service, release, baseline, call));
      const ms = Math.round(performance.now() - started);
      return { name: service.name, ok: wrong === null, ms, detail: wrong ?? "as good as the release before it" };
    },
    take: (_release, { key, signal }) => service.take(key, signal),
    stop: () => service.stop(),
  };
}

/** What is wrong, in words; `null` when nothing is. */
type Wrong = string | null;

async function migrate(service: Service, release: Staged, { key, signal }: TargetCall): Promise<Wrong> {
  const { migrate: command } = service.options;
  if (command === undefined) return null;
  const { cwd, env } = await service.launch(release.id);
  const result = await runCommand(command, { cwd, env: { ...env, MIGRATION: key }, timeoutMs: 300_000, signal });
  if (result.exitCode === 0) return null;
  const how = result.timedOut ? "took longer than five minutes" : `ended with ${result.exitCode ?? result.signal}`;
  return `the migration ${how}: ${clipStart((result.stderr || result.stdout).trim(), 400)}`;
}

async function rehearse(service: Service, release: Staged, baseline: Staged | null, call: TargetCall): Promise<Wrong> {
  const { canary: wanted = {}, health = {}, stopMs = 2_000 } = service.options;
  if (wanted === false) return null;
  const trials: Trial[] = [];
  const begin = async (id: string): Promise<Trial> => {
    const { command, cwd, env, url } = await service.launch(id, await pickPort());
    const trial = startTrial({ command, cwd, env: { ...env, TRIAL: "1" }, url });
    trials.push(trial);
    return trial;
  };
  try {
    const candidate = await begin(release.id);
    const seen = await healthy(candidate, health, call.signal);
    if (!seen.ok) return seen.detail;
    const wrong = wrongRelease(seen, release.id);
    if (wrong !== null) return wrong;
    const before = baseline === null || baseline.id === release.id ? null : await begin(baseline.id);
    // One that no longer starts, such as after a migration, is nothing to compare with; what it served is still served.
    const compared = before !== null && (await healthy(before, health, call.signal)).ok ? before : null;
    const paths = wanted.paths ?? [health.path ?? "/health"];
    const judged = await canary(candidate, compared, { ...wanted, paths }, call.signal);
    if (judged !== null) return candidate.running() ? judged : `${judged}; ${lastWords(candidate.log())}`;
    const ended = await candidate.stop(stopMs);
    return ended ? null : `it did not end within ${stopMs} ms when it was asked to (SIGTERM)`;
  } finally {
    await Promise.all(trials.map((trial) => trial.stop(0)));
  }
}

async function healthy(
  trial: Trial,
  health: NonNullable<Service["options"]["health"]>,
  signal: AbortSignal,
): Promise<Health> {
  const { path = "/health", timeoutMs = 1_000, withinMs = 5_000 } = health;
  const deadline = Date.now() + withinMs;
  for (;;) {
    const seen = await lookAt(`${trial.url}${path}`, timeoutMs, signal);
    if (!trial.running()) {
      const detail = `the process is not running; ${lastWords(trial.log())}`;
      return { ok: false, detail, release: null };
    }
    if (seen.ok || Date.now() >= deadline || signal.aborted) return seen;
    await delay(20);
  }
}
