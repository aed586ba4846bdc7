import { outcomeOf, type OutcomeReader, type ReadFailure } from "./outcome.ts";

const ended = /^(?:\[(?:ERROR|INFO|WARNING)\] )?Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: \d+(.*)$/gm;

/** A test that failed: newer versions of Surefire write `shop.Basket.adds -- Time elapsed`, older ones `adds(shop.Basket)  Time`. */
const head =
  /^(?:\[ERROR\] )?(?!Tests run)(\S.*?)\s+(?:-- )?Time elapsed: [\d.,]+ m?s(?:ec)?\s+<<< (?:FAILURE|ERROR)!\s*$/;

/**
 * What Maven's Surefire and Failsafe write on the console. Names are as in the XML that they write beside it: the class,
 * then the method.
 */
export const readSurefire: OutcomeReader = (output) => {
  const ends = [...output.matchAll(ended)];
  if (ends.length === 0) return undefined;
  // One line for each class, and one for all of a module; several modules have one each.
  const whole = ends.filter(([, , , , more = ""]) => !more.includes("Time elapsed"));
  const sum = (at: number): number =>
    (whole.length > 0 ? whole : ends).reduce((all, each) => all + Number(each[at] ?? 0), 0);
  const failures: ReadFailure[] = [];
  const lines = output.split(/\r?\n/);
  // Older versions name the class of a test only in the line before.
  let suite = "";
  for (const [i, line] of lines.entries()) {
    suite = /^(?:\[\w+\] )?Running ([\w.$]+)\s*$/.exec(line)?.[1] ?? suite;
    suite = /<<< \w+! (?:-- in|- in) ([\w.$]+)\s*$/.exec(line)?.[1] ?? suite;
    const name = head.exec(line)?.[1];
    if (name === undefined) continue;
    const said = lines.slice(i + 1, lines.findIndex((each, k) => k > i && isOver(each)) >>> 0);
    failures.push({ name: wholeName(name, suite), ...saidBy(said) });
  }
  const tests = failures.map(({ name }) => ({ name, status: "failed" as const }));
  return outcomeOf(tests, failures, { total: sum(1), failed: sum(2) + sum(3) });
};

/** Whether what a failure says is over: the next one, or the next of Maven's own lines. */
function isOver(line: string): boolean {
  return (
    line.trim() === "" || head.test(line) || /^\[(?:INFO|WARNING|ERROR)\] (?:Running|Results|Tests run|$)/.test(line)
  );
}

function wholeName(name: string, suite: string): string {
  const [, method, inside] = /^([^()]+)\(([\w.$]+)\)$/.exec(name) ?? [];
  if (method !== undefined && inside !== undefined) return `${inside} > ${method}`;
  if (suite !== "" && name.startsWith(`${suite}.`)) return `${suite} > ${name.slice(suite.length + 1)}`;
  // A class of its own failed before its tests.
  if (suite === "" || name === suite) return name;
  const [, owner, last] = /^((?:[\w$]+\.)+[\w$]+)\.([^.]+)$/.exec(name) ?? [];
  return owner === undefined ? `${suite} > ${name}` : `${owner} > ${last}`;
}

/** Message and stack of an exception as Java prints it. */
function saidBy(lines: readonly string[]): Omit<ReadFailure, "name"> {
  const bare = lines.map((line) => line.replace(/^\[ERROR\] ?/, ""));
  const at = bare.findIndex((line) => /^\s+at [\w.$/<>]+\(/.test(line));
  const words = bare
    .slice(0, at === -1 ? undefined : at)
    .join("\n")
    .trim();
  const stack = bare.filter((line) => /^\s+at /.test(line)).map((line) => line.trim());
  const message = words.replace(/^[\w.$]*(?:AssertionError|AssertionFailedError|ComparisonFailure): /, "") || "failed";
  return { message, ...(stack.length === 0 ? {} : { stack: stack.join("\n") }) };
}

/** What Gradle writes on the console: `BasketTest > adds() FAILED`, the exception indented below, and a count. */
export const readGradle: OutcomeReader = (output) => {
  const [, total, failed] = /^(\d+) tests? completed, (\d+) failed(?:, \d+ skipped)?\s*$/m.exec(output) ?? [];
  if (total === undefined) return undefined;
  const failures: ReadFailure[] = [];
  const lines = output.split(/\r?\n/);
  for (const [i, line] of lines.entries()) {
    const name = /^(\S.* > .+) FAILED\s*$/.exec(line)?.[1];
    if (name === undefined || line.startsWith("> Task ")) continue;
    const end = lines.findIndex((each, k) => k > i && !/^\s{4}/.test(each));
    failures.push({ name, ...saidBy(lines.slice(i + 1, end === -1 ? undefined : end)) });
  }
  const tests = failures.map(({ name }) => ({ name, status: "failed" as const }));
  return outcomeOf(tests, failures, { total: Number(total), failed: Number(failed) });
};
