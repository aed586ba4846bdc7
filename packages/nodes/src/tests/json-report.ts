import { z } from "zod";
import { outcomeOf, stackOf, type OutcomeReader, type ReadFailure, type ReadTest } from "./outcome.ts";
import { plain } from "./plain.ts";

/** As jest and vitest write it with `--json` and `--reporter=json`. */
const jestSchema = z.object({
  numTotalTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string().optional(),
      message: z.string().optional(),
      status: z.string().optional(),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()).default([]),
          title: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

/** As mocha writes it with `--reporter json`. */
const mochaTest = z.object({
  title: z.string(),
  fullTitle: z.string(),
  err: z.object({ message: z.string().optional(), stack: z.string().optional() }).optional(),
});
const mochaSchema = z.object({
  stats: z.object({ tests: z.number(), failures: z.number() }),
  tests: z.array(mochaTest),
  pending: z.array(mochaTest).default([]),
  failures: z.array(mochaTest),
});

const notRun = ["pending", "skipped", "todo", "disabled"];

/** The JSON reports of jest, vitest and mocha, also where they stand as one line amid other output. */
export const readJsonReport: OutcomeReader = (output) => {
  for (const value of objectsIn(output)) {
    const jest = jestSchema.safeParse(value);
    if (jest.success) return jestOutcome(jest.data);
    const mocha = mochaSchema.safeParse(value);
    if (mocha.success) return mochaOutcome(mocha.data);
  }
  return undefined;
};

function* objectsIn(output: string): Generator<unknown> {
  const whole = output.indexOf("{");
  const lines = output.split("\n").filter((line) => line.startsWith("{") && line.length > 40);
  for (const text of [output.trim(), output.slice(Math.max(0, whole)).trim(), ...lines]) {
    if (!text.startsWith("{") || !/"(?:numTotalTests|stats)"/.test(text)) continue;
    try {
      yield JSON.parse(text);
    } catch {
      // Not it: what stands around may have braces, too.
    }
  }
}

function jestOutcome({ numTotalTests, testResults }: z.output<typeof jestSchema>): ReturnType<OutcomeReader> {
  const tests: ReadTest[] = [];
  const failures: ReadFailure[] = [];
  for (const { name: file = "a test file", message = "", status, assertionResults } of testResults) {
    for (const { ancestorTitles, title, status: end, failureMessages } of assertionResults) {
      const name = [...ancestorTitles, title].filter((part) => part !== "").join(" > ");
      tests.push({ name, status: end === "failed" ? "failed" : notRun.includes(end) ? "skipped" : "passed" });
      if (end === "failed") failures.push({ name, ...saidBy((failureMessages ?? []).join("\n\n")) });
    }
    // A file that could not be loaded, or a hook of its own that failed.
    const told = assertionResults.some((each) => each.status === "failed");
    if (status === "failed" && !told) failures.push({ name: file, ...saidBy(message) });
  }
  return outcomeOf(tests, failures, { total: numTotalTests, failed: failures.length });
}

function mochaOutcome({ stats, tests, pending, failures }: z.output<typeof mochaSchema>): ReturnType<OutcomeReader> {
  const nameOf = ({ title, fullTitle }: z.output<typeof mochaTest>): string =>
    fullTitle.endsWith(` ${title}`) ? `${fullTitle.slice(0, -title.length - 1)} > ${title}` : fullTitle;
  const failed = failures.map((each) => ({ name: nameOf(each), ...saidBy(each.err?.stack ?? "", each.err?.message) }));
  const names = new Set(failed.map(({ name }) => name));
  const skipped = new Set(pending.map(nameOf));
  // A hook that failed is none of the tests.
  const hooks = failures.map(nameOf).filter((name) => !tests.some((each) => nameOf(each) === name));
  const all = tests.map((each): ReadTest => {
    const name = nameOf(each);
    return { name, status: names.has(name) ? "failed" : skipped.has(name) ? "skipped" : "passed" };
  });
  return outcomeOf([...all, ...hooks.map((name): ReadTest => ({ name, status: "failed" }))], failed, {
    total: stats.tests,
    failed: Math.max(stats.failures, failed.length),
  });
}

/** The words of an error and its stack, from what its `stack` says. */
function saidBy(coloured: string, words?: string): Omit<ReadFailure, "name"> {
  const text = plain(coloured).replace(/^\s*● Test suite failed to run\s*/, "");
  const stack = stackOf(text);
  const before = text.split(/\n\s+(?:at|❯) /)[0]?.trim() ?? "";
  const message =
    (words === undefined ? before : plain(words)).replace(/^(?:[A-Za-z]*Error)(?: \[\w+\])?: /, "").trim() || "failed";
  return { message, ...(stack === undefined ? {} : { stack }) };
}
