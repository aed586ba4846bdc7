import { basename } from "node:path";
import { clip, clipStart } from "../text.ts";
import { readCargo } from "./cargo.ts";
import { readGo } from "./go.ts";
import { readGotestsum } from "./gotestsum.ts";
import { readJest } from "./jest.ts";
import { readJunit } from "./junit.ts";
import { readMocha } from "./mocha.ts";
import { readNextest } from "./nextest.ts";
import { readNodeSpec } from "./node-spec.ts";
import type { OutcomeReader, ReadOutcome } from "./outcome.ts";
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
];

/** The readers in the order in which they are asked: what a test prints may look like another runner's report. */
function readersFor(command: readonly string[]): readonly OutcomeReader[] {
  const words = command.map((word) => basename(word).replace(/\.[cm]?js$/, ""));
  const isNamed = ([runner]: (typeof readers)[number]): boolean =>
    runner !== undefined && words.some((word) => runner.test(word));
  return [...readers.filter(isNamed), ...readers.filter((each) => !isNamed(each))].map(([, reader]) => reader);
}

// Colours and cursor movements (ECMA-48 CSI sequences).
// eslint-disable-next-line no-control-regex
const ansi = /\u001B\[[0-9;?]*[ -/]*[@-~]/g;

/** The text without the colours a terminal would show. */
export function plain(text: string): string {
  return text.replaceAll(ansi, "");
}

/**
 * What the output of a test command says. The exit code decides: output that claims success cannot turn a failing
 * command into a passing one, nor the reverse. A failing command whose output cannot be read has one failure, named
 * after the command.
 */
export function readOutcome(command: readonly string[], passed: boolean, output: string): ReadOutcome {
  const text = plain(output);
  let read: ReadOutcome | undefined;
  for (const reader of readersFor(command)) {
    read = reader(text);
    if (read !== undefined) break;
  }
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
