import { outcomeOf, type OutcomeReader, type ReadFailure } from "./outcome.ts";

/** What CMake's ctest writes on the console: a line for each test, and below those that failed with how. */
export const readCtest: OutcomeReader = (output) => {
  const [, failed, total] = /^\d+% tests passed, (\d+) tests? failed out of (\d+)\s*$/m.exec(output) ?? [];
  if (failed === undefined) return undefined;
  const list = output.slice(output.lastIndexOf("The following tests FAILED:"));
  const failures = [...list.matchAll(/^[ \t]+\d+ - (.+?) \(([^()]*)\)[^()\n]*$/gm)].map(
    ([, name = "", how = ""]): ReadFailure => ({ name, message: how }),
  );
  const tests = failures.map(({ name }) => ({ name, status: "failed" as const }));
  return outcomeOf(tests, failures, { total: Number(total), failed: Number(failed) });
};
