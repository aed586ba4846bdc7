import { BrainOpsError, node, type Message, type Node, type NodeContext } from "@brainops/core";
import { dataRule, quoteData, quoteMemory } from "@brainops/core/agent";
import { z } from "zod";
import { commitCount } from "../git/commit.ts";
import { changedFiles, diffText } from "../git/edits.ts";
import { arrows, remembered } from "../memory.ts";
import {
  changeSchema,
  planSchema,
  testReportSchema,
  workSchema,
  type Change,
  type Plan,
  type TestReport,
  type Work,
} from "../state.ts";
import { clip } from "../text.ts";
import { checkOut, repositoryName, worktreeDir, type CheckedOut, type WorkspaceOptions } from "../workspace.ts";
import { acceptedForPrompt, recallLearnt } from "./accepted.ts";
import { commitDesk, openDesk, toolSpecs, useTool, type Desk } from "./developer-tools.ts";
import { brokenChecks } from "./hand-over-checks.ts";
import { testsForPrompt } from "./tests-for-prompt.ts";

/** What {@link developer} needs to know. */
export interface DeveloperOptions extends WorkspaceOptions {
  /** Name of the model to ask. Default: the Brain's. */
  readonly model?: string;
  /** Answers of the model at most in one round. Default 40. */
  readonly maxTurns?: number;
  /**
   * Type checks and linters that must hold before a change is handed over, each a program with its arguments. Default:
   * found by looking at the repository (scripts such as `typecheck` and `lint`, `go vet`, `cargo check`, ruff, mypy).
   */
  readonly checks?: readonly (readonly string[])[] | "off";
  /** How often the model may mend what these checks find. Default 2. */
  readonly maxMends?: number;
}

/** What the developer takes from the state. */
export interface DeveloperInput {
  /** What is to be reached, in words. */
  readonly goal: string;
  /** The branch to work on; `null`: a new one from the repository's HEAD. */
  readonly work: Work | null;
  /** What the planner made of the goal; without one the goal alone says what to do. */
  readonly plan: Plan | null;
  /** What the tests say about the branch as it is. */
  readonly tests: TestReport | null;
  /** What was changed on the branch so far. */
  readonly change: Change | null;
  /** How often the developer has had a go. */
  readonly rounds: number;
}

/** What the developer puts into the state. */
export interface DeveloperOutput {
  /** The branch that it worked on. */
  readonly work: Work;
  /** What is changed on it now. */
  readonly change: Change;
  /** How often the developer has had a go, this one included. */
  readonly rounds: number;
}

const system = [
  "You change a software repository until its goal is reached and its tests pass.",
  "Read before you edit. Make the smallest change that does it; keep to the style that is there; do not weaken tests to make them pass.",
  "Commit with the tool, in small steps with messages that say why. When you are done, answer without a tool call: one or two sentences on what you did.",
  dataRule,
].join("\n");

/**
 * Changes the repository on a branch of its own, in a worktree. The model reads and proposes through tools; git applies
 * what it proposes, and what does not apply is told to it. Files are read from git's objects, never by following a
 * path on disk, so nothing outside of the repository can be reached. Changes that were accepted before are shown to it as
 * patterns, and what type checks and linters find is given back to it before the change is handed over. Records an
 * experience.
 *
 * Errors: `content_filter` when the model refuses.
 *
 * @example
 * ```ts
 * import { developer } from "@brainops/nodes";
 * const node = developer({ repo: "./shop", home: "./shop-home" });
 * ```
 */
export function developer(options: DeveloperOptions): Node<"developer", DeveloperInput, DeveloperOutput> {
  return node({
    name: "developer",
    description: "Changes the repository in a worktree on its own branch",
    input: z.object({
      goal: z.string(),
      work: workSchema.nullable(),
      plan: planSchema.nullable(),
      tests: testReportSchema.nullable(),
      change: changeSchema.nullable(),
      rounds: z.int(),
    }),
    output: z.object({ work: workSchema, change: changeSchema, rounds: z.int() }),
    run: async ({ goal, work: given, plan, tests, rounds }, ctx) => {
      const at = await checkOut(ctx, options, given);
      const dir = worktreeDir(options, at.branch);
      const desk = await openDesk(ctx, dir, at);
      const about = [goal, ...(tests?.failures ?? []).map((failure) => `${failure.name} ${failure.message}`)].join(
        "\n",
      );
      const hits = await remembered(ctx, about, ["solution", "experience", "error"]);
      const { accepted, others } = await recallLearnt(ctx, repositoryName(options), about);
      const summary = await work(ctx, options, at, desk, [
        quoteData("goal", goal),
        quoteData("plan", plan === null ? "There is no plan." : planForPrompt(plan)),
        quoteData("tests", testsForPrompt(tests)),
        quoteMemory([...hits, ...others]),
        quoteData("accepted changes", acceptedForPrompt(accepted)),
      ]);
      const seen = await describe(ctx, dir, at.base, desk.head);
      const record = ctx.remember({
        kind: "experience",
        text: clip(`For "${goal}" changed ${seen.files.slice(0, 20).join(", ") || "nothing"}: ${summary}`, 4_000),
        data: { commit: desk.head, branch: at.branch, round: rounds + 1, diff: seen.diff },
        tags: ["developer"],
        trust: "model",
        links: [
          ...arrows("derived-from", [plan?.record], "the plan"),
          ...arrows(
            "about",
            (tests?.failures ?? []).map((failure) => failure.record),
          ),
        ],
      });
      const change: Change = {
        branch: at.branch,
        base: at.base,
        commit: desk.head,
        commits: seen.commits,
        files: seen.files,
        summary,
        record,
      };
      return { work: { branch: at.branch, base: at.base }, change, rounds: rounds + 1 };
    },
  });
}

/** Model and tools in turns, until the model has nothing more to do. Returns its closing words. */
async function work(
  ctx: NodeContext,
  options: DeveloperOptions,
  at: CheckedOut,
  desk: Desk,
  content: readonly string[],
): Promise<string> {
  const dir = worktreeDir(options, at.branch);
  let mends = 0;
  const messages: Message[] = [{ role: "user", content: content.join("\n\n") }];
  let said = "";
  for (let turn = 0; turn < (options.maxTurns ?? 40); turn++) {
    const response = await ctx.generate(
      { system, messages: [...messages], tools: toolSpecs, cache: true },
      options.model === undefined ? {} : { model: options.model },
    );
    if (response.refusal !== undefined) {
      throw new BrainOpsError("content_filter", `The model refused to do this: ${clip(response.refusal, 500)}`);
    }
    messages.push(response.message);
    said = response.text.trim() || said;
    if (response.toolCalls.length > 0) {
      const results = [];
      for (const call of response.toolCalls) results.push(await useTool(call, { ctx, dir, desk }));
      messages.push({ role: "tool", content: results });
    } else if (response.finishReason === "length" || response.finishReason === "pause") {
      messages.push({ role: "user", content: "You were cut off. Go on." });
    } else {
      // What the model forgot to commit counts too: the checks and the tests decide whether it is any good.
      await commitDesk(ctx, dir, desk, clip(said || "It said nothing.", 2_000));
      if (desk.head === at.base || mends >= (options.maxMends ?? 2)) break;
      const broken = await brokenChecks(ctx, options, { ...at, head: desk.head });
      if (broken.length === 0) break;
      mends += 1;
      messages.push({
        role: "user",
        content: [
          "Before this is handed over, mend what these checks of the repository find; they held before your change.",
          ...broken.map(({ command, output }) => quoteData(command.join(" "), output)),
        ].join("\n\n"),
      });
    }
  }
  const summary = clip(said || "It said nothing.", 2_000);
  await commitDesk(ctx, dir, desk, summary);
  return summary;
}

function planForPrompt(plan: Plan): string {
  const tasks = plan.tasks.map((task) =>
    [
      `${task.id}. ${task.title}${task.risk === "high" ? " (risky)" : ""}`,
      task.detail,
      `Files: ${task.files.join(", ") || "unknown"}`,
      `Done when: ${task.check}${task.command.length === 0 ? "" : ` (${task.command.join(" ")})`}`,
    ].join("\n"),
  );
  return [plan.summary, ...tasks].join("\n\n");
}

function describe(
  ctx: NodeContext,
  dir: string,
  base: string,
  head: string,
): Promise<{ files: string[]; commits: number; diff: string }> {
  return ctx.effect({
    name: "git.diff",
    class: "pure",
    input: { base, head },
    run: async () => ({
      files: (await changedFiles(dir, base, head)).slice(0, 200),
      commits: await commitCount(dir, base, head),
      diff: await diffText(dir, base, head, 4_000),
    }),
  });
}
