import type { Json } from "@brainops/core";

const most = 8;
const longest = 160;

/**
 * What differs between two values, a line each: where it lies in them, and both, under the names of where they come from.
 * Values that have nothing in common are one line each.
 */
export function differenceLines(
  expected: Json | undefined,
  found: Json | undefined,
  [first, second]: readonly [string, string] = ["expected", "found"],
): readonly string[] {
  const width = Math.max(first.length, second.length);
  const both = (before: Json | undefined, after: Json | undefined): string[] => [
    `${first.padEnd(width)}  ${shown(before)}`,
    `${second.padEnd(width)}  ${shown(after)}`,
  ];
  if (!isNode(expected) || !isNode(found)) return both(expected, found);
  const all = [...differences(expected, found, "")];
  const lines = all
    .slice(0, most)
    .flatMap(({ path, before, after }) => [`at ${path}`, ...both(before, after).map((line) => `  ${line}`)]);
  return all.length > most ? [...lines, `and ${all.length - most} more`] : lines;
}

interface Difference {
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

type Node = { readonly [key: string]: Json | undefined } | readonly Json[];

const isNode = (value: Json | undefined): value is Node => typeof value === "object" && value !== null;

function* differences(before: Json | undefined, after: Json | undefined, path: string): Generator<Difference> {
  if (!isNode(before) || !isNode(after) || Array.isArray(before) !== Array.isArray(after)) {
    if (before !== after) yield { path, before, after };
    return;
  }
  const [ours, theirs] = [before, after] as { readonly [key: string]: Json | undefined }[];
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const step = Array.isArray(before) ? `[${key}]` : path === "" ? key : `.${key}`;
    yield* differences(ours?.[key], theirs?.[key], `${path}${step}`);
  }
}

function shown(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`.toWellFormed();
}
