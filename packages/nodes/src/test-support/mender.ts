import type { Json } from "@brainops/core";
import { scripted, type Script, type Seen } from "./script.ts";

/** What a failing test says it expected, and what it found. */
interface Difference {
  readonly expected: string;
  readonly found: string;
}

const notations: readonly { readonly pattern: RegExp; readonly order: "found first" | "expected first" }[] = [
  { pattern: /expected '([^']+)', found '([^']+)'/, order: "expected first" },
  { pattern: /expected (\S+), found (\S+)/, order: "expected first" },
  { pattern: /expected '([^']+)' to be '([^']+)'/, order: "found first" },
  { pattern: /left: (\S+)\s+right: (\S+)/, order: "found first" },
  { pattern: /(\S+) !==? (\S+)/, order: "found first" },
  // Of a goal, in words.
  { pattern: /must be (\S+), but it is (\S+?)[.,]?(?:\s|$)/, order: "expected first" },
];

function differenceIn(text: string): Difference {
  for (const { pattern, order } of notations) {
    const [, first, second] = pattern.exec(text) ?? [];
    if (first === undefined || second === undefined) continue;
    return order === "found first" ? { expected: second, found: first } : { expected: first, found: second };
  }
  throw new Error("The request says neither what was expected nor what was found");
}

interface Edit {
  readonly search: string;
  readonly replace: string;
}

/** From a difference and a source to an edit; the rules know nothing of the repositories. */
const rules: readonly ((difference: Difference, source: string) => Edit | undefined)[] = [
  ({ found }, source) => {
    const late = /(const \w+ = )(\w+\(\w+\);)/.exec(source);
    return found.includes("[object Promise]") && late !== null
      ? { search: late[0], replace: `${late[1]}await ${late[2]}` }
      : undefined;
  },
  ({ expected, found }, source) =>
    Number(expected) === Math.ceil(Number(found) + 0.5) && source.includes("Math.floor(")
      ? { search: "Math.floor(", replace: "Math.ceil(" }
      : undefined,
  ({ expected, found }, source) => {
    const call = /\.replace\(("[^"]+"), ("[^"]+")\)/.exec(source);
    const [what, by] = [call?.[1], call?.[2]].map((text) => (text === undefined ? "" : String(JSON.parse(text))));
    return call !== null && what !== "" && found.replaceAll(what ?? "", by ?? "") === expected
      ? { search: ".replace(", replace: ".replaceAll(" }
      : undefined;
  },
  ({ expected }, source) =>
    !Number.isNaN(Number(expected)) && source.includes(".sort()")
      ? { search: ".sort()", replace: ".sort((a, b) => a - b)" }
      : undefined,
  ({ expected, found }, source) =>
    Math.floor(Number(found)) === Number(expected) && found.includes(".") && source.includes(" / ")
      ? { search: " / ", replace: " // " }
      : undefined,
  ({ expected, found }, source) =>
    Number(found) < Number(expected) && /\d\.\.\w/.test(source) ? { search: "..", replace: "..=" } : undefined,
  ({ expected, found }, source) =>
    Number(found) < Number(expected) && source.includes("i := 1; i <")
      ? { search: "i := 1; i <", replace: "i := 0; i <" }
      : undefined,
  ({ expected, found }, source) =>
    // A limit on how often something is done, where more was expected of the same.
    found.length < expected.length && [...found].every((sign) => expected.includes(sign)) && /\(" ", 1\)/.test(source)
      ? { search: '(" ", 1)', replace: '(" ")' }
      : undefined,
  ({ expected, found }, source) => {
    // What was left out between the same beginning and the same end.
    let start = 0;
    while (start < found.length && found[start] === expected[start]) start += 1;
    const end = found.length - start;
    if (expected.length <= found.length || !expected.endsWith(found.slice(found.length - end))) return undefined;
    const before =
      found
        .slice(0, start)
        .split(/[^A-Za-z]/)
        .at(-1) ?? "";
    const missing = expected.slice(start, expected.length - end);
    return before !== "" && source.includes(before) ? { search: before, replace: before + missing } : undefined;
  },
];

function editFor(difference: Difference, source: string): Edit {
  for (const rule of rules) {
    const edit = rule(difference, source);
    if (edit !== undefined) return edit;
  }
  throw new Error(`No rule fits: expected ${difference.expected}, found ${difference.found}`);
}

const isSource = (path: string): boolean =>
  /\.(?:js|mjs|sh|py|rs|go)$/.test(path) && !/test|check|config/.test(path) && !path.includes("/.");

/** Plans from the facts, reads what it plans to change, computes an edit from what the tests said, and commits it. */
const menderScript: Script = (request, seen) => {
  if (request.output !== undefined) return plan(seen);
  const said = `${seen.data("tests")}\n${seen.data("goal")}`;
  const file = /Files: (\S+)/.exec(seen.data("plan"))?.[1] ?? "";
  const wantsTest = said.includes("Add a test that fails before it");
  const target = wantsTest ? "test/cases.json" : file;
  const last = seen.results.at(-1);
  if (last === undefined) return { calls: [{ name: "read_file", args: { path: target } }] };
  if (last.failed) throw new Error(`A tool failed: ${JSON.stringify(last.result)}`);
  if (last.name === "read_file") {
    const source = contentOf(last.result);
    const edit = wantsTest ? caseFor(seen.data("goal"), source) : editFor(differenceIn(said), source);
    return { calls: [{ name: "edit_file", args: { path: target, ...edit } }] };
  }
  if (last.name === "edit_file") {
    const message = wantsTest ? "Test what was wrong" : "Mend what the tests show";
    return { calls: [{ name: "commit", args: { message } }] };
  }
  return { text: wantsTest ? "Added a test that shows it." : `Changed ${target}.` };
};

function plan(seen: Seen): ReturnType<Script> {
  const facts = seen.data("facts").split("\n");
  const files = facts.slice(facts.findIndex((line) => line.startsWith("Files (")) + 1).filter(isSource);
  const [file] = files;
  if (file === undefined) throw new Error("The request lists no source");
  const task = {
    id: "1",
    title: `Mend ${file}`,
    detail: "Make the tests pass",
    files: [file],
    check: "The tests pass",
  };
  return { output: { summary: `Mend ${file}`, tasks: [task] } };
}

function contentOf(result: Json): string {
  if (typeof result !== "object" || result === null || !("content" in result)) throw new Error("No file was read");
  return String(result["content"]);
}

/** A case for a file of cases, from a goal such as `The median of [10, 9, 1] must be 9, but it is 10`. */
function caseFor(goal: string, source: string): Edit {
  const [, what = "", values = "", expected = ""] = /The (\w+) of (\[[^\]]*\]) must be (\w+)/.exec(goal) ?? [];
  if (what === "" || !source.startsWith("[\n")) throw new Error("The goal gives no case, or the file takes none");
  const [first = ""] = source.split("\n").slice(1);
  return { search: first, replace: `  { "values": ${values}, "${what}": ${expected} },\n${first}` };
}

/** A model that mends what its rules know. */
export function mender(): ReturnType<typeof scripted> {
  return scripted(menderScript);
}
