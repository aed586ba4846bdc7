import { outcomeOf, sections, type OutcomeReader, type ReadFailure, type ReadTest } from "./outcome.ts";

// `test_a (mod.Class.test_a)` since Python 3.11, `test_a (mod.Class)` before.
const named = /^ *(\w+) \(([\w.<>]+)\)/;
const endWord = String.raw`(ok|FAIL|ERROR|skipped\b.*|expected failure|unexpected success)$`;
const heading = /^(?:FAIL|ERROR|UNEXPECTED SUCCESS): (.+)$/;

/** Python's unittest: its lines with `-v`, its reports, and its last lines (`Ran 5 tests in 0.1s`). */
export const readUnittest: OutcomeReader = (output) => {
  const ran = [...output.matchAll(/^Ran (\d+) tests? in [\d.]+s$/gm)].at(-1);
  if (ran === undefined) return undefined;
  const tests = new Map<string, ReadTest>();
  const set = (name: string, status: ReadTest["status"]): void => {
    if (tests.get(name)?.status !== "failed") tests.set(name, { name, status });
  };
  // The first line of a docstring may stand between a test's name and how it ended, and so may what the test prints.
  let open: string | undefined;
  const list = output.slice(0, ran.index).split(/^={20,}$/m)[0] ?? "";
  for (const line of list.split(/\r?\n/)) {
    for (const part of splitNames(line)) {
      open = nameOf(part) ?? open;
      const end = new RegExp(`(?:\\.\\.\\. |^)${endWord}`).exec(part)?.[1];
      if (open === undefined || end === undefined) continue;
      set(open, end === "ok" ? "passed" : /^(?:skipped|expected)/.test(end) ? "skipped" : "failed");
      open = undefined;
    }
  }
  const failures = new Map<string, ReadFailure>();
  for (const [title, body] of sections(
    output.replaceAll("\r\n", "\n"),
    /^={20,}\n((?:FAIL|ERROR|UNEXPECTED SUCCESS): .+)$/gm,
  )) {
    const text = heading.exec(title)?.[1] ?? title;
    const name = nameOf(text) ?? text;
    tests.set(name, { name, status: "failed" });
    if (!failures.has(name) && !title.startsWith("UNEXPECTED")) failures.set(name, reportOf(name, body));
  }
  for (const { name, status } of tests.values())
    if (status === "failed" && !failures.has(name)) failures.set(name, { name, message: "unexpected success" });
  const tail = output.slice(ran.index);
  const count = (what: string): number => Number(new RegExp(`[(\\s]${what}=(\\d+)`).exec(tail)?.[1] ?? 0);
  const failed = count("failures") + count("errors") + count("unexpected successes");
  return outcomeOf([...tests.values()], [...failures.values()], { total: Number(ran[1]), failed });
};

/** A subtest's result may follow on the line of its test, or of the test before it. */
function splitNames(line: string): readonly string[] {
  return line.split(/(?<=\.\.\. )(?=\w+ \([\w.]+\))/);
}

function nameOf(text: string): string | undefined {
  const [, method = "", place = ""] = named.exec(text) ?? [];
  if (place === "") return undefined;
  return place === method || place.endsWith(`.${method}`) ? place : `${place}.${method}`;
}

function reportOf(name: string, body: string): ReadFailure {
  // A docstring stands above the line.
  const report = (/^-{20,}\n([\s\S]*)/m.exec(body)?.[1] ?? "").split(/^(?:={20,}|-{20,}|Stdout:|Stderr:)$/m)[0] ?? "";
  const frames = [...report.matchAll(/^ {2}File .*$/gm)].map(([frame]) => frame.trim());
  const lines = report.trim().split("\n");
  // The error follows the last frame; it may have many lines.
  const last = lines.findLastIndex((line) => /^ {2}File ".*", line \d+/.test(line));
  let from = last + 1;
  while (from < lines.length && /^ {4}/.test(lines[from] ?? "")) from += 1;
  const error = lines.slice(last === -1 ? 0 : from).join("\n");
  const message = error.replace(/^AssertionError: /, "").trim() || "failed";
  return { name, message, ...(frames.length === 0 ? {} : { stack: frames.join("\n") }) };
}
