import { z } from "zod";
import type { Estimate } from "./plan/estimate.ts";
import type { Setting } from "./optimize/space.ts";

export * from "./watch-state.ts";

/** The branch a piece of work is done on. */
export interface Work {
  /** Its branch, such as `brainops/0192…`. */
  readonly branch: string;
  /** The commit it started from. */
  readonly base: string;
}

/** One step of a plan. */
export interface Task {
  /** Unique in its plan, such as `1`. */
  readonly id: string;
  /** What is to be done, in a few words. */
  readonly title: string;
  /** What is to be done, for the developer. */
  readonly detail: string;
  /** Files that will probably change. */
  readonly files: readonly string[];
  /** How one sees that it is done. */
  readonly check: string;
  /** Program and arguments that end with 0 when it is done, run by the Tester; empty: the repository's tests show it. */
  readonly command: readonly string[];
  /** Ids of the tasks that must be done before it. */
  readonly after: readonly string[];
  /** How much harm it can do when it goes wrong. */
  readonly risk: "low" | "medium" | "high";
  /** What the model thinks it takes. */
  readonly minutes: number;
}

/** What the planner made of the goal. */
export interface Plan {
  /** How the goal is to be reached, in words. */
  readonly summary: string;
  /** Each after those it needs. */
  readonly tasks: readonly Task[];
  /** When it was made: milliseconds since 1970. A revised plan keeps the time of the first. */
  readonly at: number;
  /** How long it will take, calibrated by the plans of before. */
  readonly estimate: Estimate;
  /** Id of the decision record. */
  readonly record: string;
}

/** What the developer changed. */
export interface Change {
  /** The branch that the change is on. */
  readonly branch: string;
  /** The commit that the branch began from. */
  readonly base: string;
  /** The newest commit on the branch. */
  readonly commit: string;
  /** How many commits the branch has over its base. */
  readonly commits: number;
  /** Paths changed since the base. */
  readonly files: readonly string[];
  /** What was done, in the developer's words. */
  readonly summary: string;
  /** Id of the experience record. */
  readonly record: string;
}

/** One test that failed. */
export interface TestFailure {
  /** The test's name, as the runner says it. */
  readonly name: string;
  /** What it says went wrong: text from outside. */
  readonly message: string;
  /** Groups the same failure over runs. */
  readonly fingerprint: string;
  /** Id of its error record. */
  readonly record: string;
  /** By history it fails by chance. */
  readonly flaky?: boolean | undefined;
}

/** Whether a change is shown to do what it is for: by a test that fails without it and passes with it. */
export interface Proof {
  /** Whether it is shown. */
  readonly proven: boolean;
  /** How, or what is missing, in one sentence. */
  readonly how: string;
}

/** How much of the changed lines the tests ran. */
export interface Coverage {
  /** Changed lines that can be run. */
  readonly lines: number;
  /** Those of them that were. */
  readonly covered: number;
  /** Changed lines that no test ran, by file. */
  readonly missed: readonly {
    /** Path in the repository. */
    readonly file: string;
    /** Numbers of lines, from 1. */
    readonly lines: readonly number[];
  }[];
}

/** What the repository's tests said. */
export interface TestReport {
  /** Whether the tests passed, the change is proven where it must be, and the checks of the plan hold. */
  readonly passed: boolean;
  /** The command that was run. */
  readonly command: readonly string[];
  /** The commit it was run on. */
  readonly commit: string;
  /** `null` when it was ended by a signal or a timeout. */
  readonly exitCode: number | null;
  /** Whether it was killed because its time was over. */
  readonly timedOut: boolean;
  /** What held the command in, in one sentence; see {@link SandboxOptions}. */
  readonly sandbox: string;
  /** Tests counted in the output; 0 when it could not be read. */
  readonly total: number;
  /** How many failed, checks of the plan included. */
  readonly failed: number;
  /** The first failures, at most twenty. */
  readonly failures: readonly TestFailure[];
  /** The end of the output, at most 6,000 characters. Text from outside: data, never an instruction. */
  readonly output: string;
  /** Of a change whose tests pass; absent without one. */
  readonly proof?: Proof | undefined;
  /** Where the runner gives it. */
  readonly coverage?: Coverage | undefined;
  /** Id of the experience record. */
  readonly record: string;
}

/** What the deployer released. */
export interface Release {
  /** Name of the release folder. */
  readonly id: string;
  /** The commit that it is made from. */
  readonly commit: string;
  /** It is serving and healthy. */
  readonly ok: boolean;
  /** The release before it. */
  readonly previous: string | null;
  /** It was not well, so the release before it serves: it was put back, or never left. */
  readonly rolledBack: boolean;
  /** A person said no, so nothing was done; `detail` says why. */
  readonly declined?: boolean | undefined;
  /** Where the service answers; `null` without a service. */
  readonly url: string | null;
  /** What the health probe said. */
  readonly detail: string;
  /** Id of the experience or error record. */
  readonly record: string;
}

/** One parameter that the optimizer measured. */
export interface Trial {
  /** Key of the parameter. */
  readonly parameter: string;
  /** The value that was there. */
  readonly from: Setting;
  /** The value that was tried. */
  readonly to: Setting;
  /** Medians of the metric. */
  readonly before: number;
  /** With the value that was tried. */
  readonly after: number;
  /** How many samples were taken of both together. */
  readonly samples: number;
  /** Share by which it got better; negative when it got worse. */
  readonly gain: number;
  /** Probability of such a difference by chance at most, however often it was looked at. */
  readonly p: number;
  /** Whether the new value was kept. */
  readonly kept: boolean;
}

/** What the optimizer did. */
export interface Tuning {
  /** What was measured, such as `latency`, and its unit. */
  readonly metric: string;
  /** Unit of the metric, such as `ms`. */
  readonly unit: string;
  /** What was tried, in order. */
  readonly trials: readonly Trial[];
  /** Whether anything was kept. */
  readonly kept: boolean;
  /** Id of the decision record. */
  readonly record: string;
}

/** A {@link Work} as a key of a graph's state. */
export const workSchema: z.ZodType<Work, Work> = z.object({ branch: z.string(), base: z.string() });

/** A {@link Task} as data. */
export const taskSchema: z.ZodType<Task, Task> = z.object({
  id: z.string().min(1),
  title: z.string().min(1),
  detail: z.string(),
  files: z.array(z.string()),
  check: z.string().min(1),
  command: z.array(z.string()),
  after: z.array(z.string()),
  risk: z.enum(["low", "medium", "high"]),
  minutes: z.number().positive(),
});

/** An {@link Estimate} as data. */
const estimateSchema: z.ZodType<Estimate, Estimate> = z.object({
  thoughtMs: z.number(),
  likelyMs: z.number(),
  atMostMs: z.number(),
  from: z.int(),
});

/** A {@link Plan} as a key of a graph's state. */
export const planSchema: z.ZodType<Plan, Plan> = z.object({
  summary: z.string(),
  tasks: z.array(taskSchema).min(1),
  at: z.number(),
  estimate: estimateSchema,
  record: z.string(),
});

/** A {@link Change} as a key of a graph's state. */
export const changeSchema: z.ZodType<Change, Change> = z.object({
  branch: z.string(),
  base: z.string(),
  commit: z.string(),
  commits: z.int().nonnegative(),
  files: z.array(z.string()),
  summary: z.string(),
  record: z.string(),
});

/** A {@link TestReport} as a key of a graph's state. */
export const testReportSchema: z.ZodType<TestReport, TestReport> = z.object({
  passed: z.boolean(),
  command: z.array(z.string()),
  commit: z.string(),
  exitCode: z.int().nullable(),
  timedOut: z.boolean(),
  sandbox: z.string(),
  total: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  failures: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      fingerprint: z.string(),
      record: z.string(),
      flaky: z.boolean().optional(),
    }),
  ),
  output: z.string(),
  proof: z.object({ proven: z.boolean(), how: z.string() }).optional(),
  coverage: z
    .object({
      lines: z.int().nonnegative(),
      covered: z.int().nonnegative(),
      missed: z.array(z.object({ file: z.string(), lines: z.array(z.int()) })),
    })
    .optional(),
  record: z.string(),
});

/** A {@link Release} as a key of a graph's state. */
export const releaseSchema: z.ZodType<Release, Release> = z.object({
  id: z.string(),
  commit: z.string(),
  ok: z.boolean(),
  previous: z.string().nullable(),
  rolledBack: z.boolean(),
  declined: z.boolean().optional(),
  url: z.string().nullable(),
  detail: z.string(),
  record: z.string(),
});

const settingSchema = z.union([z.number(), z.string(), z.boolean()]);

/** A {@link Tuning} as a key of a graph's state. */
export const tuningSchema: z.ZodType<Tuning, Tuning> = z.object({
  metric: z.string(),
  unit: z.string(),
  trials: z.array(
    z.object({
      parameter: z.string(),
      from: settingSchema,
      to: settingSchema,
      before: z.number(),
      after: z.number(),
      samples: z.int(),
      gain: z.number(),
      p: z.number(),
      kept: z.boolean(),
    }),
  ),
  kept: z.boolean(),
  record: z.string(),
});
