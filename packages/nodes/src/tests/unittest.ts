import { outcomeOf, sections, type OutcomeReader, type ReadTest } from "./outcome.ts";

/** Python's unittest: its lines with `-v`, its reports, and its last lines (`Ran 5 tests in 0.1s`). */
export const readUnittest: OutcomeReader = (output) => {
  const total = /^Ran (\d+) tests? in [\d.]+s$/m.exec(output)?.[1];
  if (total === undefined) return undefined;
  const tests = new Map<string, ReadTest>();
  // The first line of a docstring may stand between a test's name and how it ended.
  const line =
    /^\w+ \(([\w.]+)\)(?:\n.*?)?(?:\n?.*?)? \.\.\. (ok|FAIL|ERROR|skipped|expected failure|unexpected success)/gm;
  for (const [, name = "", word = ""] of output.matchAll(line)) {
    const status = word === "ok" ? "passed" : /^skipped|^expected/.test(word) ? "skipped" : "failed";
    tests.set(name, { name, status });
  }
  const said = sections(output, /^(?:FAIL|ERROR): \w+ \(([\w.]+)\).*\n(?:.*\n)?-{20,}$/gm);
  const failures = [...said].map(([name, body]) => {
    tests.set(name, { name, status: "failed" });
    const report = body.split(/^(?:={20,}|-{20,})$/m)[0] ?? "";
    const frames = [...report.matchAll(/^ {2}File .*$/gm)].map(([frame]) => frame.trim());
    const error =
      report
        .trim()
        .split("\n")
        .findLast((text) => /^\S/.test(text)) ?? "failed";
    const message = error.replace(/^AssertionError: /, "");
    return { name, message, ...(frames.length === 0 ? {} : { stack: frames.join("\n") }) };
  });
  const failed = [...output.matchAll(/(?:failures|errors)=(\d+)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
  return outcomeOf([...tests.values()], failures, { total: Number(total), failed });
};
