import { basename } from "node:path";
import { clip, clipStart } from "../text.ts";
import { readAnnotations } from "./annotations.ts";
import { readCargo } from "./cargo.ts";
import { readCtest } from "./ctest.ts";
import { readGo } from "./go.ts";
import { readGotestsum } from "./gotestsum.ts";
import { readGradle, readSurefire } from "./java.ts";
import { readJest } from "./jest.ts";
import { readJsonReport } from "./json-report.ts";
import { readJunit } from "./junit.ts";
import { readMocha } from "./mocha.ts";
import { readNextest } from "./nextest.ts";
import { readNodeDot, readNodeSpec } from "./node-spec.ts";
import type { OutcomeReader, ReadOutcome } from "./outcome.ts";
import { plain } from "./plain.ts";
import { readPytest } from "./pytest.ts";
import { readTap } from "./tap.ts";
import { readUnittest } from "./unittest.ts";
import { readVitest } from "./vitest.ts";

/** By the word that a command names the runner with; the others are told by their output alone. */
const readers: readonly (readonly [runner: RegExp | undefined, reader: OutcomeReader])[] = [
  [undefined, readNodeSpec],
  [undefined, readJunit],
  [undefined, readTap],
  [/^(?:pytest|py\.test)$/, readPytest],
  [/^(?:unittest|manage\.py)$/, readUnittest],
  [/^nextest$/, readNextest],
  [/^cargo$/, readCargo],
  [/^jest$/, readJest],
  [/^vitest$/, readVitest],
  [/^_?mocha$/, readMocha],
  [/^gotestsum$/, readGotestsum],
  [/^go$/, readGo],
  [/^mvnw?$/, readSurefire],
  [/^gradlew?$/, readGradle],
  [/^ctest$/, readCtest],
  [undefined, readJsonReport],
  [undefined, readAnnotations],
  [undefined, readNodeDot],
];

/** What a runner writes into files: forms that nothing else looks like. */
const ofFiles: readonly OutcomeReader[] = [readJunit, readTap, readGo, readJsonReport];

/** The readers in the order in which they are asked: what a test prints may look like another runner's report. */
function readersFor(command: readonly string[]): readonly OutcomeReader[] {
  const words = command.map((word) => basename(word).replace(/\.[cm]?js$/, ""));
  const isNamed = ([runner]: (typeof readers)[number]): boolean =>
    runner !== undefined && words.some((word) => runner.test(word));
  return [...readers.filter(isNamed), ...readers.filter((each) => !isNamed(each))].map(([, reader]) => reader);
}

/** What the reports in files say together: of those of one form, that which names most failures, then most tests. */
function readReports(reports: readonly string[]): ReadOutcome | undefined {
  const found = ofFiles.flatMap((reader) => {
    const read = reports.flatMap((text) => reader(text) ?? []);
    return read.length === 0
      ? []
      : [
          {
            total: read.reduce((sum, { total }) => sum + total, 0),
            failed: read.reduce((sum, { failed }) => sum + failed, 0),
            failures: read.flatMap(({ failures }) => failures),
            tests: read.flatMap(({ tests }) => tests),
          },
        ];
  });
  return found.toSorted((a, b) => b.failures.length - a.failures.length || b.total - a.total)[0];
}

/**
 * What the output of a test command says; where that says nothing of its tests, or not which of them failed, what stands in
 * the reports that it has written. The exit code decides: output that claims success cannot turn a failing command into a
 * passing one, nor the reverse. A failing command whose output cannot be read has one failure, named after the command.
 */
export function readOutcome(
  command: readonly string[],
  passed: boolean,
  output: string,
  reports: readonly string[] = [],
): ReadOutcome {
  const text = plain(output);
  let read: ReadOutcome | undefined;
  for (const reader of readersFor(command)) {
    read = reader(text);
    if (read !== undefined) break;
  }
  if (read === undefined || (passed ? read.total === 0 : read.failures.length === 0))
    read = readReports(reports) ?? read;
  const tests = (read?.tests ?? []).map(({ name, status }) => ({ name: clip(name, 300), status }));
  if (passed) return { total: read?.total ?? 0, failed: 0, failures: [], tests };
  const failures = (read?.failures ?? []).slice(0, 20).map((failure) => ({
    name: clip(failure.name, 300),
    message: clip(failure.message, 1_000),
    ...(failure.stack === undefined ? {} : { stack: clip(failure.stack, 2_000) }),
  }));
  if (failures.length === 0)
    failures.push({ name: command.join(" "), message: clipStart(text.trim(), 1_000) || "It failed without a word." });
  return { total: read?.total ?? 0, failed: Math.max(read?.failed ?? 0, failures.length), failures, tests };
}
