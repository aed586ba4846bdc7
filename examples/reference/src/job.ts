import type { Entry } from "@brainops/core";
import { z } from "zod";

/**
 * What a run was asked to do and where. It stands in the run's input, so that whoever has the journal can build the
 * same graph again: to go on with the run, or to replay it.
 */
export interface Job {
  readonly kind: "demo" | "run";
  /** The git repository to work on. */
  readonly repo: string;
  /** The run's own folder for worktrees, releases, logs and pid files. */
  readonly work: string;
  /** Who plays the model: a model of the environment, or the sample's script. */
  readonly model: "environment" | "scripted";
  /** The test command, as typed; found in the repository when absent. */
  readonly test?: string | undefined;
  /** Take a change that no test proves. */
  readonly unproven?: boolean | undefined;
  /** Whether a person must say yes before a change is released; never when absent. */
  readonly approve?: "risky" | "always" | undefined;
  /** The service to start from the releases; none when absent. */
  readonly service?: ServiceJob | undefined;
  readonly tune?: TuneJob | undefined;
  /** A file that exports a plugin, set up beside our own whoever goes on with the run: it may hold its guards. */
  readonly plugin?: string | undefined;
  /** Demo only. */
  readonly demo?: DemoJob | undefined;
}

/** The service of a job. */
export interface ServiceJob {
  readonly name: string;
  readonly command: readonly string[];
  readonly port?: number | undefined;
  /** Path of its health probe. */
  readonly health: string;
  /** Its JSON configuration in the repository. */
  readonly config?: string | undefined;
}

/** What is tuned, and by which path of the service it is measured. */
export interface TuneJob {
  readonly key: string;
  readonly candidates: readonly number[];
  readonly path: string;
}

/** What only the demo does. */
export interface DemoJob {
  /** Draws the bug. */
  readonly seed: number;
  /** How the service is broken. */
  readonly break: "config" | "stuck";
  /** Leave the service running at the end. */
  readonly keep: boolean;
}

/** A {@link Job} as a key of a graph's state. */
export const jobSchema: z.ZodType<Job, Job> = z.object({
  kind: z.enum(["demo", "run"]),
  repo: z.string(),
  work: z.string(),
  model: z.enum(["environment", "scripted"]),
  test: z.string().optional(),
  unproven: z.boolean().optional(),
  approve: z.enum(["risky", "always"]).optional(),
  service: z
    .object({
      name: z.string(),
      command: z.array(z.string()),
      port: z.int().optional(),
      health: z.string(),
      config: z.string().optional(),
    })
    .optional(),
  tune: z.object({ key: z.string(), candidates: z.array(z.number()), path: z.string() }).optional(),
  plugin: z.string().optional(),
  demo: z.object({ seed: z.int(), break: z.enum(["config", "stuck"]), keep: z.boolean() }).optional(),
});

/** The job of a journal; `undefined` when another program made that run. */
export function jobOf(entries: readonly Entry[]): Job | undefined {
  return askedOf(entries)?.job;
}

/** What a journal's run was asked for; `undefined` when another program made that run. */
export function askedOf([first]: readonly Entry[]): { readonly goal: string; readonly job: Job } | undefined {
  if (first?.type !== "run-started") return undefined;
  const { success, data } = z.object({ goal: z.string(), job: jobSchema }).safeParse(first.body?.input);
  return success ? data : undefined;
}
