import { outcomeOf, outdented, type OutcomeReader, type ReadFailure, type ReadTest } from "./outcome.ts";

const done =
  /^DONE (?:\d+ runs, )?(\d+) tests?(?:, (\d+) skipped)?(?:, (\d+) failures?)?(?:, (\d+) errors?)? in [\d.]+s/m;
const inTurn = /^(PASS|FAIL|SKIP) (\S+)\.((?:Test|Example|Fuzz|Benchmark)\S*) \([\d.]+s\)$/;
const section = /^=== (FAIL|SKIP): (\S+) (\S+) \([\d.]+s\)$/;

/** gotestsum, in its forms of a line for each package or each test. */
export const readGotestsum: OutcomeReader = (output) => {
  const last = done.exec(output);
  if (last === null) return undefined;
  const tests = new Map<string, ReadTest>();
  const said = new Map<string, string[]>();
  const errors: string[] = [];
  let open: string[] | undefined;
  for (const line of output.split(/\r?\n/)) {
    const [, word = "", , test = ""] = inTurn.exec(line) ?? section.exec(line) ?? [];
    if (test !== "") {
      const name = test.replaceAll("/", " > ");
      tests.set(name, { name, status: word === "PASS" ? "passed" : word === "FAIL" ? "failed" : "skipped" });
      open = section.test(line) ? [] : open;
      if (open !== undefined && section.test(line)) said.set(name, open);
    } else if (line === "=== Errors") open = errors;
    else if (/^(?:=== (?:Failed|Skipped)|DONE )/.test(line)) open = undefined;
    else open?.push(line);
  }
  const failed = [...tests.values()].filter(({ status }) => status === "failed").map(({ name }) => name);
  const failures: ReadFailure[] = failed
    // A test with subtests that failed failed by these.
    .filter((name) => !failed.some((other) => other.startsWith(`${name} > `)))
    .map((name) => {
      const lines = outdented(
        (said.get(name) ?? []).filter((line) => line.trim() !== "" && !/^\s*(?:===|---) /.test(line)),
      );
      return { name, message: lines.join("\n").trim() || "failed" };
    });
  if (errors.length > 0) failures.push({ name: "build", message: errors.join("\n").trim() });
  return outcomeOf([...tests.values()], failures, { total: Number(last[1]), failed: failures.length });
};
