import { workforce, type Workforce, type WorkforceOptions } from "@brainops/nodes";
import type { Job } from "./job.ts";
import { splitCommand } from "./split-command.ts";

/** The workforce that a job asks for. Making it touches nothing. */
export function teamOf(
  job: Job,
  more: Pick<WorkforceOptions, "watchEveryMs" | "watchCode" | "mend" | "chain"> = {},
): Workforce {
  const { service, tune } = job;
  return workforce({
    ...more,
    repo: job.repo,
    home: job.work,
    ...(job.test === undefined ? {} : { test: splitCommand(job.test) }),
    ...(job.unproven === true ? { proof: "off" } : {}),
    ...(job.approve === undefined ? {} : { approve: job.approve }),
    ...(service === undefined
      ? {}
      : {
          service: {
            name: service.name,
            command: service.command,
            ...(service.port === undefined ? {} : { port: service.port }),
            // The sample starts in no time, and nobody wants to wait for a sick one.
            health: { path: service.health, withinMs: job.kind === "demo" ? 4_000 : 15_000 },
            ...(service.config === undefined ? {} : { config: { from: service.config } }),
          },
        }),
    ...(tune === undefined
      ? {}
      : {
          tune: {
            parameters: [{ key: tune.key, candidates: tune.candidates }],
            metric: { path: tune.path },
            samples: 6,
          },
        }),
  });
}
