import { Cron } from "croner";
import { BrainOpsError } from "../contracts/error.ts";
import type { NextTime } from "../contracts/plugin.ts";

/** How a pattern is read. */
export interface CronOptions {
  /** Name of a time zone, such as `Europe/Vienna`. Default `UTC`, so that every machine agrees. */
  readonly timezone?: string;
}

/**
 * The times of a cron pattern (five fields, or six with seconds first), for a loop's `every`. Throws `invalid_input`
 * when it is no pattern, or no time zone.
 *
 * @example
 * ```ts
 * import { plugin } from "@brainops/core";
 * import { cron } from "@brainops/core/schedule";
 * export const nightly = plugin({
 *   name: "nightly",
 *   setup: (registrar) =>
 *     registrar.loop({ name: "tidy", every: cron("0 3 * * *"), missed: "once", graph: "tidy", input: {} }),
 * });
 * ```
 */
export function cron(pattern: string, { timezone = "UTC" }: CronOptions = {}): NextTime {
  try {
    const times = new Cron(pattern, { timezone, paused: true });
    // Asked once, so that a wrong time zone is known now.
    times.nextRun();
    return (after) => times.nextRun(new Date(after))?.getTime();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BrainOpsError(
      "invalid_input",
      `'${pattern}' in '${timezone}' says no times: ${why.replace(/\.+$/, "")}. Give five fields (minute hour day month weekday), or six with seconds first.`,
      {
        cause,
      },
    );
  }
}
