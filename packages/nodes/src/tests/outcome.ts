/** How one test ended. */
export interface ReadTest {
  /** Names from the outermost suite inwards, joined with ` > `. */
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
}

/** One failed test, as its runner's output tells it. */
export interface ReadFailure {
  /** As in {@link ReadTest}. */
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** What could be read from the output of a test runner. */
export interface ReadOutcome {
  readonly total: number;
  readonly failed: number;
  readonly failures: readonly ReadFailure[];
  /** Every test that the output names; only the failed ones where it names no others. */
  readonly tests: readonly ReadTest[];
}

/** Reads one output format; `undefined` when the text is not in it. */
export type OutcomeReader = (output: string) => ReadOutcome | undefined;

/** An outcome from tests that are all named. */
export function outcomeOf(
  tests: readonly ReadTest[],
  failures: readonly ReadFailure[],
  counts: { readonly total?: number; readonly failed?: number } = {},
): ReadOutcome {
  const failed = tests.filter(({ status }) => status === "failed").length;
  return { total: counts.total ?? tests.length, failed: counts.failed ?? failed, failures, tests };
}

/** Finds what a failed test said: the text between its heading and the next, by name. */
export function sections(text: string, heading: RegExp): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const heads = [...text.matchAll(heading)];
  for (const [i, head] of heads.entries()) {
    const body = text.slice(head.index + head[0].length, heads[i + 1]?.index ?? text.length);
    const name = (head[1] ?? "").trim();
    if (!found.has(name)) found.set(name, body);
  }
  return found;
}

/** Adds to a list of open suites by depth, and gives the whole name of what stands at a depth. */
export function nested(): (depth: number, name: string) => string {
  const open: string[] = [];
  return (depth, name) => {
    open.length = Math.min(open.length, depth);
    open[depth] = name;
    return open.filter((part) => part !== undefined).join(" > ");
  };
}

/** Lines of a JavaScript stack in a text, without indentation. */
export function stackOf(text: string): string | undefined {
  const lines = text.split("\n").filter((line) => /^\s+(?:at|❯) .+:\d+/.test(line));
  return lines.length === 0 ? undefined : lines.map((line) => line.trim().replace(/ \{$/, "")).join("\n");
}

/** Lines without the indentation that the first one has. */
export function outdented(lines: readonly string[]): readonly string[] {
  const first = lines.find((line) => line.trim() !== "") ?? "";
  const deep = first.length - first.trimStart().length;
  return lines.map((line) => (line.slice(0, deep).trim() === "" ? line.slice(deep) : line.trimStart()));
}
