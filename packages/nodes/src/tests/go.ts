import { outcomeOf, type OutcomeReader, type ReadTest } from "./outcome.ts";

const statuses = { PASS: "passed", FAIL: "failed", SKIP: "skipped" } as const;

/** `go test`, with or without `-v`. A test with subtests counts by these alone. */
export const readGo: OutcomeReader = (output) => {
  if (!/^(?:ok|FAIL|\?)\s+\S+\s+(?:[\d.]+s|\(cached\)|\[)/m.test(output)) return undefined;
  const seen: ReadTest[] = [];
  for (const [, word, name = ""] of output.matchAll(/^\s*--- (PASS|FAIL|SKIP): (\S+) \([\d.]+s\)/gm))
    seen.push({ name, status: statuses[word as keyof typeof statuses] });
  const tests = seen.filter(({ name }) => !seen.some((other) => other.name.startsWith(`${name}/`)));
  const failures = tests
    .filter(({ status }) => status === "failed")
    .map(({ name }) => ({ name, message: said(output, name) }));
  return outcomeOf(tests.map(whole), failures.map(whole));
};

/** What a test logged: under its `=== RUN` line with `-v`, under its `--- FAIL` line without. */
function said(output: string, name: string): string {
  const lines = output.split("\n");
  for (const head of [`=== RUN   ${name}`, `--- FAIL: ${name} (`]) {
    const at = lines.findIndex(
      (line) => line.trimStart().startsWith(head) && (head.endsWith("(") || line.endsWith(name)),
    );
    const next = lines[at + 1] ?? "";
    if (at !== -1 && /^\s+\S+\.go:\d+: /.test(next)) return next.trim();
  }
  return "failed";
}

function whole<T extends { readonly name: string }>(test: T): T {
  return { ...test, name: test.name.replaceAll("/", " > ") };
}
