import { nested, outcomeOf, type ReadFailure, type ReadOutcome, type ReadTest } from "./outcome.ts";
import { readPoints, type Point } from "./tap-points.ts";

const plan = /^(\d+)\.\.(\d+)(?:\s*#\s*(.*))?$/;

/**
 * Reads TAP 12, 13 and 14: nested subtests, YAML blocks, directives, plans and bail-outs, as node:test, tap, tape, ava,
 * mocha, vitest, prove, bats and others write it.
 */
export function readTap(output: string): ReadOutcome | undefined {
  const lines = output.split(/\r?\n/);
  const plans = lines.map((line) => plan.exec(line)).filter((found) => found !== null);
  const planned = plans.length === 1 ? Number(plans[0]?.[2]) : undefined;
  const points = readPoints(lines, planned);
  const bailed = lines.map((line) => /^\s*Bail out!\s*(.*)$/.exec(line)?.[1]).find((reason) => reason !== undefined);
  const versioned = lines.some((line) => /^TAP version \d+/.test(line));
  // Numbers alone are no TAP: without a version, a plan must be there, and points or the reason why there are none.
  const known =
    points.length > 0 ? plans.length > 0 || bailed !== undefined : planned === 0 && plans[0]?.[3] !== undefined;
  if (!versioned && !known) return undefined;

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
    suites[at.depth] = at.name;
    const step = braces ? 1 : -1;
    const isSuite = at.opens || (!braces && (points[i - 1]?.depth ?? 0) > at.depth);
    if (isSuite && (at.ok || at.skipped || failedByTests(points, i, step))) continue;
    const name = braces ? (before[i] ?? at.name) : suites.slice(0, at.depth + 1).join(" > ");
    const failed = !at.ok && !at.skipped;
    tests.unshift({ name, status: at.skipped ? "skipped" : at.ok ? "passed" : "failed" });
    if (!failed) continue;
    const stack = at.fields.get("stack") ?? at.fields.get("at");
    failures.unshift({ name, message: messageOf(at.fields), ...(stack === undefined ? {} : { stack }) });
  }
  const ran = points.filter(({ depth }) => depth === 0).length;
  if (bailed !== undefined) failures.push({ name: "Bail out!", message: bailed.trim() || "The tests broke off" });
  // What did not run did not pass; where another test failed, that may be why.
  else if (planned !== undefined && ran < planned && failures.length === 0)
    failures.push({ name: "plan", message: `${planned} tests were planned, but ${ran} ran` });
  return outcomeOf(tests, failures, { failed: failures.length });
}

/** Whether a suite failed because a test in it did: it gives no reason of its own. */
function failedByTests(points: readonly Point[], i: number, step: 1 | -1): boolean {
  const { depth = 0, fields, said } = points[i] ?? {};
  if (fields !== undefined && fields.size > 0 && said !== true) return fields.get("failureType") === "subtestsFailed";
  for (let k = i + step; (points[k]?.depth ?? -1) > depth; k += step)
    if (points[k]?.ok === false && points[k]?.skipped === false) return true;
  return false;
}

function messageOf(fields: ReadonlyMap<string, string>): string {
  const said = [fields.get("error") || fields.get("message"), fields.get("details")];
  const words = said.map((text) => text?.trim()).filter((text) => text);
  if (words.length > 0) return words.join("\n");
  const expected = fields.get("expected") ?? fields.get("wanted");
  const actual = fields.get("actual") ?? fields.get("received") ?? fields.get("found");
  if (expected !== undefined && actual !== undefined) return `expected ${expected}, found ${actual}`;
  return fields.get("stack")?.split("\n")[0]?.trim() || "failed";
}
