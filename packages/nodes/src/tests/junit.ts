import { outcomeOf, stackOf, type OutcomeReader, type ReadFailure, type ReadTest } from "./outcome.ts";
import { xmlPieces } from "./xml.ts";

interface OpenCase {
  readonly name: string;
  /** A suite's own error, which is no test. */
  readonly outside: boolean;
  /** Still to be done, so that it may fail. */
  todo?: boolean;
  status: ReadTest["status"];
  message: string;
  text: string;
  /** What the test wrote; told where nothing else is. */
  printed: string;
}

/** Elements of a test that say how it ended; one that passed when it was run again has passed. */
const ends: { readonly [element: string]: ReadTest["status"] } = {
  failure: "failed",
  error: "failed",
  skipped: "skipped",
  disabled: "skipped",
};

/**
 * JUnit's XML, as node:test, mocha, jest, vitest, pytest, surefire, gotestsum and many others write it: one or several
 * reports, also amid other output. An error that belongs to a suite and not to a test is told under the suite's name.
 */
export const readJunit: OutcomeReader = (output) => {
  const start = /<(?:testsuites?|testcase)[\s/>]/.exec(output)?.index;
  if (start === undefined) return undefined;
  const tests: ReadTest[] = [];
  const failures: ReadFailure[] = [];
  const suites: string[] = [];
  let reports = 0;
  let test: OpenCase | undefined;
  // The element of a test that is open. What it printed looks like anything, and is never read.
  let within: string | undefined;

  const end = (): void => {
    if (test === undefined) return;
    const { name, status, text } = test;
    tests.push({ name, status });
    if (status === "failed") {
      const stack = stackOf(text) ?? pythonStack(text);
      failures.push({ name, message: messageOf(test), ...(stack === undefined ? {} : { stack }) });
    }
    test = undefined;
  };
  for (const piece of xmlPieces(output.slice(start))) {
    if (within !== undefined) {
      if ("text" in piece && Object.hasOwn(ends, within) && test !== undefined) test.text += piece.text;
      if ("text" in piece && /^system-(?:out|err)$/.test(within) && test !== undefined) test.printed += piece.text;
      if (!("close" in piece) || piece.close !== within) continue;
      within = undefined;
      if (test?.outside === true) end();
    } else if ("close" in piece) {
      if (piece.close === "testcase") end();
      if (piece.close === "testsuite") suites.pop();
    } else if ("open" in piece) {
      const { open, attributes, empty } = piece;
      if (open === "testsuites" || open === "testsuite") {
        reports += 1;
        if (open === "testsuite" && !empty) suites.push(attributes.get("name") ?? "");
      } else if (open === "testcase") {
        end();
        test = caseOf(attributes, suites);
        if (empty) end();
      } else {
        const status = Object.hasOwn(ends, open) ? ends[open] : undefined;
        if (status !== undefined) {
          test ??= {
            name: suites.at(-1) || "suite",
            outside: true,
            status: "passed",
            message: "",
            text: "",
            printed: "",
          };
          if (attributes.get("type") === "todo") test.todo = true;
          // A test that failed may fail once more at its end; the first word counts.
          if (test.todo === true) test.status = "skipped";
          else if (test.status !== "failed") Object.assign(test, { status, message: attributes.get("message") ?? "" });
          if (empty && test.outside) end();
        }
        if (!empty) within = open;
      }
    }
  }
  end();
  return reports === 0 && tests.length === 0 ? undefined : outcomeOf(tests, failures);
};

/** Values of `status` and `result` for what was not run. */
const notRun = ["skipped", "disabled", "notrun", "ignored", "suppressed", "pending"];

function caseOf(attributes: ReadonlyMap<string, string>, suites: readonly string[]): OpenCase {
  const name = (attributes.get("name") ?? "").trim();
  const group = (attributes.get("classname") ?? attributes.get("class") ?? "").trim();
  const status = [attributes.get("status"), attributes.get("result")].map((value) => value?.toLowerCase() ?? "");
  return {
    name: qualified(name, group, suites),
    outside: false,
    status: status.some((value) => notRun.includes(value)) ? "skipped" : "passed",
    message: "",
    text: "",
    printed: "",
  };
}

/** A test's name with its group before it, unless either says the other already. */
function qualified(name: string, group: string, suites: readonly string[]): string {
  // node:test gives a test the name of its suite alone, `test` where it has none, and says by nesting where it stands.
  if (group === "test" || (suites.length > 1 && [suites.at(-1), suites.join(".")].includes(group)))
    return [...suites, name].join(" > ");
  const says = (text: string): boolean =>
    name === text || name.startsWith(`${text} `) || name.startsWith(`${text}.`) || name.endsWith(` ${text}`);
  if (group === "" || says(group)) return name;
  return name === "" ? group : `${group} > ${name}`;
}

/** The message of a failed test: its attribute, unless that only says that it failed; else the beginning of its text. */
function messageOf({ name, message, text, printed }: OpenCase): string {
  const said = message.trim();
  if (said !== "" && !/^(?:failed|error|failure|test failed|collection failure)\.?$/i.test(said)) return said;
  const python = [...text.matchAll(/^E {3}(.*)$/gm)].map(([, line]) => line);
  if (python.length > 0) return python.join("\n");
  const go = text.trim().split(/\n?^\s*(?:=== \w+ .*|--- FAIL: .*)$/m);
  const body = (go.length > 1 ? go.map((part) => part.trim()).find((part) => part !== "") : text.trim()) ?? "";
  const lines = body.split(/\n\s*\n\s*\n|\n\s+at |\n\w*Error\b/)[0]?.trim();
  return lines || said || printed.trim() || `${name} failed`;
}

function pythonStack(text: string): string | undefined {
  const frames = text.split("\n").filter((line) => /^\s*File ".+", line \d+/.test(line) || /^\S+\.py:\d+: /.test(line));
  return frames.length === 0 ? undefined : frames.map((line) => line.trim()).join("\n");
}
