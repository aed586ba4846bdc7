import { nested, outcomeOf, stackOf, type OutcomeReader, type ReadFailure, type ReadTest } from "./outcome.ts";

/** mocha's `spec` reporter, and its others for people (`dot`, `min`, `list` …), which name what failed alone. */
export const readMocha: OutcomeReader = (output) => {
  const passing = /^ {2}(\d+) passing(?: \(|$)/m.exec(output);
  if (passing === null) return undefined;
  const at = nested();
  const tests: ReadTest[] = [];
  for (const line of output.slice(0, passing.index).split(/\r?\n/)) {
    const found = /^( {2,})([✔✓√] |- |\d+\) )?(.+?)(?: \(\d+m?s\))?$/.exec(line);
    if (found === null) continue;
    const name = at(((found[1] ?? "").length >> 1) - 1, found[3] ?? "");
    const [mark] = found[2] ?? "";
    if (mark !== undefined)
      tests.push({ name, status: "✔✓√".includes(mark) ? "passed" : mark === "-" ? "skipped" : "failed" });
  }
  const failed = tests.filter(({ status }) => status === "failed");
  const after = output.slice(passing.index);
  const reports = after.split(/^ {2}\d+\) /m).slice(1);
  const failures = reports.map((report, i): ReadFailure => {
    // The heading ends where a line ends with a colon: names of suites, then of the test.
    const body = report.slice(/:\r?\n/.exec(report)?.index ?? 0).replace(/^:\r?\n/, "");
    const end = /^\s+(?:\+ expected - actual|at .+:\d+)/m.exec(body)?.index ?? body.length;
    const message = body
      .slice(0, end)
      .trim()
      .replace(/^(?:Uncaught )?\w*Error(?: \[\w+\])?: /, "");
    const stack = stackOf(body);
    const name = failed[i]?.name ?? (report.split(/:\r?\n/)[0] ?? "").trim().replaceAll(/\r?\n\s*/g, " > ");
    return { name, message: message.trim() || "failed", ...(stack === undefined ? {} : { stack }) };
  });
  const count = (word: string): number => Number(new RegExp(`^ {2}(\\d+) ${word}`, "m").exec(after)?.[1] ?? 0);
  for (const { name } of failed.length === 0 ? failures : []) tests.push({ name, status: "failed" });
  const total = Number(passing[1]) + count("pending") + count("failing");
  return outcomeOf(tests, failures, { total, failed: count("failing") });
};
