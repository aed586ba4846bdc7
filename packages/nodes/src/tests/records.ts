import type { Json, NodeContext } from "@brainops/core";
import { fingerprint } from "@brainops/core/healing";
import { z } from "zod";
import { arrows } from "../memory.ts";
import type { Change, TestFailure, TestReport } from "../state.ts";
import { clip } from "../text.ts";
import type { PastRun } from "./history.ts";
import { isTestFile } from "./order.ts";
import type { ReadFailure } from "./outcome.ts";

/** So many earlier runs are looked at. */
const horizon = 60;

const pastSchema = z.object({
  code: z.string(),
  base: z.string().optional(),
  changed: z.array(z.string()),
  runs: z.array(z.array(z.object({ name: z.string(), file: z.string().nullable() }))),
});

const tagOf = (name: string): string => `tests:${name}`;

/** Earlier runs of a repository's tests, oldest first. */
export async function pastRuns(ctx: NodeContext, name: string): Promise<readonly PastRun[]> {
  const hits = await ctx.recall({ text: "", kinds: ["experience"], tags: [tagOf(name)], limit: horizon });
  return hits.toReversed().flatMap(({ record }): PastRun[] => {
    const { success, data } = pastSchema.safeParse(record.data["history"]);
    return success ? data.runs.map((failed) => ({ ...data, failed })) : [];
  });
}

/** A test run for the history, from what failed in it. */
export function pastRun({ code, base, changed }: Omit<PastRun, "failed">, failures: readonly ReadFailure[]): PastRun {
  const from = base === undefined ? {} : { base };
  return { code, ...from, changed, failed: failures.map((failure) => ({ name: failure.name, file: fileOf(failure) })) };
}

/** The test file that a failure is in: the first one that it names. */
function fileOf({ name, message, stack = "" }: ReadFailure): string | null {
  const paths = `${name}\n${stack}\n${message}`.match(/[\w@./-]+\.\w+/g) ?? [];
  return paths.map((path) => path.replace(/^\.\//, "")).find(isTestFile) ?? null;
}

/** What is remembered of runs: their history as data, found again by {@link pastRuns}. */
export function historyOf(
  name: string,
  runs: readonly PastRun[],
): { readonly tags: readonly string[]; readonly history: Json } {
  const [first] = runs;
  if (first === undefined) return { tags: ["tester"], history: null };
  const history = {
    code: first.code,
    ...(first.base === undefined ? {} : { base: first.base }),
    changed: first.changed.slice(0, 50),
    runs: runs.map((run) => run.failed.slice(0, 20).map((test) => ({ name: test.name, file: test.file }))),
  };
  return { tags: ["tester", tagOf(name)], history };
}

/** Failures beyond these are counted, but not remembered one by one. */
const most = 10;

/** Records each failure as an error under its fingerprint, once however often it comes. */
export async function recordFailures(
  ctx: NodeContext,
  name: string,
  failures: readonly ReadFailure[],
  flaky: ReadonlySet<string>,
): Promise<readonly TestFailure[]> {
  const records = new Map<string, string>();
  const recorded: TestFailure[] = [];
  for (const { name: test, message, stack } of failures.slice(0, most)) {
    const text = `${test}: ${message}`;
    const print = fingerprint({ source: "error", subject: name, text, ...(stack === undefined ? {} : { stack }) });
    let record = records.get(print);
    if (record === undefined) {
      const [known] = await ctx.recall({ text: "", kinds: ["error"], fingerprint: print, limit: 1 });
      record =
        known?.record.id ??
        ctx.remember({
          kind: "error",
          text: clip(`Test failed: ${text}`, 4_000),
          fingerprint: print,
          data: { subject: name, test: clip(test, 300), ...(stack === undefined ? {} : { stack: clip(stack, 2_000) }) },
          tags: ["tests"],
          trust: "outside",
        });
      records.set(print, record);
    }
    ctx.count(record, "tries");
    const chance = flaky.has(test) ? { flaky: true } : {};
    recorded.push({ name: test, message: clip(message, 1_000), fingerprint: print, record, ...chance });
  }
  return recorded;
}

/** Failures of the report before that are gone now were solved by the change between. */
export function recordFix(ctx: NodeContext, change: Change, before: TestReport, now: TestReport): void {
  // A run that broke off says nothing about the tests it did not reach.
  if (!now.passed && (now.timedOut || now.total < before.total)) return;
  const failing = new Set(now.failures.map((failure) => failure.name));
  const fixed = before.failures.filter((failure) => !failing.has(failure.name));
  if (fixed.length === 0) return;
  const solution = ctx.remember({
    kind: "solution",
    // What helped comes first: a prompt may show the beginning only.
    text: clip(
      `${change.summary}\nThat solved: ${fixed.map((failure) => `${failure.name}: ${failure.message}`).join("\n")}`,
      4_000,
    ),
    data: { commit: now.commit, branch: change.branch, files: change.files.slice(0, 50) },
    tags: ["tests"],
    trust: "test",
    importance: 0.7,
    links: arrows("derived-from", [change.record], "the change that made the tests pass"),
  });
  ctx.count(solution, "tries");
  ctx.count(solution, "successes");
  for (const { record } of fixed) if (record !== "") ctx.link({ from: record, to: solution, type: "solved-by" });
}
