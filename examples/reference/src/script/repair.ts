import { calls, functions, imports, testAround, type Func } from "./code.ts";
import type { Failure } from "./failures.ts";
import { rules, type Candidate } from "./rules.ts";
import { readSymptoms } from "./symptoms.ts";

/** A text in a file, and what should stand there. The text occurs once. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly why: string;
}

/** Contents of files that were read, by path. */
export type Texts = ReadonlyMap<string, string>;

/** Files that must be read before anything can be said: the failing tests, and what they reach by imports. */
export function wanted(failures: readonly Failure[], texts: Texts): readonly string[] {
  const files = new Set(failures.map((failure) => failure.file));
  for (const file of files) {
    for (const other of imports(file, texts.get(file) ?? "")) files.add(other.file);
  }
  return [...files].filter((file) => !texts.has(file));
}

/** Repairs that fit what the tests showed, the likeliest first. */
export function repairs(failures: readonly Failure[], texts: Texts): readonly Edit[] {
  const symptoms = readSymptoms(failures);
  const known = [...texts].flatMap(([file, text]) => functions(file, text));
  const candidates = suspects(failures, texts, known).flatMap(({ func, distance }) =>
    rules
      .flatMap((rule) => rule({ func, text: texts.get(func.file) ?? "", symptoms, known }))
      .map((candidate) => ({ ...candidate, weight: candidate.weight - distance })),
  );
  const best = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const key = `${candidate.file} ${candidate.start} ${candidate.replacement}`;
    if ((best.get(key)?.weight ?? -Infinity) < candidate.weight) best.set(key, candidate);
  }
  return [...best.values()].toSorted((a, b) => b.weight - a.weight).map((candidate) => edit(candidate, texts));
}

/** The functions that the failing tests call, and those that these call, with how far away they are. */
function suspects(
  failures: readonly Failure[],
  texts: Texts,
  known: readonly Func[],
): { func: Func; distance: number }[] {
  const tests = new Set(failures.map((failure) => failure.file));
  const code = known.filter((func) => !tests.has(func.file));
  const found = new Map<Func, number>();
  const open = failures.map(({ file, line }) => ({
    names: calls(testAround(texts.get(file) ?? "", line)),
    distance: 0,
  }));
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    for (const func of code) {
      if (!next.names.has(func.name) || found.has(func)) continue;
      found.set(func, next.distance);
      open.push({
        names: calls((texts.get(func.file) ?? "").slice(func.start, func.end)),
        distance: next.distance + 1,
      });
    }
  }
  return [...found].map(([func, distance]) => ({ func, distance }));
}

/** As text to find and replace: whole lines, as many as make it the only such place in its file. */
function edit({ file, start, end, replacement, why }: Candidate, texts: Texts): Edit {
  const text = texts.get(file) ?? "";
  let from = text.lastIndexOf("\n", start - 1) + 1;
  let to = text.indexOf("\n", end);
  if (to === -1) to = text.length;
  while (from > 0 && text.indexOf(text.slice(from, to)) !== text.lastIndexOf(text.slice(from, to))) {
    from = text.lastIndexOf("\n", from - 2) + 1;
  }
  const find = text.slice(from, to);
  return { file, find, replace: text.slice(from, start) + replacement + text.slice(end, to), why };
}
