import { resolve } from "node:path";
import { BrainOpsError, node, type ModelRequest, type Node, type NodeContext } from "@brainops/core";
import { z } from "zod";
import { gitLine } from "../git/git.ts";
import { listFiles, readLines } from "../git/tree.ts";
import { jsonSchema } from "../json-schema.ts";
import { memoryLines, remembered } from "../memory.ts";
import { taskSchema, testReportSchema, workSchema, type Plan, type TestReport, type Work } from "../state.ts";
import { clip, dataRule, quoteData } from "../text.ts";
import { checkOut, repositoryName, type WorkspaceOptions } from "../workspace.ts";
import { testsForPrompt } from "./tests-for-prompt.ts";

/** What {@link planner} needs to know. */
export interface PlannerOptions extends WorkspaceOptions {
  /** Name of the model to ask. Default: the Brain's. */
  readonly model?: string;
}

/** What the planner takes from the state. */
export interface PlannerInput {
  readonly goal: string;
  readonly work: Work | null;
  /** The tests before any change, when they were run. */
  readonly tests: TestReport | null;
}

/** What the planner puts into the state. */
export interface PlannerOutput {
  readonly plan: Plan;
  readonly work: Work;
}

const answerSchema = z.object({
  summary: z.string().min(1),
  tasks: z
    .array(taskSchema)
    .min(1)
    .refine((tasks) => new Set(tasks.map((task) => task.id)).size === tasks.length, "two tasks have the same id"),
});

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
      }),
    ),
  }),
);

const system = [
  "You plan changes to a software repository. Answer with a plan: a summary, and as few tasks as will do.",
  "Each task has an id, a title, what to do, the files that will probably change, and how one sees that it is done.",
  "The tests of the repository must pass in the end.",
  dataRule,
].join("\n");

/**
 * Turns a goal, the repository and what is remembered into a plan of tasks with acceptance checks. The model's answer
 * is checked; one that does not fit is sent back once. Records the plan as a decision.
 *
 * Errors: `invalid_input` for an empty goal; `invalid_response` when the model gives no usable plan.
 */
export function planner(options: PlannerOptions): Node<"planner", PlannerInput, PlannerOutput> {
  return node({
    name: "planner",
    description: "Turns a goal into a plan of tasks with acceptance checks",
    input: z.object({ goal: z.string(), work: workSchema.nullable(), tests: testReportSchema.nullable() }),
    output: z.object({
      plan: z.object({ summary: z.string(), tasks: z.array(taskSchema), record: z.string() }),
      work: workSchema,
    }),
    run: async ({ goal, work: given, tests }, ctx) => {
      if (goal.trim() === "") throw new BrainOpsError("invalid_input", "The goal is empty. Say what is to be reached.");
      const { branch, base, head } = await checkOut(ctx, options, given);
      const facts = await repositoryFacts(ctx, options, head);
      const hits = await remembered(ctx, goal, ["decision", "learning", "solution", "experience", "insight"], 6);
      const answer = await askForPlan(ctx, options.model, [
        quoteData("goal", goal),
        quoteData("facts", facts),
        quoteData("tests", testsForPrompt(tests)),
        quoteData("memory", memoryLines(hits)),
      ]);
      const record = ctx.remember({
        kind: "decision",
        text: clip(`To reach "${goal}": ${answer.summary}`, 4_000),
        data: { goal: clip(goal, 1_000), tasks: answer.tasks.map(({ title, check }) => ({ title, check })), branch },
        tags: ["planner"],
        trust: "model",
        links: hits
          .slice(0, 3)
          .map((hit) => ({ to: hit.record.id, type: "derived-from", reason: "recalled for the plan" })),
      });
      return { plan: { ...answer, record }, work: { branch, base } };
    },
  });
}

async function askForPlan(
  ctx: NodeContext,
  model: string | undefined,
  content: readonly string[],
): Promise<z.output<typeof answerSchema>> {
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
    if (parsed.success) return parsed.data;
    wrong ||= z.prettifyError(parsed.error);
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
