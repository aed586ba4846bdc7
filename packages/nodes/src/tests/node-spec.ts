import type { ReadFailure, ReadOutcome } from "./outcome.ts";

/** Reads what `node --test` writes for people (its `spec` reporter, the default of newer versions). */
export function readNodeSpec(output: string): ReadOutcome | undefined {
  const total = count(output, "tests");
  const failed = count(output, "fail");
  const cancelled = count(output, "cancelled");
  if (total === undefined || failed === undefined) return undefined;
  return { total, failed: failed + (cancelled ?? 0), failures: readFailures(output) };
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
    const [first = "", ...rest] = block.replace(/^\s*\n/, "").split("\n");
    const name = /^\s*✖ (.*?)(?: \([\d.]+ms\))?\s*$/.exec(first)?.[1];
    if (name === undefined) continue;
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
    failures.push({
      name,
      message: body.replace(/^(?:[A-Za-z]*Error)(?: \[[A-Z_]+\])?: /, "").trim() || "failed",
      ...(stack.length === 0 ? {} : { stack: stack.join("\n") }),
    });
  }
  return failures;
}
