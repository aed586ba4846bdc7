import type { TestReport } from "../state.ts";
import { clip } from "../text.ts";

/** A test report for a prompt: the verdict, the failures, and the end of the output. */
export function testsForPrompt(tests: TestReport | null): string {
  if (tests === null) return "The tests have not been run.";
  const how = tests.timedOut
    ? "took too long and were stopped"
    : tests.passed
      ? "passed"
      : `failed (exit code ${tests.exitCode ?? "none"})`;
  return [
    `${tests.command.join(" ")}: ${how}; ${tests.failed} of ${tests.total} tests failed.`,
    ...tests.failures.map((failure) => `FAILED ${failure.name}: ${clip(failure.message, 500)}`),
    ...(tests.passed ? [] : ["Output:", tests.output]),
  ].join("\n");
}
