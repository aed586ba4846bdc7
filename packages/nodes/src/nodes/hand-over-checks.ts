import { resolve } from "node:path";
import type { NodeContext } from "@brainops/core";
import { programExists } from "../command/sandbox/programs.ts";
import { findChecks } from "../tests/find-checks.ts";
import { runTests, type RunTestsOptions } from "../tests/run-tests.ts";
import { clipStart } from "../text.ts";
import { worktreeDir, type CheckedOut } from "../workspace.ts";

/** A type check or linter that the change has broken. */
export interface BrokenCheck {
  readonly command: readonly string[];
  /** The end of what it said. */
  readonly output: string;
}

/**
 * Runs the repository's type checks and linters on a commit, and says which are broken by the change: one that fails on
 * the base, too, is not the change's fault and is noted only.
 */
export async function brokenChecks(
  ctx: NodeContext,
  options: RunTestsOptions & { readonly checks?: readonly (readonly string[])[] | "off" },
  at: CheckedOut,
): Promise<readonly BrokenCheck[]> {
  const commands = await ctx.effect({
    name: "checks.list",
    class: "pure",
    input: { head: at.head },
    run: async () => {
      const { checks } = options;
      if (checks === "off") return [];
      const wanted = checks ?? (await findChecks(resolve(options.repo), at.head));
      const dir = worktreeDir(options, at.branch);
      return wanted.filter((command) => programExists(command, dir)).map((command) => [...command]);
    },
  });
  const broken: BrokenCheck[] = [];
  for (const command of commands) {
    const now = await runTests(ctx, options, at, { command, round: 1 });
    if (now.passed) continue;
    const before = await runTests(ctx, options, at, { command, round: 1, oldCode: { base: at.base, keep: [] } });
    if (before.passed) broken.push({ command, output: clipStart(now.output, 3_000) });
    else ctx.note(`${command.join(" ")} fails, as it did before the change`);
  }
  return broken;
}
