import { rm } from "node:fs/promises";
import { join } from "node:path";
import { changedFiles } from "../git/edits.ts";
import { git } from "../git/git.ts";
import { treeEntry, treePath } from "../git/tree.ts";
import type { Proof } from "../state.ts";
import { isTestFile } from "./order.ts";

/** Files that no test is asked for: words, pictures, and what only says how things are kept. */
const silent = /(?:\.(?:md|txt|rst|adoc|png|jpe?g|gif|svg)|(?:^|\/)(?:LICEN[CS]E|\.git\w+|\.editorconfig))$/i;

/** What is to be proven of a change, and with what. */
export type Duty =
  | { readonly kind: "none"; readonly how: string }
  /** Tests that failed before were left as they were, and pass now. */
  | { readonly kind: "shown"; readonly how: string }
  /** Tests are new or changed: they must fail on the old code. */
  | { readonly kind: "try"; readonly tests: readonly string[] }
  | { readonly kind: "missing"; readonly how: string };

/** What proves a change whose tests pass. `failedBefore` names the tests that failed before it, but those that are flaky. */
export function dutyOf(files: readonly string[], failedBefore: readonly string[]): Duty {
  if (files.length === 0)
    return {
      kind: "missing",
      how: "Nothing was changed, so nothing shows that the goal is reached. Change what it needs, with a test that fails without the change.",
    };
  if (files.every((file) => silent.test(file)))
    return { kind: "none", how: "Nothing was changed that could be tested." };
  const tests = files.filter(isTestFile);
  if (tests.length > 0) return { kind: "try", tests };
  if (failedBefore.length > 0) {
    const [first] = failedBefore;
    const more = failedBefore.length === 1 ? "" : ` and ${failedBefore.length - 1} more`;
    return { kind: "shown", how: `"${first}"${more} failed before the change, and pass with it.` };
  }
  return {
    kind: "missing",
    how: "No test fails without the change, so nothing shows what it does. Add a test that fails before it and passes after it.",
  };
}

/** What the new tests showed on the old code: they must fail there, by more than chance. */
export function proofOf(
  tests: readonly string[],
  old: {
    readonly passed: boolean;
    readonly timedOut: boolean;
    readonly failures: readonly { readonly name: string }[];
  },
  flaky: ReadonlySet<string>,
): Proof {
  const which = tests.slice(0, 3).join(", ");
  if (old.timedOut)
    return { proven: false, how: `On the old code the tests of ${which} do not end, which shows nothing.` };
  if (old.passed) {
    return {
      proven: false,
      how: `The tests in ${which} pass on the old code too, so they do not show what was changed. Write one that fails without the change.`,
    };
  }
  if (old.failures.every(({ name }) => flaky.has(name)))
    return { proven: false, how: "On the old code only tests fail that fail by chance." };
  return { proven: true, how: `The tests in ${which} fail on the old code, and pass with the change.` };
}

/** Puts every changed file of a worktree back to `base`, but `keep`. The commit is left alone. */
export async function restoreOld(
  dir: string,
  head: string,
  base: string,
  keep: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const more = signal === undefined ? {} : { signal };
  for (const file of await changedFiles(dir, base, head)) {
    if (keep.includes(file)) continue;
    if ((await treeEntry(dir, base, file)) === undefined) {
      await rm(join(dir, treePath(file)), { force: true });
    } else {
      await git(dir, ["--literal-pathspecs", "checkout", base, "--", file], more);
    }
  }
}
