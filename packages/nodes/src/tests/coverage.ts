import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Coverage } from "../state.ts";
import { readPlain } from "./plain-file.ts";

/** Lines of files, by path. */
export type Lines = ReadonlyMap<string, ReadonlySet<number>>;

/** What is known of a file: lines that could be run, and those that were. */
export interface FileCoverage {
  readonly could: ReadonlySet<number>;
  readonly ran: ReadonlySet<number>;
}

const v8Schema = z.object({
  result: z.array(
    z.object({
      url: z.string(),
      functions: z.array(
        z.object({
          ranges: z.array(z.object({ startOffset: z.number(), endOffset: z.number(), count: z.number() })),
        }),
      ),
    }),
  ),
});

/**
 * Reads what Node writes with `NODE_V8_COVERAGE`: blocks with counts, of which the innermost counts. A line was run when
 * any of its characters was, in any process. Code that was compiled before it ran (TypeScript, bundles) has other lines;
 * its file on disk is then longer or shorter than what was run, and nothing is said of it.
 */
export async function readV8(folder: string, root: string): Promise<ReadonlyMap<string, FileCoverage>> {
  const found = new Map<string, { could: Set<number>; ran: Set<number> }>();
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith(".json")) continue;
    const read = v8Schema.safeParse(parsed((await readPlain(join(folder, name), root)) ?? ""));
    for (const { url, functions } of read.data?.result ?? []) {
      const path = pathOf(url);
      if (!path.startsWith(root + sep) || path.includes(`${sep}node_modules${sep}`)) continue;
      const text = await readPlain(path, root);
      const ranges = functions.flatMap((each) => each.ranges);
      if (text === undefined || ranges.some((range) => range.endOffset > text.length)) continue;
      const key = path
        .slice(root.length + 1)
        .split(sep)
        .join("/");
      const lines = found.get(key) ?? { could: new Set(), ran: new Set() };
      found.set(key, lines);
      addLines(text, ranges, lines);
    }
  }
  return found;
}

/** Empty for what is no file here. */
function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return "";
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A process that was killed left half a file.
    return undefined;
  }
}

function addLines(
  text: string,
  ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[],
  into: { readonly could: Set<number>; readonly ran: Set<number> },
): void {
  const counts = new Int32Array(text.length);
  // Outer ones first, so that the innermost is written last.
  for (const range of ranges.toSorted((a, b) => b.endOffset - b.startOffset - (a.endOffset - a.startOffset)))
    counts.fill(range.count, range.startOffset, range.endOffset);
  let offset = 0;
  for (const [i, line] of text.split("\n").entries()) {
    const code = /^\s*(?:\/\/.*|[{}()[\];,\s]*)$/.test(line) ? -1 : offset + (/\S/.exec(line)?.index ?? 0);
    const last = offset + line.trimEnd().length - 1;
    if (code !== -1) {
      into.could.add(i + 1);
      for (let at = code; at <= last; at++) {
        if ((counts[at] ?? 0) === 0) continue;
        into.ran.add(i + 1);
        break;
      }
    }
    offset += line.length + 1;
  }
}

/** Reads LCOV, as c8, vitest, jest, nyc and coverage.py write it. Paths are relative to `root`, or under it. */
export function readLcov(text: string, root: string): ReadonlyMap<string, FileCoverage> {
  const found = new Map<string, { could: Set<number>; ran: Set<number> }>();
  let open: { could: Set<number>; ran: Set<number> } | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith("SF:")) {
      const path = line.slice(3).trim().replace(`${root}/`, "");
      open = found.get(path) ?? { could: new Set(), ran: new Set() };
      found.set(path, open);
    }
    const [, number, count] = /^DA:(\d+),(\d+)/.exec(line) ?? [];
    if (number === undefined || open === undefined) continue;
    open.could.add(Number(number));
    if (Number(count) > 0) open.ran.add(Number(number));
  }
  return found;
}

/** How much of what changed was run; `null` when nothing is known of any changed file. */
export function coverageOf(changed: Lines, covered: ReadonlyMap<string, FileCoverage>): Coverage | null {
  const missed: { file: string; lines: number[] }[] = [];
  let lines = 0;
  let ran = 0;
  for (const [file, numbers] of changed) {
    const known = covered.get(file);
    if (known === undefined) continue;
    const could = [...numbers].filter((line) => known.could.has(line));
    const without = could.filter((line) => !known.ran.has(line));
    lines += could.length;
    ran += could.length - without.length;
    if (without.length > 0) missed.push({ file, lines: without.slice(0, 50) });
  }
  return lines === 0 ? null : { lines, covered: ran, missed: missed.slice(0, 20) };
}

/** Lines that a unified diff without context (`git diff -U0`) adds or changes, by path. */
export function changedLines(diff: string): Lines {
  const found = new Map<string, Set<number>>();
  let open: Set<number> | undefined;
  for (const line of diff.split("\n")) {
    const path = /^\+\+\+ (?:b\/)?(.+?)\t?$/.exec(line)?.[1];
    if (path !== undefined) {
      open = new Set();
      if (path !== "/dev/null") found.set(path, open);
    }
    const [, from, count = "1"] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    for (let i = 0; from !== undefined && i < Number(count); i++) open?.add(Number(from) + i);
  }
  return found;
}
