import type { NodeContext } from "@brainops/core";
import type { Proof, TestFailure } from "../state.ts";
import { dutyOf, proofOf } from "../tests/proof.ts";
import { forFiles } from "../tests/order.ts";
import { runTests, type RunTestsOptions } from "../tests/run-tests.ts";
import type { CheckedOut } from "../workspace.ts";

/** A change whose tests pass, and what is known of them. */
export interface ToProve {
  readonly command: readonly string[];
  /** Files that changed. */
  readonly changed: readonly string[];
  /** What failed before it. */
  readonly before: readonly TestFailure[];
  /** Tests that fail by chance, as far as their history tells. */
  readonly flaky: ReadonlySet<string>;
}

/** How often old and new code are run where history calls all chance that failed before. */
const times = 3;

/** Looks for a test that fails without the change. */
export async function prove(
  ctx: NodeContext,
  options: RunTestsOptions,
  at: CheckedOut,
  { command, changed, before, flaky }: ToProve,
): Promise<Proof> {
  // A check of the plan, or a missing proof, is no test.
  const failed = before.filter(({ record }) => record !== "").map(({ name }) => name);
  const duty = dutyOf(
    changed,
    failed.filter((name) => !flaky.has(name)),
  );
  if (duty.kind === "missing")
    return (await againAndAgain(ctx, options, at, command, failed)) ?? { proven: false, how: duty.how };
  if (duty.kind !== "try") return { proven: true, how: duty.how };
  const oldCode = { base: at.base, keep: duty.tests };
  const old = await runTests(ctx, options, at, {
    command: forFiles(command, duty.tests) ?? command,
    round: 1,
    oldCode,
  });
  return proofOf(duty.tests, old, flaky);
}

/**
 * What failed before is called chance by its history, which may be wrong of a test that is broken now and then, and mended:
 * the code is asked. A test that fails each time on the old code, where none fails on the new, follows the code.
 */
async function againAndAgain(
  ctx: NodeContext,
  options: RunTestsOptions,
  at: CheckedOut,
  command: readonly string[],
  failed: readonly string[],
): Promise<Proof | undefined> {
  let suspects = failed;
  for (let round = 2; round <= times && suspects.length > 0; round++) {
    const old = await runTests(ctx, options, at, { command, round, oldCode: { base: at.base, keep: [] } });
    const again = new Set(old.failures.map(({ name }) => name));
    suspects = suspects.filter((name) => again.has(name));
  }
  const [first] = suspects;
  if (first === undefined) return undefined;
  for (let round = 2; round <= times; round++)
    if (!(await runTests(ctx, options, at, { command, round: 100 + round })).passed) return undefined;
  return {
    proven: true,
    how: `"${first}" failed ${times} times of ${times} before the change, and not once in ${times} with it.`,
  };
}
