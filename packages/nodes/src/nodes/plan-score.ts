import { node, type Node } from "@brainops/core";
import { z } from "zod";
import { arrows } from "../memory.ts";
import { scoreTag } from "../plan/past-plans.ts";
import {
  changeSchema,
  planSchema,
  releaseSchema,
  testReportSchema,
  type Change,
  type Plan,
  type Release,
  type TestReport,
} from "../state.ts";
import { clip } from "../text.ts";

/** What {@link planScore} takes from the state. */
export interface PlanScoreInput {
  /** What was to be reached, in words. */
  readonly goal: string;
  /** The plan that is judged; without one nothing is. */
  readonly plan: Plan | null;
  /** What was changed. */
  readonly change: Change | null;
  /** What the tests last said. */
  readonly tests: TestReport | null;
  /** What was released. */
  readonly release: Release | null;
  /** How often the developer has had a go. */
  readonly rounds: number;
}

/**
 * Says how a plan came out, once it is over: whether its goal was reached, in how many rounds, how long it took against
 * what was thought, and which files it foresaw. The planner's next estimates rest on it. The time is what passed: it includes waiting for people and for a process that
 * goes on, which a node cannot see. Puts nothing into the state.
 *
 * @example
 * ```ts
 * import { planScore } from "@brainops/nodes";
 * const node = planScore(); // behind everything else, however it ended
 * ```
 */
export function planScore(): Node<"score", PlanScoreInput, {}> {
  return node({
    name: "score",
    description: "Says how the plan came out",
    input: z.object({
      goal: z.string(),
      plan: planSchema.nullable(),
      change: changeSchema.nullable(),
      tests: testReportSchema.nullable(),
      release: releaseSchema.nullable(),
      rounds: z.int(),
    }),
    output: z.object({}),
    run: ({ goal, plan, change, tests, release, rounds }, ctx) => {
      if (plan === null) return {};
      const tookMs = ctx.now() - plan.at;
      const { thoughtMs, likelyMs, atMostMs } = plan.estimate;
      const changed = new Set(change?.files ?? []);
      const foreseen = new Set(plan.tasks.flatMap(({ files }) => files));
      const hit = [...changed].filter((file) => foreseen.has(file)).length;
      const reached = tests?.passed === true && release?.ok === true;
      ctx.remember({
        kind: "experience",
        text: clip(
          `The plan for "${goal}" ${reached ? "was carried out" : "did not reach its goal"} in ${rounds} round${rounds === 1 ? "" : "s"}: it took ${seconds(tookMs)} (thought: ${seconds(thoughtMs)}, likely: ${seconds(likelyMs)}), and ${hit} of ${changed.size} changed files were foreseen`,
          4_000,
        ),
        data: {
          estimatedMs: thoughtMs,
          likelyMs,
          atMostMs,
          tookMs,
          withinAtMost: tookMs <= atMostMs,
          reached,
          rounds,
          files: { foreseen: foreseen.size, changed: changed.size, both: hit },
        },
        tags: [scoreTag],
        trust: "test",
        importance: 0.4,
        links: arrows("about", [plan.record], "the plan"),
      });
      return {};
    },
  });
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
