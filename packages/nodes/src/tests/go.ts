import { eventsOfGo } from "./go-events.ts";
import { outcomeOf, outdented, type OutcomeReader, type ReadFailure, type ReadTest } from "./outcome.ts";

const statuses: { readonly [word: string]: ReadTest["status"] } = { PASS: "passed", FAIL: "failed", SKIP: "skipped" };
const verdict = /--- (PASS|FAIL|SKIP): (\S+) \([\d.]+ ?m?s\)$/;
const packageEnd = /^(?:(ok|FAIL|\?) *\t(\S+)(?:\t| \[|$)(.*)|(\S+)\t\tcoverage: .*)/;

interface OpenTest {
  status: ReadTest["status"] | undefined;
  readonly said: string[];
}

/**
 * `go test`, with or without `-v` or `-json`. A test with subtests counts by these alone,
 * unless it failed by itself. A package that could not be built, and one that ended amid a test, failed as well.
 */
export const readGo: OutcomeReader = (output) => {
  const text = eventsOfGo(output) ?? output;
  const lines = text.split(/\r?\n/);
  if (!lines.some((line) => /^(?:ok|FAIL|\?) *\t\S/.test(line))) return undefined;
  const packages: {
    readonly name: string;
    readonly tests: Map<string, OpenTest>;
    readonly failure?: readonly string[];
  }[] = [];
  const built = new Map<string, string[]>();
  let tests = new Map<string, OpenTest>();
  let at: OpenTest | undefined;
  let loose: string[] = [];
  let building: string[] | undefined;
  const openTest = (name: string): OpenTest => {
    const known = tests.get(name) ?? { status: undefined, said: [] };
    tests.set(name, known);
    return known;
  };
  for (const line of lines) {
    const [, header] = /^# (\S+)(?: \[.*\])?$/.exec(line) ?? [];
    const [, running, name = ""] = /^=== (RUN|CONT|NAME|PAUSE) +(\S+)?$/.exec(line) ?? [];
    const ended = verdict.exec(line);
    const end = packageEnd.exec(line);
    if (header !== undefined) {
      building = built.get(header) ?? [];
      built.set(header, building);
    } else if (running !== undefined) {
      at = running === "PAUSE" || name === "" ? undefined : openTest(name);
      building = undefined;
    } else if (ended !== null) {
      at = openTest(ended[2] ?? "");
      at.status = statuses[ended[1] ?? ""];
      building = undefined;
      // What was printed without an end of line stands before.
      if (ended.index > 0 && line.slice(0, ended.index).trim() !== "") at.said.unshift(line.slice(0, ended.index));
    } else if (end !== null && (end[1] !== undefined || tests.size > 0)) {
      const failed = end[1] === "FAIL";
      const broken = /\[(?:build|setup) failed\]/.exec(line)?.[0];
      const failure = failed ? (broken === undefined ? loose : [broken]) : undefined;
      packages.push({ name: end[2] ?? end[4] ?? "", tests, ...(failure === undefined ? {} : { failure }) });
      tests = new Map();
      at = undefined;
      loose = [];
      building = undefined;
    } else if (building !== undefined && /^\S/.test(line) && !/^(?:FAIL|ok|PASS)\b/.test(line)) building.push(line);
    else if (!/^(?:PASS|FAIL|exit status \d+|coverage: .*)$/.test(line)) {
      building = undefined;
      (at?.said ?? loose).push(line);
    }
  }
  if (tests.size > 0) packages.push({ name: "", tests });

  const seen: ReadTest[] = [];
  const failures: ReadFailure[] = [];
  const shared = sharedNames(packages.map((each) => each.tests));
  for (const { name: where, tests: own, failure } of packages) {
    const failed = (name: string): boolean => own.get(name)?.status === "failed";
    const names = [...own.keys()];
    let any = false;
    for (const [name, test] of own) {
      const below = names.filter((other) => other.startsWith(`${name}/`));
      // The one that ran when the program ended.
      const status = test.status ?? (failure !== undefined && name === names.at(-1) ? "failed" : undefined);
      if (status === undefined || (below.length > 0 && (status !== "failed" || below.some(failed)))) continue;
      const whole = (shared.has(name) ? `${where} > ${name}` : name).replaceAll("/", (slash, i: number) =>
        shared.has(name) && i < where.length ? slash : " > ",
      );
      seen.push({ name: whole, status });
      if (status !== "failed") continue;
      any = true;
      failures.push({ name: whole, ...told(test.said) });
    }
    if (failure === undefined || any) continue;
    const compiler = [...built]
      .filter(([of]) => of === where || of.startsWith(`${where}_test`))
      .flatMap(([, said]) => said);
    failures.push({ name: where, ...told(compiler.length > 0 ? compiler : failure) });
    // What could not be built has no tests that are known.
    if (failure[0]?.startsWith("[") !== true) seen.push({ name: where, status: "failed" });
  }
  return outcomeOf(seen, failures, { failed: failures.length });
};

/** Names of tests that stand in more than one package. */
function sharedNames(packages: readonly ReadonlyMap<string, unknown>[]): ReadonlySet<string> {
  const found = new Set<string>();
  const shared = new Set<string>();
  for (const tests of packages)
    for (const name of tests.keys()) {
      if (found.has(name)) shared.add(name);
      found.add(name);
    }
  return shared;
}

/** What a test logged. A panic tells where it was in its own stack. */
function told(said: readonly string[]): { readonly message: string; readonly stack?: string } {
  const panic = said.findIndex((line) => /^(?:panic: |fatal error: )/.test(line));
  const part = panic === -1 ? said : said.slice(panic);
  const end = part.findIndex((line) => /^goroutine \d+ \[/.test(line));
  const lines = (end === -1 ? part : part.slice(0, end)).filter((line) => line.trim() !== "");
  const from = panic === -1 ? lines.findIndex((line) => /\.go:\d+: /.test(line)) : 0;
  const message = outdented(from === -1 ? lines : lines.slice(from))
    .join("\n")
    .trim();
  const frames = said.flatMap((line) => /^\s+(\S+\.go:\d+)(?: \+0x[\da-f]+)?$/.exec(line)?.[1] ?? []);
  const own = frames.filter((frame) => !/\/src\/(?:testing|runtime)\//.test(frame));
  return {
    message: message || "failed",
    ...(own.length === 0 ? {} : { stack: own.map((frame) => `at ${frame}`).join("\n") }),
  };
}
