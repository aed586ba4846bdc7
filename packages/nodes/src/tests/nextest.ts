import { readCargo } from "./cargo.ts";
import { outcomeOf, type OutcomeReader, type ReadTest } from "./outcome.ts";

const line =
  /^ *(?:TRY \d+ )?(PASS|FAIL|SKIP|LEAK|TIMEOUT|SLOW|ABORT|SIG\w+|FLAKY \d+\/\d+) \[ *>? *[\d.]*s?\] +(?:\( *\d+\/\d+\) +)?(\S+) (\S.*)$/;
const summary = /^ *Summary \[ *[\d.]+s\] +(\d+)(?:\/\d+)? tests? run: .*$/m;

/** `cargo nextest run`: a line for each test, and the outputs of those that failed. One that passed when it was tried again has passed. */
export const readNextest: OutcomeReader = (output) => {
  const last = summary.exec(output);
  if (last === null) return undefined;
  const tests = new Map<string, ReadTest>();
  for (const each of output.split(/\r?\n/)) {
    const [, word = "", program = "", test = ""] = line.exec(each) ?? [];
    if (word === "" || word === "SLOW") continue;
    const name = `${program} > ${test.trim()}`;
    const passed = /^(?:PASS|LEAK|FLAKY)/.test(word);
    tests.set(name, { name, status: word === "SKIP" ? "skipped" : passed ? "passed" : "failed" });
  }
  const said = readCargo(output)?.failures ?? [];
  const failures = [...tests.values()]
    .filter(({ status }) => status === "failed")
    .map(({ name }) => ({ ...(said.find((each) => name.endsWith(` > ${each.name}`)) ?? { message: "failed" }), name }));
  const skipped = Number(/(\d+) skipped/.exec(last[0])?.[1] ?? 0);
  return outcomeOf([...tests.values()], failures, { total: Number(last[1]) + skipped });
};
