import { END, START, graph, type Fault, type Graph, type Node } from "@brainops/core";
import {
  faultSchema,
  healingResultSchema,
  type HealingInput,
  type HealingResult,
  type HealingState,
} from "@brainops/core/healing";
import { z } from "zod";
import type { DeployerInput, DeployerOutput } from "../nodes/deployer.ts";
import type { DeveloperInput, DeveloperOutput } from "../nodes/developer.ts";
import type { MonitorInput, MonitorOutput } from "../nodes/monitor.ts";
import type { OptimizerInput, OptimizerOutput } from "../nodes/optimizer.ts";
import type { PlannerInput, PlannerOutput } from "../nodes/planner.ts";
import { planScore } from "../nodes/plan-score.ts";
import type { TesterInput, TesterOutput } from "../nodes/tester.ts";
import {
  changeSchema,
  planSchema,
  releaseSchema,
  testReportSchema,
  tuningSchema,
  watchSchema,
  workSchema,
  type Change,
  type Plan,
  type Release,
  type TestReport,
  type Tuning,
  type Watch,
  type Work,
} from "../state.ts";

/** What a run of the goal graph is given. */
export interface GoalInput {
  /** What is to be reached, in words. */
  readonly goal: string;
}

/** State of a run of the goal graph. What has not been reached yet is `null`. */
export interface GoalState {
  /** What is to be reached, in words. */
  readonly goal: string;
  /** The branch that it is done on. */
  readonly work: Work | null;
  /** What the planner made of it. */
  readonly plan: Plan | null;
  /** How often the developer has had a go. */
  readonly rounds: number;
  /** What the developer changed. */
  readonly change: Change | null;
  /** What the tests last said. */
  readonly tests: TestReport | null;
  /** What the deployer released. */
  readonly release: Release | null;
  /** What the monitor last saw. */
  readonly watch: Watch | null;
  /** What is wrong now. */
  readonly fault: Fault | null;
  /** The last healing. */
  readonly healing: HealingResult | null;
  /** How many healings there were. */
  readonly heals: number;
  /** What the optimizer did. */
  readonly tuning: Tuning | null;
}

/** The nodes that the goal graph is made of. */
export interface Crew {
  /** Turns the goal into a plan. */
  readonly planner: Node<"planner", PlannerInput, PlannerOutput>;
  /** Writes the change. */
  readonly developer: Node<"developer", DeveloperInput, DeveloperOutput>;
  /** Runs the tests and the plan's checks. */
  readonly tester: Node<"tester", TesterInput, TesterOutput>;
  /** Makes the change the release that serves. */
  readonly deployer: Node<"deployer", DeployerInput, DeployerOutput>;
  /** Looks at the service. */
  readonly monitor: Node<"monitor", MonitorInput, MonitorOutput>;
  /** Tunes the service. */
  readonly optimizer: Node<"optimizer", OptimizerInput, OptimizerOutput>;
}

/** How often things may be tried. */
export interface GoalLimits {
  /** Rounds of the developer. Default 3. */
  readonly maxRounds?: number;
  /** Healings. Default 2. */
  readonly maxHeals?: number;
}

/** No fault; the way to the healing graph is only taken with one. */
const noFault: Fault = { source: "error", subject: "nothing", text: "no fault" };

/**
 * The way of a goal through the workforce: the tests as they are (`baseline`), planner, developer, tester (while they
 * fail, the plan is revised and the developer has another go), deployer, monitor (to healing while something is wrong),
 * optimizer; and however it ends, the plan is scored.
 *
 * @example
 * ```ts
 * import { goalGraph, type Crew } from "@brainops/nodes";
 * import { healing } from "@brainops/core/healing";
 * declare const crew: Crew; // the six nodes
 * const goal = goalGraph(crew, healing({ actions: [] }), { maxRounds: 2 });
 * ```
 */
export function goalGraph(
  crew: Crew,
  heal: Graph<HealingInput, HealingState>,
  limits: GoalLimits = {},
): Graph<GoalInput, GoalState> {
  const { maxRounds = 3, maxHeals = 2 } = limits;
  return graph({
    name: "goal",
    version: "1",
    maxSteps: 9 + 3 * maxRounds + 12 * maxHeals,
    state: z.object({
      goal: z.string(),
      work: workSchema.nullable().default(null),
      plan: planSchema.nullable().default(null),
      rounds: z.int().default(0),
      change: changeSchema.nullable().default(null),
      tests: testReportSchema.nullable().default(null),
      release: releaseSchema.nullable().default(null),
      watch: watchSchema.nullable().default(null),
      fault: faultSchema.nullable().default(null),
      healing: healingResultSchema.nullable().default(null),
      heals: z.int().default(0),
      tuning: tuningSchema.nullable().default(null),
    }),
    reducers: { heals: (count: number, more: number) => count + more },
  })
    .node("baseline", crew.tester)
    .node(crew.planner)
    .node(crew.developer)
    .node(crew.tester)
    .node(crew.deployer)
    .node(crew.monitor)
    .graph("heal", heal, {
      input: ({ fault }) => ({ fault: fault ?? noFault }),
      output: ({ result }) => ({ healing: result, heals: 1 }),
    })
    .node(crew.optimizer)
    .node("revise", crew.planner)
    .node(planScore())
    .edge(START, "baseline")
    .edge("baseline", "planner")
    .edge("planner", "developer")
    .edge("revise", "developer")
    .edge("developer", "tester")
    .branch(
      "tester",
      ({ tests, rounds }) => {
        if (tests?.passed === true) return "deployer";
        return rounds < maxRounds ? "revise" : "score";
      },
      ["deployer", "revise", "score"],
    )
    .branch("deployer", ({ release }) => (release?.ok === true ? "monitor" : "score"), ["monitor", "score"])
    .branch("monitor", ({ fault, heals }) => (fault === null ? "optimizer" : heals < maxHeals ? "heal" : "score"), [
      "optimizer",
      "heal",
      "score",
    ])
    .branch("heal", ({ healing }) => (healing?.healed === true ? "monitor" : "score"), ["monitor", "score"])
    .edge("optimizer", "score")
    .edge("score", END)
    .build();
}

/** How a goal ended. `declined`: a person did not want it released; the branch is there. */
export type GoalOutcome = "done" | "tests-failed" | "declined" | "rolled-back" | "not-healed";

/**
 * How a goal ended, read from the end state of its run.
 *
 * @example
 * ```ts
 * import type { Brain } from "@brainops/core";
 * import { goalOutcome, type Workforce } from "@brainops/nodes";
 * declare const brain: Brain;
 * declare const crew: Workforce;
 * const run = await brain.run(crew.goal, { goal: "Make the failing tests pass" });
 * if (run.status === "completed") console.log(goalOutcome(run.state)); // such as "done"
 * ```
 */
export function goalOutcome(state: Pick<GoalState, "tests" | "release" | "fault">): GoalOutcome {
  if (state.tests?.passed !== true) return "tests-failed";
  if (state.release?.declined === true) return "declined";
  if (state.release?.ok !== true) return "rolled-back";
  return state.fault === null ? "done" : "not-healed";
}

/** What a run of the watch graph is given. */
export interface WatchInput {
  /** The release that is looked at, for what is remembered. Default: none is named. */
  readonly release?: Release | null | undefined;
  /** Leave a fault that nothing healed to people for a while, as a round of a loop should. Default no. */
  readonly patient?: boolean | undefined;
}

/** State of a run of the watch graph. */
export interface WatchState {
  /** The release that is looked at; `null` when none was named. */
  readonly release: Release | null;
  /** Whether a fault that nothing healed is left to people for a while. */
  readonly patient: boolean;
  /** What the monitor last saw; `null` before its first look. */
  readonly watch: Watch | null;
  /** What is wrong now; `null` when all is well. */
  readonly fault: Fault | null;
  /** The last healing; `null` when there was none. */
  readonly healing: HealingResult | null;
  /** How many healings there were. */
  readonly heals: number;
}

/**
 * One look at what runs: monitor, and healing while something is wrong.
 *
 * @example
 * ```ts
 * import { monitor, tcpProbe, watchGraph } from "@brainops/nodes";
 * import { healing } from "@brainops/core/healing";
 * const looks = monitor({ probes: [tcpProbe({ name: "port", subject: "db", port: 5432 })] });
 * const watch = watchGraph({ monitor: looks }, healing({ actions: [] }));
 * ```
 */
export function watchGraph(
  crew: Pick<Crew, "monitor">,
  heal: Graph<HealingInput, HealingState>,
  limits: Pick<GoalLimits, "maxHeals"> & {
    /** Name of the graph. Default `watch`. */
    readonly name?: string;
  } = {},
): Graph<WatchInput, WatchState> {
  const { maxHeals = 2, name = "watch" } = limits;
  return graph({
    name,
    version: "1",
    maxSteps: 4 + 12 * maxHeals,
    state: z.object({
      release: releaseSchema.nullable().default(null),
      patient: z.boolean().default(false),
      watch: watchSchema.nullable().default(null),
      fault: faultSchema.nullable().default(null),
      healing: healingResultSchema.nullable().default(null),
      heals: z.int().default(0),
    }),
    reducers: { heals: (count: number, more: number) => count + more },
  })
    .node(crew.monitor)
    .graph("heal", heal, {
      input: ({ fault }) => ({ fault: fault ?? noFault }),
      output: ({ result }) => ({ healing: result, heals: 1 }),
    })
    .edge(START, "monitor")
    .branch(
      "monitor",
      ({ fault, watch, heals }) =>
        fault !== null && watch?.heldUntil === undefined && heals < maxHeals ? "heal" : END,
      ["heal", END],
    )
    .branch("heal", ({ healing }) => (healing?.healed === true ? "monitor" : END), ["monitor", END])
    .build();
}
