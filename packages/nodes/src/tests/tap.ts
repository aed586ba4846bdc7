import { nested, outcomeOf, stackOf, type ReadFailure, type ReadOutcome, type ReadTest } from "./outcome.ts";

const point = /^( *)(not )?ok\b(?: +\d+)?(?: +- +| +)?(.*)$/;

interface Point {
  readonly depth: number;
  readonly ok: boolean;
  readonly name: string;
  readonly skipped: boolean;
  /** Its tests follow between braces. */
  readonly opens: boolean;
  readonly fields: ReadonlyMap<string, string>;
}

/** Reads TAP 13 and 14, with nested subtests and YAML blocks as node:test writes them. */
export function readTap(output: string): ReadOutcome | undefined {
  const lines = output.split(/\r?\n/);
  const hasPlan = lines.some((line) => /^TAP version \d+/.test(line) || /^ *\d+\.\.\d+/.test(line));
  const points = readPoints(lines);
  if (!hasPlan || points.length === 0) return undefined;

  const failures: ReadFailure[] = [];
  const tests: ReadTest[] = [];
  // A suite's line follows those of its tests, so the names of suites are known only later: read backwards. One that
  // opens a brace (as vitest writes it) comes before them.
  const suites: string[] = [];
  const opened = nested();
  const before = points.map((each) => opened(each.depth, each.name));
  const braces = points.some((each) => each.opens);
  for (let i = points.length - 1; i >= 0; i--) {
    const at = points[i];
    if (at === undefined) continue;
    suites.length = Math.min(suites.length, at.depth);
    const isSuite = at.opens || (!braces && (points[i - 1]?.depth ?? 0) > at.depth);
    suites[at.depth] = at.name;
    // A suite fails because a test in it did, unless it says another reason.
    const { fields } = at;
    if (isSuite && (at.ok || fields.get("failureType") === "subtestsFailed" || fields.size === 0)) continue;
    const name = braces ? (before[i] ?? at.name) : suites.slice(0, at.depth + 1).join(" > ");
    const failed = !at.ok && !at.skipped;
    tests.unshift({ name, status: at.skipped ? "skipped" : at.ok ? "passed" : "failed" });
    if (!failed) continue;
    const stack = fields.get("stack");
    const message = fields.get("error") ?? fields.get("message") ?? "failed";
    failures.unshift({ name, message, ...(stack === undefined ? {} : { stack }) });
  }
  return outcomeOf(tests, failures);
}

function readPoints(lines: readonly string[]): Point[] {
  const points: Point[] = [];
  for (let i = 0; i < lines.length; i++) {
    const match = point.exec(lines[i] ?? "");
    if (match === null) continue;
    const indent = (match[1] ?? "").length;
    const next = lines[i + 1] ?? "";
    let fields: ReadonlyMap<string, string> = new Map();
    if (next.trim() === "---" && next.startsWith(" ".repeat(indent + 1))) {
      const deep = next.length - next.trimStart().length;
      const yaml: string[] = [];
      for (i += 2; i < lines.length && lines[i]?.trim() !== "..."; i++) yaml.push((lines[i] ?? "").slice(deep));
      fields = readYaml(yaml);
    } else if (match[2] !== undefined && match[3]?.endsWith(" {") !== true) {
      // mocha tells it in plain lines, indented: the message, then the error with its stack.
      const said: string[] = [];
      while (/^ {2,}(?!(?:not )?ok\b)\S|^\s*$/.test(lines[i + 1] ?? "ok") && i + 1 < lines.length)
        said.push((lines[++i] ?? "").slice(indent + 2));
      const message = said
        .join("\n")
        .split(/\n\s*\n?\w*Error\b/)[0]
        ?.trim();
      const stack = stackOf(said.map((line) => ` ${line}`).join("\n"));
      if (message !== undefined && message !== "")
        fields = new Map([["message", message], ...(stack === undefined ? [] : [["stack", stack] as const])]);
    }
    const text = match[3] ?? "";
    points.push({
      depth: Math.floor(indent / 4),
      ok: match[2] === undefined,
      name: unescapeName(text),
      skipped: / # (?:SKIP|TODO)\b/i.test(` ${text}`),
      opens: text.endsWith(" {"),
      fields,
    });
  }
  return points;
}

function unescapeName(name: string): string {
  return name
    .replace(/ \{$/, "")
    .replace(/ # (?:SKIP|TODO)\b.*$/i, "")
    .replace(/ # time=.*$/, "")
    .replaceAll(/\\([#\\])/g, "$1")
    .trim();
}

// Only what test runners write: scalars, quoted scalars and block scalars on the first level.
function readYaml(lines: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (let i = 0; i < lines.length; i++) {
    const match = /^([A-Za-z_]+):\s*(.*)$/.exec(lines[i] ?? "");
    if (match?.[1] === undefined) continue;
    let value = match[2] ?? "";
    if (value === "") {
      // One level more, as vitest writes an error: its message is what counts.
      const inner = /^ {4}message: (.*)$/.exec(lines.slice(i + 1).find((line) => / message: /.test(line)) ?? "")?.[1];
      if (inner !== undefined) value = inner;
    }
    if (/^".*"$/.test(value)) {
      value = value.slice(1, -1).replaceAll('\\"', '"');
    } else if (/^[|>][+-]?$/.test(value)) {
      const block: string[] = [];
      while (i + 1 < lines.length && ((lines[i + 1] ?? "").startsWith(" ") || lines[i + 1] === ""))
        block.push((lines[++i] ?? "").slice(2));
      value = block.join("\n").trimEnd();
    } else if (/^'.*'$/.test(value)) {
      value = value.slice(1, -1).replaceAll("''", "'");
    }
    fields.set(match[1], value);
  }
  return fields;
}
