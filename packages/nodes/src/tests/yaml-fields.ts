import { outdented } from "./outcome.ts";

/**
 * Fields of a YAML block, as much as writers of tests use: on the first level plain, quoted and block scalars; of what
 * lies below a field, its `message`, or else all of it as text.
 */
export function readFields(block: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  const lines = outdented(block);
  for (let i = 0; i < lines.length; i++) {
    const match = /^(?:([A-Za-z_][\w -]*)|'([^']+)'|"([^"]+)"):(?:\s+(.*))?$/.exec((lines[i] ?? "").trimEnd());
    const key = match?.[1] ?? match?.[2] ?? match?.[3];
    if (key === undefined) continue;
    const below: string[] = [];
    const value = match?.[4] ?? "";
    // A quoted text with ends of lines in it, as vitest writes it, ends with its quote.
    const quoted = value.startsWith('"') && !/.[^\\]"$/.test(value) && value !== '""';
    const goesOn = (next: string): boolean =>
      quoted ? below.at(-1)?.endsWith('"') !== true : /^(?: |$)/.test(next) || opensQuote(below);
    while (i + 1 < lines.length && goesOn(lines[i + 1] ?? "")) below.push(lines[++i] ?? "");
    if (quoted) {
      fields.set(key, [value.slice(1), ...below].join("\n").replace(/"$/, "").trim());
      continue;
    }
    const style = /^[|>](?=[+-]?\d?[+-]?$)/.exec(value)?.[0];
    if (style === undefined && value !== "")
      fields.set(
        key,
        scalar(
          [value, ...below]
            .map((line) => line.trim())
            .join(" ")
            .trim(),
        ),
      );
    else if (style !== undefined)
      fields.set(
        key,
        outdented(below)
          .join(style === ">" ? " " : "\n")
          .trimEnd(),
      );
    else {
      const inner = readFields(below);
      fields.set(key, inner.get("message") || outdented(below).join("\n").trim());
    }
  }
  return fields;
}

/** Whether the last field of some lines has a quoted text that has not ended. */
function opensQuote(lines: readonly string[]): boolean {
  const from = lines.findLastIndex((line) => /^\s*\w+: "/.test(line));
  return from !== -1 && !lines.slice(from).some((line, i) => (i === 0 ? /: ".*"$/ : /"$/).test(line));
}

function scalar(value: string): string {
  if (/^".*"$/s.test(value)) {
    try {
      return String(JSON.parse(value));
    } catch {
      return value.slice(1, -1).replaceAll('\\"', '"');
    }
  }
  return /^'.*'$/s.test(value) ? value.slice(1, -1).replaceAll("''", "'") : value;
}
