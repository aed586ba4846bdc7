import { isTestFile } from "./order.ts";
import { outcomeOf, outdented, type OutcomeReader, type ReadFailure, type ReadTest } from "./outcome.ts";

const statuses: { readonly [word: string]: ReadTest["status"] } = {
  PASSED: "passed",
  XPASS: "passed",
  FAILED: "failed",
  ERROR: "failed",
  SKIPPED: "skipped",
  XFAIL: "skipped",
};
const words = Object.keys(statuses).join("|");
const word = `(?:SUB)?(${words})`;

/** A test by its node id, whose parameters stand in brackets and may hold anything. */
const id = String.raw`(?!(?:SUB)?(?:${words})\b)[^\s:[\]][^:[\]]*?(?:::[^\s:[\]]+)+(?:\[.*\])?`;

const inTurn = new RegExp(String.raw`^(${id}) ${word}\b`);
/** Of several processes (xdist): the word comes first. */
const byWorker = new RegExp(String.raw`^\[gw\d+\](?: \[ *\d+%\])? ${word} (${id}) *$`);
/** Amid what it prints: the word comes later, alone. */
const begun = new RegExp(String.raw`^(${id}) (?!${word}\b)`);
const ended = new RegExp(String.raw`(?:^|[^\w ])${word}(?: +\[ *\d+%\])?$`);
const summed = /^(?:FAILED|ERROR|SUBFAILED(?:\[.*?\](?= ))?(?: ?\(.*?\))?) (\S.*)$/;
const last = /^=*\s*((?:\d+ [a-z]+(?: [a-z]+)?(?:, )?)+|no tests (?:ran|collected)(?:, )?(?:\d+ [a-z]+)?) in [\d.]+ ?s/;

/**
 * pytest: its lines with `-v`, its short summary (`FAILED file::test - message`), its reports of failures and its last
 * line; also of several processes.
 */
export const readPytest: OutcomeReader = (output) => {
  const lines = output.split(/\r?\n/);
  const at = lines.findLastIndex((line) => last.test(line));
  const counts = last.exec(lines[at] ?? "")?.[1];
  if (counts === undefined) return undefined;
  const tests = new Map<string, ReadTest>();
  const add = (name: string, said: string): void => {
    // One that failed at its end had passed before.
    if (tests.get(name)?.status !== "failed") tests.set(name, { name, status: statuses[said] ?? "failed" });
  };
  let open: string | undefined;
  for (const line of lines) {
    const [, name = "", said = ""] = inTurn.exec(line) ?? [];
    const [, alone = "", worked = ""] = byWorker.exec(line) ?? [];
    if (name !== "") add(name, said);
    else if (worked !== "") add(worked, alone);
    else if (begun.test(line)) open = begun.exec(line)?.[1];
    const late = open === undefined ? undefined : ended.exec(line)?.[1];
    if (open === undefined || late === undefined) continue;
    add(open, late);
    open = undefined;
  }
  const reports = readReports(lines);
  const failures = new Map<string, ReadFailure>();
  for (const line of lines) {
    const said = summed.exec(line);
    if (said === null) continue;
    const { name, message } = splitSummary(said[1] ?? "");
    if (name === undefined) continue;
    tests.set(name, { name, status: "failed" });
    const report = reports.find(({ title, file }) => isOf(name, title, file));
    if (!failures.has(name)) failures.set(name, told(name, report, message));
  }
  // Without a summary, the reports name what failed.
  if (failures.size === 0) {
    for (const report of reports) {
      const known = [...tests.keys()].find((name) => isOf(name, report.title, report.file));
      const path = report.file === undefined || report.title.endsWith(report.file) ? "" : `${report.file}::`;
      const name = known ?? `${path}${report.title.replaceAll(/\.(?=\w+(?:\[|$|\.))/g, "::")}`;
      tests.set(name, { name, status: "failed" });
      if (!failures.has(name)) failures.set(name, told(name, report, undefined));
    }
  }
  const failed = sum(counts, /(\d+) (?:failed|errors?)\b/g);
  const total = failed + sum(counts, /(\d+) (?:passed|skipped|xfailed|xpassed)\b/g);
  return outcomeOf([...tests.values()], [...failures.values()], { total, failed });
};

interface Report {
  /** Such as `TestGroup.test_adds[1]`. */
  readonly title: string;
  readonly file: string | undefined;
  readonly message: string;
  readonly frames: readonly string[];
}

/** The reports of failures: a heading between underscores, the lines with `E`, and the frames. */
function readReports(lines: readonly string[]): readonly Report[] {
  const reports: Report[] = [];
  for (let i = 0; i < lines.length; i++) {
    const title = /^_{3,} (?:ERROR at \w+ of |ERROR collecting )?(\S.*?) _{3,}$/.exec(lines[i] ?? "")?.[1];
    if (title === undefined || /^[_ ]+$/.test(title)) continue;
    const body: string[] = [];
    while (i + 1 < lines.length && !/^(?:_{3,} .* _{3,}|={3,} .* ={3,})$/.test(lines[i + 1] ?? ""))
      body.push(lines[++i] ?? "");
    const printed = body.findIndex((line) => /^-{3,} Captured .* -{3,}$/.test(line));
    const own = printed === -1 ? body : body.slice(0, printed);
    // Of errors that followed one from another, the last is what failed the test.
    const from = own.findLastIndex((line, i) => line.startsWith("E  ") && !(own[i - 1] ?? "").startsWith("E"));
    const errors =
      from === -1
        ? []
        : outdented(
            own
              .slice(from)
              .filter((line) => /^E(?: |$)/.test(line))
              .map((line) => line.slice(1)),
          );
    const frames = own.filter((line) => /^\S+\.py:\d+: /.test(line)).map((line) => line.trim());
    const strict = own.find((line) => line.startsWith("[XPASS(strict)]"));
    const file = frames.map((line) => line.slice(0, line.indexOf(":"))).find((path) => !path.startsWith("/"));
    reports.push({ title, file, message: errors.join("\n").trim() || strict?.trim() || "", frames });
  }
  return reports;
}

/** Whether a node id is the one that a report's title names: a test is told by its file as well, when that is known. */
function isOf(name: string, title: string, file: string | undefined): boolean {
  if (name === title) return true;
  const [path = "", ...rest] = name.split("::");
  return rest.join(".") === title && (file === undefined || path === file || !isTestFile(file));
}

function told(name: string, report: Report | undefined, summary: string | undefined): ReadFailure {
  const short = summary?.trim();
  const whole = report?.message ?? "";
  // The summary is cut to the width of the terminal, and may only say the first line.
  const message = whole === "" ? short || "failed" : whole;
  const frames = report?.frames ?? [];
  return { name, message, ...(frames.length === 0 ? {} : { stack: frames.join("\n") }) };
}

/** `file::test[a - b] - message`: parameters may hold what parts the name from the message. */
function splitSummary(text: string): { readonly name: string | undefined; readonly message: string | undefined } {
  if (!/^[^:[\]]+?(?:::|\.\w+(?: - |$))/.test(text)) return { name: undefined, message: undefined };
  const bracket = text.indexOf("[");
  const dash = text.indexOf(" - ");
  if (bracket === -1 || (dash !== -1 && dash < bracket))
    return dash === -1
      ? { name: text.trim(), message: undefined }
      : { name: text.slice(0, dash), message: text.slice(dash + 3) };
  const close = /\](?: - |\s*$)/.exec(text.slice(bracket));
  if (close === null) return { name: text.trim(), message: undefined };
  const end = bracket + close.index + 1;
  return { name: text.slice(0, end), message: text.slice(end + 3) || undefined };
}

function sum(text: string, pattern: RegExp): number {
  let total = 0;
  for (const match of text.matchAll(pattern)) total += Number(match[1]);
  return total;
}
