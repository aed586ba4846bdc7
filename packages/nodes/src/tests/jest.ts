import { nested, outcomeOf, sections, stackOf, type OutcomeReader, type ReadTest } from "./outcome.ts";

const marks: { readonly [mark: string]: ReadTest["status"] } = { "✓": "passed", "✕": "failed", "○": "skipped" };

/** jest, with and without `--verbose`. */
export const readJest: OutcomeReader = (output) => {
  const last = /^Tests:\s+(.*\btotal)$/m.exec(output)?.[1];
  if (last === undefined) return undefined;
  const tests = new Map<string, ReadTest>();
  const at = nested();
  for (const line of output.split("\n")) {
    if (/^(?:PASS|FAIL) /.test(line)) continue;
    const found = /^( {2,})([✓✕○] )?(?:skipped )?(.+?)(?: \(\d+ m?s\))?$/.exec(line);
    // What failed is told below, indented like a suite: only what bears a mark is a test.
    if (found === null || /^ {4}(?:at|>|\d+ \|)|^\s*●|^\s+\|/.test(line)) continue;
    const name = at(((found[1] ?? "").length >> 1) - 1, found[3] ?? "");
    const status = marks[(found[2] ?? "").trim()];
    if (status !== undefined) tests.set(name, { name, status });
  }
  const said = sections(output.split(/^Test Suites:/m)[0] ?? "", /^ {2}● (.+)$/gm);
  const failures = [...said].map(([heading, body]) => {
    const name = heading.replaceAll(" › ", " > ");
    tests.set(name, { name, status: "failed" });
    const message = body.trim().split(/\n\s*\n\s*>? *\d+ \|/)[0] ?? "";
    const stack = stackOf(body);
    const plain =
      message
        .replace(/^\w*Error: /, "")
        .replaceAll(/^ {4}/gm, "")
        .trim() || "failed";
    return { name, message: plain, ...(stack === undefined ? {} : { stack }) };
  });
  const count = (word: string): number => Number(new RegExp(`(\\d+) ${word}`).exec(last)?.[1] ?? 0);
  return outcomeOf([...tests.values()], failures, { total: count("total"), failed: count("failed") });
};
