import { outcomeOf, type OutcomeReader, type ReadFailure, type ReadTest } from "./outcome.ts";

const statuses: { readonly [word: string]: ReadTest["status"] } = {
  PASSED: "passed",
  XPASS: "passed",
  FAILED: "failed",
  ERROR: "failed",
  SKIPPED: "skipped",
  XFAIL: "skipped",
};

/** pytest: its lines with `-v`, its short summary (`FAILED file::test - message`) and its last line. */
export const readPytest: OutcomeReader = (output) => {
  const last = [...output.matchAll(/^=*\s*((?:\d+ \w+,? ?)+) in [\d.]+s.*$/gm)].at(-1)?.[1];
  if (last === undefined) return undefined;
  const tests = new Map<string, ReadTest>();
  for (const [, name = "", word = ""] of output.matchAll(/^(\S+::.+?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b/gm))
    tests.set(name, { name, status: statuses[word] ?? "failed" });
  const failures = new Map<string, ReadFailure>();
  for (const [, name = "", message = ""] of output.matchAll(/^(?:FAILED|ERROR) (\S+(?:\[.*?\])?)(?: - (.*))?$/gm)) {
    tests.set(name, { name, status: "failed" });
    if (!failures.has(name)) failures.set(name, { name, message: message.trim() || "failed" });
  }
  const failed = sum(last, /(\d+) (?:failed|errors?)/g);
  const total = failed + sum(last, /(\d+) (?:passed|skipped|xfailed|xpassed)/g);
  return outcomeOf([...tests.values()], [...failures.values()], { total, failed });
};

function sum(text: string, pattern: RegExp): number {
  let total = 0;
  for (const match of text.matchAll(pattern)) total += Number(match[1]);
  return total;
}
