import { nested, outcomeOf, stackOf, type OutcomeReader, type ReadFailure, type ReadTest } from "./outcome.ts";

const marks: { readonly [mark: string]: ReadTest["status"] } = {
  "✓": "passed",
  "√": "passed",
  "✕": "failed",
  "×": "failed",
  "○": "skipped",
  "✎": "skipped",
};
const fileLine = /^ ?(?:PASS|FAIL) +(?:.* )?(\S+\.\w+)(?: \([\d.]+ m?s\))?$/;
/** Headings that are no tests. */
const notes = /^(?:Console|.* Warning:?|Cannot log after tests are done\..*|process\.exit called with .*)$/;

/** jest, with and without `--verbose`. A file that could not be run has failed under its own name. */
export const readJest: OutcomeReader = (output) => {
  const sums = [...output.matchAll(/^Tests:\s+(.*\btotal)$/gm)].map(([, text = ""]) => text);
  if (sums.length === 0) return undefined;
  const tests = new Map<string, ReadTest>();
  const failures = new Map<string, ReadFailure>();
  const at = nested();
  let file = "";
  let printing = false;
  let open: { readonly name: string; readonly body: string[] } | undefined;
  const end = (): void => {
    if (open === undefined) return;
    const { name, body } = open;
    // With several files, what failed is told once more in the end.
    if (!failures.has(name)) failures.set(name, failureOf(name, body.join("\n")));
    open = undefined;
  };
  for (const line of output.split(/\r?\n/)) {
    const heading = /^ {2}● (.+)$/.exec(line)?.[1];
    const path = fileLine.exec(line)?.[1];
    if (path !== undefined || heading !== undefined || /^(?:Test Suites:|Summary of all failing tests)/.test(line))
      end();
    // What a test prints stands between such a line and the place where it was printed.
    if (/^ {2,4}console\.\w+(?: .*)?$/.test(line)) printing = true;
    else if (/^ {6}at |^(?:PASS|FAIL) /.test(line)) printing = false;
    if (path !== undefined) {
      file = path;
      at(0, "");
    } else if (heading !== undefined) {
      if (notes.test(heading)) continue;
      const whole = /^Test suite failed to run$/.test(heading);
      const name = whole ? file || heading : heading.replaceAll(" › ", " > ");
      open = { name, body: [] };
      if (!whole) tests.set(name, { name, status: "failed" });
    } else if (open !== undefined) open.body.push(line);
    else if (!printing) {
      const found = /^( {2,})(?:([✓√✕×○✎]) )?(?:skipped |todo )?(.+?)(?: \([\d.]+ m?s\))?$/.exec(line);
      // What is printed is indented as suites are; only what bears a mark is a test.
      if (found === null || /^ {4,}(?:at|>|\d+ \|) |^\s+\|/.test(line)) continue;
      const name = at(((found[1] ?? "").length >> 1) - 1, found[3] ?? "");
      const status = marks[found[2] ?? ""];
      if (status !== undefined) tests.set(name, { name, status });
    }
  }
  end();
  const count = (word: string): number =>
    sums.reduce((all, text) => all + Number(new RegExp(`(\\d+) ${word}`).exec(text)?.[1] ?? 0), 0);
  const broken = [...failures.keys()].filter((name) => !tests.has(name)).length;
  return outcomeOf([...tests.values()], [...failures.values()], {
    total: count("total"),
    failed: count("failed") + broken,
  });
};

function failureOf(name: string, body: string): ReadFailure {
  const told = body.trim().split(/\n\s*\n\s*>? *\d+ \||\n\s*\n {4}at /)[0] ?? "";
  const stack = stackOf(body);
  const message = told
    .replace(/^\w*Error: /, "")
    .replaceAll(/^ {4}/gm, "")
    .trim();
  return { name, message: message || "failed", ...(stack === undefined ? {} : { stack }) };
}
