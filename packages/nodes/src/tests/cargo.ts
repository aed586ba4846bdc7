import { outcomeOf, sections, type OutcomeReader, type ReadTest } from "./outcome.ts";

/** `cargo test`, with its doc tests. */
export const readCargo: OutcomeReader = (output) => {
  if (!/^test result: /m.test(output)) return undefined;
  const tests: ReadTest[] = [];
  for (const [, name = "", word] of output.matchAll(/^test (.+?) \.\.\. (ok|FAILED|ignored)\b.*$/gm))
    tests.push({ name, status: word === "ok" ? "passed" : word === "FAILED" ? "failed" : "skipped" });
  const said = sections(output, /^---- (.+?) stdout ----$/gm);
  const failures = tests
    .filter(({ status }) => status === "failed")
    .map(({ name }) => {
      const body = (said.get(name) ?? "").trim();
      const report = body.replace(/^thread '.*' (?:\(\d+\) )?panicked at .*\n/, "");
      const message = report.split(/\n(?:stack backtrace:|note: |failures:|\n)/)[0]?.trim() || "failed";
      const stack = /panicked at (\S+?):?$/m.exec(body)?.[1];
      return { name, message, ...(stack === undefined ? {} : { stack: `at ${name} (${stack})` }) };
    });
  return outcomeOf(tests, failures);
};
