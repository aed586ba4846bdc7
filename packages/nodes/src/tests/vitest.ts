import { nested, outcomeOf, type OutcomeReader, type ReadFailure, type ReadTest } from "./outcome.ts";

const marks: { readonly [mark: string]: ReadTest["status"] } = {
  "✓": "passed",
  "√": "passed",
  "×": "failed",
  "↓": "skipped",
};
const heading = /^\s*FAIL\s+(?:\|[^|]+\| )?(\S.*?)\s*$/;

/** vitest: its `default` and `verbose` reporters. A file that could not be run has failed under its own name. */
export const readVitest: OutcomeReader = (output) => {
  const sums = [...output.matchAll(/^\s+Tests\s+(.*(?:passed|failed|skipped|todo).*|no tests)$/gm)];
  if (sums.length === 0) return undefined;
  const tests = new Map<string, ReadTest>();
  const at = nested();
  let file = "";
  const [list = ""] = output.split(/^.*Failed (?:Tests|Suites) \d+.*$|^\s*FAIL\s/m);
  for (const line of list.split(/\r?\n/)) {
    const found =
      /^( *)([✓√×↓❯]) (?:\|[^|]+\| |\S+ \| )?(.+?)(?: \(\d+(?: tests?.*)?\))?(?: +[\d.]+ ?m?s)?(?: \((?:retry|repeat) x\d+\))*$/.exec(
        line,
      );
    if (found === null) continue;
    const [, indent = "", mark = "", text = ""] = found;
    const depth = Math.max(0, (indent.length - 1) >> 1);
    if (depth === 0) file = text.split(" > ")[0] ?? "";
    // Older ones repeat the file before each test.
    const name = at(depth, depth > 0 && text.startsWith(`${file} > `) ? text.slice(file.length + 3) : text);
    // A file without failures stands there as one line.
    const status = / \(\d+ tests?.*\)/.test(line) ? undefined : marks[mark];
    if (status !== undefined && name.includes(" > ")) tests.set(name, { name, status });
  }
  const failures = new Map<string, ReadFailure>();
  let names: string[] = [];
  let body: string[] | undefined;
  const end = (): void => {
    for (const name of names) {
      if (name.includes(" > ")) tests.set(name, { name, status: "failed" });
      if (!failures.has(name)) failures.set(name, failureOf(name, body ?? []));
    }
    names = [];
    body = undefined;
  };
  for (const line of output.slice(list.length).split(/\r?\n/)) {
    const title = heading.exec(line)?.[1];
    if (title !== undefined) {
      // Several that failed by the same error stand above it together.
      if (body !== undefined && body.some((each) => each.trim() !== "")) end();
      names.push(title.replace(/ \[ .* \]$/, ""));
      body = [];
    } else if (/^⎯{5,}|^\s+(?:Test Files|Tests) /.test(line)) end();
    else body?.push(line);
  }
  end();
  const count = (word: string): number =>
    sums.reduce((all, [, text = ""]) => all + Number(new RegExp(`(\\d+) ${word}`).exec(text)?.[1] ?? 0), 0);
  const failed = count("failed");
  const broken = [...failures.keys()].filter((name) => !name.includes(" > ")).length;
  const total = failed + count("passed") + count("skipped") + count("todo");
  return outcomeOf([...tests.values()], [...failures.values()], { total, failed: failed + broken });
};

function failureOf(name: string, body: readonly string[]): ReadFailure {
  const lines = body.join("\n").trim().split("\n");
  const stop = lines.findIndex((line) => /^ ❯ |^\s+\d+\|/.test(line));
  const message = (stop === -1 ? lines : lines.slice(0, Math.max(1, stop)))
    .join("\n")
    .replace(/^\w*Error: /, "")
    .trim();
  const frames = lines.flatMap((line) => /^ ❯ (.+:\d+:\d+)$/.exec(line)?.[1] ?? []).map((frame) => `at ${frame}`);
  return { name, message: message || "failed", ...(frames.length === 0 ? {} : { stack: frames.join("\n") }) };
}
