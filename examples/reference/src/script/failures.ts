/** A failing test, as far as the tests' output tells. */
export interface Failure {
  /** Test file and line of the assertion that failed. */
  readonly file: string;
  readonly line: number;
  /** As printed; empty where the output does not say. */
  readonly actual: string;
  readonly expected: string;
}

const frame = /(?:file:\/\/)?([^\s'"()]+?\.m?[jt]s):(\d+):\d+/;

/**
 * Reads the failures out of what a test runner of Node printed (its `spec` and `tap` reporters), with paths relative to
 * the repository. Frames elsewhere (absolute paths, Node's own files) are passed over.
 */
export function readFailures(output: string): readonly Failure[] {
  const failures = new Map<string, Failure>();
  // One failure reaches from its assertion's stack to what was found and expected; tap has it the other way round.
  for (const block of output.split(/^\s*(?:test at .*|not ok .*)$/m)) {
    const at = block
      .split("\n")
      .map((line) => inRepository(line))
      .find((found) => found !== undefined);
    if (at === undefined) continue;
    const actual = value(block, "actual");
    const expected = value(block, "expected");
    if (actual === "" && expected === "") continue;
    failures.set(`${at.file}:${at.line}`, { ...at, actual, expected });
  }
  return [...failures.values()];
}

function inRepository(line: string): { file: string; line: number } | undefined {
  if (!/^\s*at |\(file:|^\s*TestContext|^\s*\S+ \(/.test(line)) return undefined;
  const match = frame.exec(line);
  const path = match?.[1];
  if (path === undefined || path.startsWith("node:") || path.startsWith("/")) return undefined;
  return { file: path, line: Number(match?.[2]) };
}

/** What stands behind `actual:` or `expected:`, over as many lines as its brackets need. */
function value(block: string, key: string): string {
  const match = new RegExp(`^(\\s*)${key}:[ \\t]*(.*)$`, "m").exec(block);
  if (match === null) return "";
  const [whole, indent = "", first = ""] = match;
  const following = block
    .slice(match.index + whole.length)
    .split("\n")
    .slice(1);
  const lines = [first];
  for (const line of following) {
    const deeper = line.startsWith(`${indent} `) && line.trim() !== "";
    const closing = line.startsWith(indent) && /^[\]}]/.test(line.trim()) && /[[{]$/.test(first.trim());
    if (!deeper && !closing) break;
    lines.push(line.trim());
    if (closing) break;
  }
  return lines.join(" ").trim().replace(/,$/, "");
}
