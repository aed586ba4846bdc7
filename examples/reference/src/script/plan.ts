import type { Json, ModelRequest } from "@brainops/core";
import { readFailures } from "./failures.ts";
import { dataOf } from "./prompt.ts";

/** Plans from the goal, the repository's files and the failing tests. Nothing where one of them is missing. */
export function plan(request: ModelRequest): Json | undefined {
  const goal = dataOf(request, "goal");
  const facts = dataOf(request, "facts");
  const tests = dataOf(request, "tests");
  if (goal === undefined || facts === undefined || tests === undefined) return undefined;
  const failures = readFailures(tests);
  const shownBy = [...new Set(failures.map((failure) => failure.file))];
  if (shownBy.length === 0) return undefined;
  const files = new Set(facts.split("\n").map((line) => line.trim()));
  const tasks = shownBy.map((test, index) => {
    const source = test.replace(/^test\//, "src/").replace(".test.", ".");
    return {
      id: String(index + 1),
      title: `Repair what ${test} shows`,
      detail: `Find what the failing assertions of ${test} call, and mend it there. Leave the tests as they are.`,
      files: files.has(source) ? [source] : [],
      check: `The tests in ${test} pass.`,
    };
  });
  const count = failures.length === 1 ? "One assertion fails" : `${failures.length} assertions fail`;
  return { summary: `${count}, in ${shownBy.join(", ")}. Repair the code that they call.`, tasks };
}
