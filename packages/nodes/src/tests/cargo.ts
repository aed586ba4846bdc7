import { outcomeOf, sections, type OutcomeReader, type ReadFailure, type ReadTest } from "./outcome.ts";

const statuses: { readonly [word: string]: ReadTest["status"] } = {
  ok: "passed",
  FAILED: "failed",
  ignored: "skipped",
};

/** `cargo test` with its doc tests, quiet or not, and with what the compiler says when nothing could be run. */
export const readCargo: OutcomeReader = (output) => {
  const results = [...output.matchAll(/^test result: .*? (\d+) passed; (\d+) failed; (\d+) ignored/gm)];
  if (results.length === 0) return readErrors(output);
  const tests: ReadTest[] = [];
  const failures: ReadFailure[] = [];
  // Each program has tests of its own, which may bear the names of another's.
  const programs = output.split(/^(?=running \d+ tests?$)/m);
  for (const program of programs.length === 1 ? programs : programs.slice(1)) {
    const own = new Map<string, ReadTest>();
    const printed = new Map<string, string>();
    let open: string | undefined;
    for (const line of (program.split(/^failures:$/m)[0] ?? "").split(/\r?\n/)) {
      const [, begun, rest = ""] = /^test (.+?) \.\.\. ?(.*)$/.exec(line) ?? [];
      // What a test prints may stand before how it ended.
      if (begun !== undefined) open = plainName(begun);
      const [, word = ""] = /^(ok|FAILED|ignored)\b/.exec(begun === undefined ? line : rest) ?? [];
      const [, quiet] = /^(\S.*?) --- FAILED$/.exec(line) ?? [];
      if (quiet !== undefined) own.set(plainName(quiet), { name: plainName(quiet), status: "failed" });
      if (open === undefined) continue;
      if (word === "") printed.set(open, `${printed.get(open) ?? ""}${begun === undefined ? line : rest}\n`);
      if (word === "") continue;
      own.set(open, { name: open, status: statuses[word] ?? "failed" });
      open = undefined;
    }
    const said = sections(program, /^---- (.+?) stdout ----$/gm);
    const listed = /^failures:\n((?: {4}\S.*\n?)+)/gm;
    for (const [, list = ""] of program.matchAll(listed))
      for (const name of list.split("\n").map((line) => plainName(line.trim())))
        if (name !== "") own.set(name, { name, status: "failed" });
    tests.push(...own.values());
    for (const { name, status } of own.values())
      if (status === "failed") failures.push(failureOf(name, `${printed.get(name) ?? ""}${said.get(name) ?? ""}`));
  }
  const sum = (group: number): number => results.reduce((all, result) => all + Number(result[group]), 0);
  const failed = sum(2);
  const outcome = outcomeOf(tests, failures, { total: sum(1) + failed + sum(3), failed });
  const errors = readErrors(output);
  return errors === undefined ? outcome : { ...outcome, failures: [...failures, ...errors.failures] };
};

/** A test's name without what is expected of it. */
function plainName(name: string): string {
  return name.replace(/ - (?:should panic|compile|compile fail)$/, "");
}

function failureOf(name: string, said: string): ReadFailure {
  const body = (said.split(/^(?:failures:$|test result: )/m)[0] ?? "").trim();
  const own = /^thread '.*?' (?:\(\d+\) )?panicked at ([\s\S]*)/m;
  // The last panic is the test's own, when it waited for others.
  const panics = body.split(/^(?=thread '.*?' (?:\(\d+\) )?panicked at )/m).filter((part) => own.test(part));
  const mine = panics.findLast((part) => part.startsWith(`thread '${name}'`)) ?? panics.at(-1);
  const note = /^note: (?:test did not panic|panic did not contain)[\s\S]*/m.exec(body)?.[0].trim();
  if (mine === undefined) return { name, message: note ?? (body || "failed") };
  const [, told = ""] = own.exec(mine) ?? [];
  // Since Rust 1.73 the place stands in the first line, and before that after the quoted message.
  const [, old, oldPlace] = /^'([\s\S]*)', (\S+:\d+:\d+)$/m.exec(told) ?? [];
  const [place = "", ...rest] = told.split("\n");
  const text = (old ?? rest.join("\n")).split(/\n(?:stack backtrace:|note: |failures:)/)[0]?.trim();
  const at = oldPlace ?? place.replace(/:$/, "");
  return { name, message: [text || "panicked", note].filter(Boolean).join("\n"), stack: `at ${name} (${at})` };
}

/** Errors of the compiler, each under the file it is in. */
function readErrors(output: string): ReturnType<OutcomeReader> {
  if (!/^error: could not compile /m.test(output)) return undefined;
  const failures = new Map<string, ReadFailure>();
  for (const block of output.split(/\r?\n\s*\r?\n/)) {
    const [, message, file, place] = /^error(?:\[\w+\])?: (.+)\n +--> (.+?)(:\d+:\d+)$/m.exec(block) ?? [];
    if (message === undefined || file === undefined || failures.has(file)) continue;
    failures.set(file, {
      name: file,
      message: block.slice(block.indexOf("error")).trim(),
      stack: `at ${file}${place}`,
    });
  }
  const found = [...failures.values()];
  return outcomeOf([], found, { total: 0, failed: Math.max(1, found.length) });
}
