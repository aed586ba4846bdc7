import type { Fault } from "@brainops/core";
import { faultSchema } from "@brainops/core/healing";
import {
  changeSchema,
  planSchema,
  releaseSchema,
  testReportSchema,
  tuningSchema,
  type Change,
  type GoalState,
  type Plan,
  type Release,
  type TestReport,
  type Tuning,
} from "@brainops/nodes";
import { z } from "zod";
import { jobSchema, type Job } from "./job.ts";

/** What a run is given. */
export interface Asked {
  readonly goal: string;
  readonly job: Job;
}

/** One time that the running service was broken, and what became of it. */
export interface Drill {
  /** Milliseconds from the break until it was well again. */
  readonly ms: number;
  /** Where the remedy came from; `null` when nothing helped. */
  readonly source: "memory" | "healer" | "search" | null;
  /** Remedies that were applied. */
  readonly tries: number;
  readonly modelCalls: number;
  /** What helped. */
  readonly action: string | null;
}

/** What a run has reached; `null` where it has not come to. */
export interface Reached extends Asked {
  readonly plan: Plan | null;
  readonly change: Change | null;
  readonly tests: TestReport | null;
  readonly release: Release | null;
  readonly tuning: Tuning | null;
  readonly fault: Fault | null;
  /** Demo only. */
  readonly drills: readonly Drill[];
}

const drillSchema: z.ZodType<Drill, Drill> = z.object({
  ms: z.number(),
  source: z.enum(["memory", "healer", "search"]).nullable(),
  tries: z.int(),
  modelCalls: z.int(),
  action: z.string().nullable(),
});

/** A key that is `null` until the run comes to it. */
type Later<T> = z.ZodDefault<z.ZodNullable<z.ZodType<T>>>;

/** The keys of state that both graphs have. */
export const reachedShape: {
  readonly goal: z.ZodString;
  readonly job: z.ZodType<Job, Job>;
  readonly plan: Later<Plan>;
  readonly change: Later<Change>;
  readonly tests: Later<TestReport>;
  readonly release: Later<Release>;
  readonly tuning: Later<Tuning>;
  readonly fault: Later<Fault>;
  readonly drills: z.ZodDefault<z.ZodArray<z.ZodType<Drill, Drill>>>;
} = {
  goal: z.string().min(1),
  job: jobSchema,
  plan: planSchema.nullable().default(null),
  change: changeSchema.nullable().default(null),
  tests: testReportSchema.nullable().default(null),
  release: releaseSchema.nullable().default(null),
  tuning: tuningSchema.nullable().default(null),
  fault: faultSchema.nullable().default(null),
  drills: z.array(drillSchema).default([]),
};

/** What is kept of a goal's end state. */
export function keep({
  plan,
  change,
  tests,
  release,
  tuning,
  fault,
}: GoalState): Omit<Reached, "goal" | "job" | "drills"> {
  return { plan, change, tests, release, tuning, fault };
}
