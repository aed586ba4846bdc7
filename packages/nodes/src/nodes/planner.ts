import { resolve } from "node:path";
import { BrainOpsError, node, type ModelRequest, type Node, type NodeContext } from "@brainops/core";
import { dataRule, quoteData, quoteMemory } from "@brainops/core/agent";
import { z } from "zod";
import { gitLine } from "../git/git.ts";
import { listFiles, readLines } from "../git/tree.ts";
import { jsonSchema } from "../json-schema.ts";
import { arrows, remembered } from "../memory.ts";
import { declinedTag } from "./ask-release.ts";
import { programExists } from "../command/sandbox/programs.ts";
import { estimate } from "../plan/estimate.ts";
import { inOrder } from "../plan/order.ts";
import { pastPlans } from "../plan/past-plans.ts";
import {
  changeSchema,
  planSchema,
  testReportSchema,
  workSchema,
  type Change,
  type Plan,
  type Task,
  type TestReport,
  type Work,
} from "../state.ts";
import { clip } from "../text.ts";
import { checkOut, repositoryName, worktreeDir, type WorkspaceOptions } from "../workspace.ts";
import { testsForPrompt } from "./tests-for-prompt.ts";

/** What {@link planner} needs to know. */
export interface PlannerOptions extends WorkspaceOptions {
  /** Name of the model to ask. Default: the Brain's. */
  readonly model?: string;
}

/** What the planner takes from the state. */
export interface PlannerInput {
  /** What is to be reached, in words. */
  readonly goal: string;
  /** The branch to work on; `null`: a new one from the repository's HEAD. */
  readonly work: Work | null;
  /** The tests before any change, when they were run. */
  readonly tests: TestReport | null;
  /** The plan that a step of has failed, to be revised; the tests and the change say how. */
  readonly plan?: Plan | null | undefined;
  /** What was changed so far, when a plan is revised. */
  readonly change?: Change | null | undefined;
}

/** What the planner puts into the state. */
export interface PlannerOutput {
  /** The plan, checked: its tasks are in an order that holds. */
  readonly plan: Plan;
  /** The branch to work on. */
  readonly work: Work;
}

/** A task as a model gives it: what it leaves out is filled in with what is safe to assume. */
const givenTaskSchema = z.object({
  id: z.string().min(1),
  title: z.string().min(1),
  detail: z.string(),
  files: z.array(z.string()),
  check: z.string().min(1),
  command: z.array(z.string()).default([]),
  after: z.array(z.string()).default([]),
  risk: z.enum(["low", "medium", "high"]).default("medium"),
  minutes: z.number().positive().max(100_000).default(10),
});

const answerSchema = z.object({ summary: z.string().min(1), tasks: z.array(givenTaskSchema).min(1) });
type Answer = z.output<typeof answerSchema>;

// Vendors take only a part of JSON Schema, and differ in which: the bounds are checked here, and not told.
const planJsonSchema = jsonSchema(
  z.object({
    summary: z.string(),
    tasks: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        detail: z.string(),
        files: z.array(z.string()),
        check: z.string(),
        command: z.array(z.string()),
        after: z.array(z.string()),
        risk: z.enum(["low", "medium", "high"]),
        minutes: z.number(),
      }),
    ),
  }),
);

const system = [
  "You plan changes to a software repository. Answer with a plan: a summary, and as few tasks as will do.",
  "Each task has an id, a title, what to do, the files that will probably change, and how one sees that it is done (`check`).",
  "`command` is the program with its arguments, no shell, that ends with 0 once the task is done; leave it empty when the repository's tests show it.",
  "`after` names the ids of the tasks that must be done before. `risk` is what can go wrong: low, medium or high. `minutes` is how long it takes.",
  "The tests of the repository must pass in the end.",
  dataRule,
].join("\n");

/**
 * Turns a goal, the repository and what is remembered into a plan of tasks with acceptance checks. The model's answer
 * is checked: no task waits for itself, and the program of each check is there. One that does not fit is sent back once.
 * The estimate is corrected by what plans of before took. Given a plan whose step failed, it revises that one. Records the
 * plan as a decision, which supersedes the one that was revised.
 *
 * Errors: `invalid_input` for an empty goal; `invalid_response` when the model gives no usable plan.
 *
 * @example
 * ```ts
 * import { planner } from "@brainops/nodes";
 * const node = planner({ repo: "./shop", home: "./shop-home" });
 * ```
 */
export function planner(options: PlannerOptions): Node<"planner", PlannerInput, PlannerOutput> {
  return node({
    name: "planner",
    description: "Turns a goal into a plan of tasks with acceptance checks",
    input: z.object({
      goal: z.string(),
      work: workSchema.nullable(),
      tests: testReportSchema.nullable(),
      plan: planSchema.nullable().optional(),
      change: changeSchema.nullable().optional(),
    }),
    output: z.object({ plan: planSchema, work: workSchema }),
    run: async ({ goal, work: given, tests, plan: old = null, change = null }, ctx) => {
      if (goal.trim() === "") throw new BrainOpsError("invalid_input", "The goal is empty. Say what is to be reached.");
      const { branch, base, head } = await checkOut(ctx, options, given);
      const facts = await repositoryFacts(ctx, options, head);
      // What people did not want comes first: their word counts more than what the words are most like.
      const unwanted = await ctx.recall({ text: goal, kinds: ["decision"], tags: [declinedTag], limit: 2 });
      const found = await remembered(ctx, goal, ["decision", "learning", "solution", "experience", "insight"], 6);
      const hits = [...unwanted, ...found.filter(({ record }) => !unwanted.some((hit) => hit.record.id === record.id))];
      const at = ctx.now();
      const answer = await askForPlan(ctx, options, branch, [
        quoteData("goal", goal),
        quoteData("facts", facts),
        quoteData("tests", testsForPrompt(tests)),
        quoteMemory(hits),
        ...(old === null ? [] : [quoteData("failed plan", failedPlan(old, change))]),
      ]);
      const thought = answer.tasks.reduce((sum, { minutes }) => sum + minutes * 60_000, 0);
      const estimated = estimate(thought, await pastPlans(ctx, goal));
      const record = ctx.remember({
        kind: "decision",
        text: clip(`To reach "${goal}": ${answer.summary}`, 4_000),
        data: {
          goal: clip(goal, 1_000),
          tasks: answer.tasks.map(({ title, check, risk }) => ({ title, check, risk })),
          estimate: { ...estimated },
          branch,
        },
        tags: ["planner"],
        trust: "model",
        links: [
          ...arrows("supersedes", [old?.record], "a step of it failed"),
          ...arrows(
            "derived-from",
            hits.slice(0, 3).map((hit) => hit.record.id),
            "recalled for the plan",
          ),
        ],
      });
      return { plan: { ...answer, at: old?.at ?? at, estimate: estimated, record }, work: { branch, base } };
    },
  });
}

async function askForPlan(
  ctx: NodeContext,
  options: PlannerOptions,
  branch: string,
  content: readonly string[],
): Promise<{ readonly summary: string; readonly tasks: readonly Task[] }> {
  const { model } = options;
  let request: ModelRequest = {
    system,
    messages: [{ role: "user", content: content.join("\n\n") }],
    output: { name: "plan", schema: planJsonSchema },
  };
  let wrong = "";
  for (let round = 0; round < 2; round++) {
    const response = await ctx.generate(request, model === undefined ? {} : { model });
    if (response.refusal !== undefined) wrong = `it refused: ${clip(response.refusal, 500)}`;
    const parsed = answerSchema.safeParse(response.output ?? parseJson(response.text));
    const usable = parsed.success
      ? await usableTasks(ctx, options, branch, parsed.data)
      : z.prettifyError(parsed.error);
    if (parsed.success && typeof usable !== "string") return { summary: parsed.data.summary, tasks: usable };
    wrong ||= typeof usable === "string" ? usable : "";
    request = {
      ...request,
      messages: [
        ...request.messages,
        response.message,
        {
          role: "user",
          content: `That is no usable plan: ${clip(wrong, 1_000)}. Answer again with a plan that fits the schema.`,
        },
      ],
    };
  }
  throw new BrainOpsError(
    "invalid_response",
    `The model gave no usable plan: ${clip(wrong, 1_000)}. Say the goal more clearly, or use another model.`,
  );
}

/** The tasks in order, each with a check that can be run; or what is wrong with them. */
async function usableTasks(
  ctx: NodeContext,
  options: PlannerOptions,
  branch: string,
  { tasks }: Answer,
): Promise<readonly Task[] | string> {
  const ordered = inOrder(tasks);
  if (typeof ordered === "string") return ordered;
  const commands = ordered.filter(({ command }) => command.length > 0).map(({ command }) => command);
  if (commands.length === 0) return ordered;
  const missing = await ctx.effect({
    name: "checks.find",
    class: "pure",
    input: { commands },
    run: () => commands.filter((command) => !programExists(command, worktreeDir(options, branch))),
  });
  if (missing.length === 0) return ordered;
  return `the checks ${missing.map((command) => JSON.stringify(command.join(" "))).join(", ")} cannot be run: there is no such program here`;
}

/** The plan that did not work out, for a prompt. */
function failedPlan(plan: Plan, change: Change | null): string {
  return [
    plan.summary,
    ...plan.tasks.map(({ id, title, check }) => `${id}. ${title} (done when: ${check})`),
    change === null ? "Nothing was changed." : `What was done: ${change.summary} (${change.files.join(", ")})`,
    "The tests say what is still wrong. Keep what is good of the plan, and say what to do otherwise.",
  ].join("\n");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function repositoryFacts(ctx: NodeContext, options: PlannerOptions, head: string): Promise<string> {
  return ctx.effect({
    name: "repo.facts",
    class: "pure",
    input: { head },
    run: async () => {
      const repo = resolve(options.repo);
      const { files, total } = await listFiles(repo, head, "", 200);
      const log = await gitLine(repo, ["log", "-5", "--format=- %s", head]);
      const parts = [
        `Repository: ${repositoryName(options)}`,
        `Files (${Math.min(total, 200)} of ${total}):`,
        ...files,
        "Last commits:",
        clip(log, 1_000),
      ];
      for (const name of ["package.json", "pyproject.toml", "Cargo.toml", "go.mod", "README.md"]) {
        if (!files.includes(name)) continue;
        const view = await readLines(repo, head, name, { max: 2_000 }).catch(() => undefined);
        if (view !== undefined) parts.push(`${name}:`, view.content);
      }
      return clip(parts.join("\n"), 12_000);
    },
  });
}
