import { nested, outcomeOf, sections, type OutcomeReader, type ReadTest } from "./outcome.ts";

const marks: { readonly [mark: string]: ReadTest["status"] } = { "✓": "passed", "×": "failed", "↓": "skipped" };

/** vitest: its `default` and `verbose` reporters. */
export const readVitest: OutcomeReader = (output) => {
  const last = /^\s+Tests\s+(.*(?:passed|failed|skipped).*)$/m.exec(output)?.[1];
  if (last === undefined) return undefined;
  const tests = new Map<string, ReadTest>();
  const at = nested();
  const list = output.split(/^.*Failed Tests \d+.*$/m)[0] ?? "";
  for (const line of list.split("\n")) {
    const found = /^( *)([✓×↓❯]) (.+?)(?: \(\d+(?: tests?.*)?\))?(?: [\d.]+m?s)?$/.exec(line);
    if (found === null) continue;
    const name = at(Math.max(0, ((found[1] ?? "").length - 1) >> 1), found[3] ?? "");
    const status = marks[found[2] ?? ""];
    // A file without failures stands there as one line.
    if (status !== undefined && !/ \(\d+ tests?.*\)/.test(line)) tests.set(name, { name, status });
  }
  const said = sections(output, /^\s*FAIL\s+(.+? > .+?)\s*$/gm);
  const failures = [...said].map(([name, body]) => {
    tests.set(name, { name, status: "failed" });
    const [first = ""] = body.trim().split("\n");
    const frames = [...body.matchAll(/^ ❯ (.+:\d+:\d+)$/gm)].map((match) => `at ${match[1]}`);
    const message = first.replace(/^\w*Error: /, "").trim() || "failed";
    return { name, message, ...(frames.length === 0 ? {} : { stack: frames.join("\n") }) };
  });
  const count = (word: string): number => Number(new RegExp(`(\\d+) ${word}`).exec(last)?.[1] ?? 0);
  const failed = count("failed");
  const total = failed + count("passed") + count("skipped") + count("todo");
  return outcomeOf([...tests.values()], failures, { total, failed });
};
