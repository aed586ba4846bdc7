import { nested, outcomeOf, type ReadFailure, type ReadOutcome, type ReadTest } from "./outcome.ts";

/** Reads what `node --test` writes as dots (its `dot` reporter): a sign for each test, and below what failed. */
export function readNodeDot(output: string): ReadOutcome | undefined {
  const [dots = "", told] = output.split(/^Failed tests:\s*$/m);
  const signs = dots
    .split("\n")
    .filter((line) => /^[.X]+$/.test(line))
    .join("");
  if (signs === "" || (told === undefined && signs.includes("X"))) return undefined;
  // A suite has a sign of its own, and is no test.
  const all = (told ?? "").split(/^(?=✖ )/m).flatMap((block) => failureOf(block) ?? []);
  const failures = all.filter(({ message }) => !/^\d+ subtests? failed$/.test(message));
  const tests = failures.map(({ name }) => ({ name, status: "failed" as const }));
  return outcomeOf(tests, failures, { total: signs.length - (all.length - failures.length) });
}

/** Reads what `node --test` writes for people (its `spec` reporter, the default of newer versions). */
export function readNodeSpec(output: string): ReadOutcome | undefined {
  const total = count(output, "tests");
  const failed = count(output, "fail");
  const cancelled = count(output, "cancelled");
  if (total === undefined || failed === undefined) return undefined;
  const tests = readTests(output);
  const left = tests.filter(({ status }) => status === "failed").map(({ name }) => name);
  // What failed is told again below, in the same order, by its last name alone.
  const failures = readFailures(output).map((failure) => {
    const at = left.findIndex((name) => name === failure.name || name.endsWith(` > ${failure.name}`));
    return { ...failure, name: at === -1 ? failure.name : (left.splice(at, 1)[0] ?? failure.name) };
  });
  return outcomeOf(tests, failures, { total, failed: failed + (cancelled ?? 0) });
}

function readTests(output: string): ReadTest[] {
  const at = nested();
  const seen: ReadTest[] = [];
  const suites = new Set<string>();
  for (const line of (output.split(/^ℹ tests \d+/m)[0] ?? "").split("\n")) {
    const found = /^( *)([✖✔﹣▶⚠]) (.*?)(?: \([\d.]+ms\)( # .*)?)?(?: # (?:SKIP|TODO).*)?\s*$/u.exec(line);
    if (found === null) continue;
    // What is still to be done may fail; the reason stands behind the time, and in newer versions a sign before.
    const open = found[2] === "⚠" || (found[2] === "✖" && found[4] !== undefined);
    const name = at((found[1] ?? "").length >> 1, found[3] ?? "");
    if (found[2] === "▶") suites.add(name);
    // A suite's own line comes after those of its tests.
    else if (!suites.has(name)) seen.push({ name, status: open ? "skipped" : statusOf(found[2]) });
  }
  return seen;
}

function statusOf(mark: string | undefined): ReadTest["status"] {
  return mark === "✔" ? "passed" : mark === "﹣" ? "skipped" : "failed";
}

function count(output: string, what: string): number | undefined {
  const found = [...output.matchAll(new RegExp(`^ℹ ${what} (\\d+)\\s*$`, "gm"))].at(-1);
  return found === undefined ? undefined : Number(found[1]);
}

function readFailures(output: string): ReadFailure[] {
  const start = output.lastIndexOf("failing tests:");
  if (start === -1) return [];
  const failures: ReadFailure[] = [];
  for (const block of output
    .slice(start)
    .split(/^test at .*$/m)
    .slice(1)) {
    const failure = failureOf(block);
    if (failure !== undefined) failures.push(failure);
  }
  return failures;
}

/** One failure, under its heading; nothing for what is still to be done. */
function failureOf(block: string): ReadFailure | undefined {
  const [first = "", ...rest] = block.replace(/^\s*\n/, "").split("\n");
  const name = /^\s*✖ (.*?)(?: \([\d.]+ms\))?\s*$/.exec(first)?.[1];
  if (name === undefined || /^\s*✖ .* \([\d.]+ms\) # /.test(first)) return undefined;
  const stackAt = rest.findIndex((line) => /^\s+at .+:\d+/.test(line));
  const body = (stackAt === -1 ? rest : rest.slice(0, stackAt)).map((line) => line.trim()).join("\n");
  // The stack ends where the error's own fields begin.
  const stack =
    stackAt === -1
      ? []
      : rest
          .slice(stackAt)
          .filter((line) => /^\s+at /.test(line))
          .map((line) => line.trim().replace(/ \{$/, ""));
  return {
    name,
    message:
      body
        .trim()
        .replace(/^(?:[A-Za-z]*Error)(?: \[\w+\])?: /, "")
        .replace(/^'(.*)'$/s, "$1")
        .trim() || "failed",
    ...(stack.length === 0 ? {} : { stack: stack.join("\n") }),
  };
}
