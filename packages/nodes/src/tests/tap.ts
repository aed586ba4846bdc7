import type { ReadFailure, ReadOutcome } from "./outcome.ts";

const point = /^( *)(not )?ok\b(?: +\d+)?(?: +- +| +)?(.*)$/;

interface Point {
  readonly depth: number;
  readonly ok: boolean;
  readonly name: string;
  readonly yaml: readonly string[];
}

/** Reads TAP 13 and 14, with nested subtests and YAML blocks as node:test writes them. */
export function readTap(output: string): ReadOutcome | undefined {
  const lines = output.split(/\r?\n/);
  const hasPlan = lines.some((line) => /^TAP version \d+/.test(line) || /^ *\d+\.\.\d+/.test(line));
  const points = readPoints(lines);
  if (!hasPlan || points.length === 0) return undefined;

  const failures: ReadFailure[] = [];
  let total = 0;
  let failed = 0;
  // In TAP a suite's line follows those of its tests, so the names of suites are known only later: read backwards.
  const suites: string[] = [];
  for (let i = points.length - 1; i >= 0; i--) {
    const at = points[i];
    if (at === undefined) continue;
    suites.length = Math.min(suites.length, at.depth);
    const isSuite = (points[i - 1]?.depth ?? 0) > at.depth;
    const name = unescapeName(at.name);
    suites[at.depth] = name;
    const fields = readYaml(at.yaml);
    const skipped = / # (?:SKIP|TODO)\b/i.test(` ${at.name}`);
    // A suite fails because a test in it did, unless it says another reason.
    if (isSuite && (at.ok || fields.get("failureType") === "subtestsFailed" || fields.size === 0)) continue;
    total += 1;
    if (at.ok || skipped) continue;
    failed += 1;
    const stack = fields.get("stack");
    failures.unshift({
      name: suites.slice(0, at.depth + 1).join(" > "),
      message: fields.get("error") ?? fields.get("message") ?? "failed",
      ...(stack === undefined ? {} : { stack }),
    });
  }
  return { total, failed, failures };
}

function readPoints(lines: readonly string[]): Point[] {
  const points: Point[] = [];
  for (let i = 0; i < lines.length; i++) {
    const match = point.exec(lines[i] ?? "");
    if (match === null) continue;
    const indent = (match[1] ?? "").length;
    const yaml: string[] = [];
    if (lines[i + 1]?.trim() === "---" && (lines[i + 1] ?? "").startsWith(" ".repeat(indent + 1))) {
      for (i += 2; i < lines.length && lines[i]?.trim() !== "..."; i++) yaml.push((lines[i] ?? "").slice(indent + 2));
    }
    points.push({ depth: Math.floor(indent / 4), ok: match[2] === undefined, name: match[3] ?? "", yaml });
  }
  return points;
}

function unescapeName(name: string): string {
  return name
    .replace(/ # (?:SKIP|TODO)\b.*$/i, "")
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
    if (/^[|>][+-]?$/.test(value)) {
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
