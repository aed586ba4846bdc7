import { stackOf } from "./outcome.ts";
import { readFields } from "./yaml-fields.ts";

/** A test point, or the line of a suite, which has the same form. */
export interface Point {
  readonly depth: number;
  readonly ok: boolean;
  readonly name: string;
  /** By a directive: also one of which no more is expected yet (`TODO`). */
  readonly skipped: boolean;
  /** Its tests follow between braces. */
  readonly opens: boolean;
  /** What its YAML block, or what stands below it, says. */
  readonly fields: ReadonlyMap<string, string>;
  /** The fields come from plain lines below it. */
  readonly said: boolean;
}

const point = /^( *)(not )?ok\b(?:$|(?= ))(?: +(\d+)\b)?(?: +- +| +- *$| +)?(.*)$/;
const directive = / # *(?:SKIP\w*|TODO)\b/i;

/** The test points of a TAP stream in order. What was printed amid them is known by numbers beyond the plan. */
export function readPoints(lines: readonly string[], planned: number | undefined): Point[] {
  const found: { indent: number; number: number | undefined; rest: Omit<Point, "depth"> }[] = [];
  // tape names what is asserted alone; the test around it stands in a comment before.
  const tape = lines.some((line) => /^# (?:pass|fail) {2}\d+$/.test(line));
  let title = "";
  const elsewhere = failedTests(lines);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    title = /^# (.+)$/.exec(line)?.[1] ?? title;
    const match = point.exec(line);
    if (match === null) continue;
    const [, pad = "", not, number, text = ""] = match;
    const opens = text.endsWith(" {");
    const block = yamlBelow(lines, i, pad.length);
    i += block?.length ?? 0;
    let fields = block === undefined ? new Map<string, string>() : readFields(block.slice(1));
    let said = false;
    if (block === undefined && not !== undefined && !opens) {
      const plain = saidBelow(lines, i, pad.length);
      i += plain.length;
      fields = plain.length > 0 ? fieldsOf(plain) : (elsewhere.get(unescapeName(text)) ?? fields);
      said = true;
    }
    const name = unescapeName(text) || `test ${number ?? ""}`.trim();
    const rest = {
      ok: not === undefined,
      name: tape && title !== "" ? [title, name].filter((part) => part !== "").join(" > ") : name,
      skipped: directive.test(` ${text}`),
      opens,
      fields,
      said,
    };
    found.push({ indent: pad.length, number: number === undefined ? undefined : Number(number), rest });
  }
  const unit = Math.min(...found.map(({ indent }) => indent).filter((indent) => indent > 0));
  let next = 1;
  let surplus = planned === undefined ? 0 : found.filter(({ indent }) => indent === 0).length - planned;
  return found.flatMap(({ indent, number, rest }): Point[] => {
    if (indent === 0) {
      if (surplus > 0 && number !== undefined && number !== next) {
        surplus -= 1;
        return [];
      }
      next += 1;
    }
    return [{ ...rest, depth: indent === 0 ? 0 : Math.round(indent / unit) }];
  });
}

/** The lines of a YAML block below a point, with what opens it and without what closes it. */
function yamlBelow(lines: readonly string[], i: number, indent: number): string[] | undefined {
  const next = lines[i + 1] ?? "";
  const deep = next.length - next.trimStart().length;
  if (next.trim() !== "---" || deep <= indent) return undefined;
  let end = i + 2;
  while (
    end < lines.length &&
    !((lines[end] ?? "").trim() === "..." && !(lines[end] ?? "").startsWith(" ".repeat(deep + 1)))
  )
    end++;
  return lines.slice(i + 1, end);
}

/** Plain lines below a point that failed: indented, as mocha has them, or comments, as Perl's and bats' tests have them. */
function saidBelow(lines: readonly string[], i: number, indent: number): string[] {
  const said: string[] = [];
  const told = new RegExp(
    `^ {${indent}}(?:#(?! ?(?:Subtest\\b|Looks like |(?:tests|pass|fail|time) ))| {2}(?! *(?:not )?ok\\b| *\\d+\\.\\.\\d+)(?=.))|^\\s*$`,
  );
  for (let k = i + 1; k < lines.length && told.test(lines[k] ?? ""); k++) said.push((lines[k] ?? "").slice(indent));
  return said;
}

/** What Perl's tests say of those that failed: on the error output, and so not below them. */
function failedTests(lines: readonly string[]): ReadonlyMap<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  for (let i = 0; i < lines.length; i++) {
    const [, pad = "", name] = /^( *)# +Failed test '(.*)'$/.exec(lines[i] ?? "") ?? [];
    if (name === undefined || found.has(name)) continue;
    const more = new RegExp(`^ {${pad.length}}# (?! *Failed |Looks like |Subtest)`);
    const said = [(lines[i] ?? "").slice(pad.length)];
    while (more.test(lines[i + 1] ?? "")) said.push((lines[++i] ?? "").slice(pad.length));
    found.set(name, fieldsOf(said));
  }
  return found;
}

function fieldsOf(said: readonly string[]): Map<string, string> {
  const stack = stackOf(said.map((line) => ` ${line}`).join("\n"));
  const text = said.map((line) => line.replace(/^(?:# ?| {2})/, ""));
  // mocha tells the message, and then the error with its stack, which begins with the message again.
  const error = text.findIndex((line, i) => i > 0 && /^\w*(?:Error|Exception)\b(?: \[\w+\])?(?::|$)/.test(line));
  const frames = text.findIndex((line) => /^\s+at .+:\d+/.test(line));
  const end = [error, frames].find((at) => at !== -1) ?? text.length;
  // The name again, in the words of Perl's Test::More.
  const named = /^\s*Failed (?:\(TODO\) )?test(?: '.*')?$/.test(text[0] ?? "") ? 1 : 0;
  const message = text
    .slice(named, end)
    .map((line) => (named === 1 ? line.trim() : line))
    .join("\n")
    .trim();
  const fields = new Map<string, string>();
  if (message !== "") fields.set("message", message);
  if (stack !== undefined) fields.set("stack", stack);
  return fields;
}

function unescapeName(name: string): string {
  return name
    .replace(/ \{$/, "")
    .replace(/(^| )# *(?:SKIP\w*|TODO)\b.*$/i, "")
    .replace(/ # time=.*$/, "")
    .replaceAll(/\\([#\\])/g, "$1")
    .trim();
}
