import { nested, outcomeOf, stackOf, type OutcomeReader, type ReadFailure, type ReadTest } from "./outcome.ts";

/** mocha's `spec` reporter. */
export const readMocha: OutcomeReader = (output) => {
  const passing = /^ {2}(\d+) passing \(/m.exec(output);
  if (passing === null) return undefined;
  const at = nested();
  const tests: ReadTest[] = [];
  for (const line of output.slice(0, passing.index).split("\n")) {
    const found = /^( {2,})(✔ |- |\d+\) )?(.+?)(?: \(\d+m?s\))?$/.exec(line);
    if (found === null) continue;
    const name = at(((found[1] ?? "").length >> 1) - 1, found[3] ?? "");
    const [mark] = found[2] ?? "";
    if (mark !== undefined) tests.push({ name, status: mark === "✔" ? "passed" : mark === "-" ? "skipped" : "failed" });
  }
  const failed = tests.filter(({ status }) => status === "failed");
  const reports = output
    .slice(passing.index)
    .split(/^ {2}\d+\) /m)
    .slice(1);
  const failures = reports.map((report, i): ReadFailure => {
    // The heading ends where the first line ends with a colon: names of suites, then of the test.
    const body = report.slice(/:\n/.exec(report)?.index ?? 0).replace(/^:\n/, "");
    const end = /^\s+(?:\+ expected - actual|at .+:\d+)/m.exec(body)?.index ?? body.length;
    const message = body
      .slice(0, end)
      .trim()
      .replace(/^\w*Error(?: \[\w+\])?: /, "");
    const stack = stackOf(body);
    const name = failed[i]?.name ?? report.split(":\n")[0]?.trim().replaceAll(/\n\s*/g, " > ") ?? "";
    return { name, message: message || "failed", ...(stack === undefined ? {} : { stack }) };
  });
  return outcomeOf(tests, failures);
};
