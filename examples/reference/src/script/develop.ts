import type { JsonObject, ModelRequest } from "@brainops/core";
import type { ScriptedAnswer } from "@brainops/core/testing";
import { readFailures } from "./failures.ts";
import { dataOf, usedTools, type Used } from "./prompt.ts";
import { repairs, wanted, type Edit, type Texts } from "./repair.ts";

/**
 * The developer's next turn: read what the failing tests name, then edit, commit, and say what was done. Everything is
 * worked out from the conversation; where the goal or a failing test is missing there is no answer.
 */
export function develop(request: ModelRequest): ScriptedAnswer | undefined {
  const goal = dataOf(request, "goal");
  const failures = readFailures(dataOf(request, "tests") ?? "");
  if (goal === undefined || failures.length === 0) return undefined;
  const used = usedTools(request);
  const done = used.find(({ call, failed }) => call.name === "edit_file" && !failed);
  if (done !== undefined) return { text: closingWords(done) };

  const texts = filesRead(used);
  const known = rememberedEdits(dataOf(request, "memory") ?? "");
  const again = known.find((edit) => occursOnce(texts.get(edit.file), edit.find));
  if (again !== undefined) return edit(again);
  // A file that memory names is looked at first: if the same text stands there again, so does the same mistake.
  const recalled = known.map(({ file }) => file).filter((file) => !texts.has(file));
  const missing = recalled.length > 0 && texts.size === 0 ? [...new Set(recalled)] : wanted(failures, texts);
  const unreadable = new Set(
    used.filter(({ call, failed }) => call.name === "read_file" && failed).map(({ call }) => pathOf(call.args)),
  );
  const toRead = missing.filter((file) => !unreadable.has(file));
  if (toRead.length > 0) return { toolCalls: toRead.map((path) => ({ name: "read_file", args: { path } })) };

  const tried = new Set(used.filter(({ call }) => call.name === "edit_file").map(({ call }) => searchOf(call.args)));
  const next = repairs(failures, texts).find((candidate) => !tried.has(candidate.find));
  return next === undefined ? undefined : edit(next);
}

function edit({ file, find, replace, why }: Edit): ScriptedAnswer {
  const message = `Repair ${file}\n\n${capital(why)}.`;
  return {
    text: `${capital(why)}.`,
    toolCalls: [
      { name: "edit_file", args: { path: file, search: find, replace } },
      { name: "commit", args: { message } },
    ],
  };
}

/** What the edit was, in the words that {@link rememberedEdits} knows again. */
function closingWords({ call }: Used): string {
  const { path, search, replace } = call.args as { path: string; search: string; replace: string };
  return `In ${path} put \`${replace.trim()}\` for \`${search.trim()}\`.`;
}

const words = /In (\S+) put `([^`]+)` for `([^`]+)`/g;

/** Edits that memory tells of. */
function rememberedEdits(memory: string): readonly Edit[] {
  // One line of JSON for each.
  const lines = memory.split("\n").filter((line) => line.startsWith("{"));
  const said = lines.map((line) => (JSON.parse(line) as { readonly text: string }).text).join("\n");
  return [...said.matchAll(words)].map(([, file = "", replace = "", find = ""]) => ({
    file,
    find,
    replace,
    why: "memory tells of the same mistake in the same place, and of this repair that made the tests pass",
  }));
}

const occursOnce = (text: string | undefined, find: string): boolean =>
  text !== undefined && text.split(find).length === 2;

function filesRead(used: readonly Used[]): Texts {
  const texts = new Map<string, string>();
  for (const { call, result, failed } of used) {
    if (call.name !== "read_file" || failed) continue;
    texts.set(pathOf(call.args), (result as { content?: string }).content ?? "");
  }
  return texts;
}

const pathOf = (args: unknown): string => (args as JsonObject)["path"] as string;
const searchOf = (args: unknown): string => (args as JsonObject)["search"] as string;
const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
