import { setTimeout as sleep } from "node:timers/promises";
import type { Brain } from "@brainops/core";
import type { Output } from "../cli/output.ts";
import type { Home } from "../home.ts";
import { jobOf, type Job } from "../job.ts";
import { openBrain } from "../open-brain.ts";
import { teamOf } from "../team.ts";
import type { Models } from "../models.ts";
import { mendBy } from "./mend.ts";
import { modelHealingName } from "./model-failures.ts";

/** Watches and heals the services that runs have released. */
export interface ServiceKeeper {
  /** Names of the services that are watched. */
  readonly watched: readonly string[];
  stop(): Promise<void>;
}

/** What it works with. */
export interface KeepServices {
  /** Those that could mend what is broken in the code. */
  readonly models: Models | undefined;
  /** Whether a person must say yes before what mends the code is released. */
  readonly approve: NonNullable<Job["approve"]>;
  readonly brain: Brain;
  readonly home: Home;
  readonly output: Output;
  /** Milliseconds between two looks at a service. */
  readonly everyMs: number;
}

/** How long the journals of looks are kept; what they remembered stays. */
const journalsMs = 7 * 86_400_000;
const hour = 3_600_000;

/**
 * Finds the service of each repository that `brainops run` has released, again each minute, and watches it: a loop of
 * monitor and healing in a Brain of its own on the same memory. Its code is watched as well: a test that fails on a new
 * commit is handed to the Developer, as a run of its own. A service that was stopped on purpose is left alone.
 */
export function keepServices({ brain, home, output, everyMs, models, approve }: KeepServices): ServiceKeeper {
  const stopping = new AbortController();
  const brains = new Map<string, { readonly name: string; readonly brain: Brain }>();
  let pruned = Date.now();

  async function watch(job: Job, name: string): Promise<void> {
    const mend =
      models === undefined
        ? {}
        : { chain: models.chain, mend: mendBy(brain, { ...job, approve: job.approve ?? approve }, home) };
    const team = teamOf(job, { watchEveryMs: everyMs, watchCode: true, ...mend });
    if ((await team.service?.releases.current()) == null) return;
    const own = await openBrain(home, output, { plugins: [team] });
    brains.set(job.work, { name, brain: own });
    own.startLoops();
    output.notice(`Watches ${name}, released from ${job.repo}`);
  }

  async function look(): Promise<void> {
    for (const { id, graph, status } of await brain.runs()) {
      if (graph !== "run" || status !== "completed" || stopping.signal.aborted) continue;
      const job = jobOf(await brain.journal(id));
      if (job?.service === undefined || brains.has(job.work)) continue;
      await watch(job, job.service.name);
    }
    if (Date.now() - pruned < hour) return;
    pruned = Date.now();
    for (const graph of ["watch", "watch-code", modelHealingName])
      await brain.prune({ graph, olderThanMs: journalsMs });
  }

  async function turn(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => output.notice(`The services cannot be looked at now: ${String(error)}`));
      await sleep(Math.min(60_000, 2 * everyMs), undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const turning = turn();
  return {
    get watched() {
      return [...brains.values()].map(({ name }) => name);
    },
    async stop() {
      stopping.abort();
      await turning;
      await Promise.all([...brains.values()].map((each) => each.brain.close()));
    },
  };
}
