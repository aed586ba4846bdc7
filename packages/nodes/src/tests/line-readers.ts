import type { OutcomeReader, ReadFailure } from "./outcome.ts";

function sum(output: string, pattern: RegExp): number {
  let total = 0;
  for (const match of output.matchAll(pattern)) total += Number(match[1]);
  return total;
}

function named(output: string, pattern: RegExp): ReadFailure[] {
  const seen = new Map<string, ReadFailure>();
  for (const match of output.matchAll(pattern)) {
    const name = (match[1] ?? "").trim();
    if (name !== "" && !seen.has(name)) seen.set(name, { name, message: match[2]?.trim() || "failed" });
  }
  return [...seen.values()];
}

/** pytest: its short summary (`FAILED file::test - message`) and last line (`1 failed, 2 passed in 0.1s`). */
export const readPytest: OutcomeReader = (output) => {
  const last = [...output.matchAll(/^=*\s*((?:\d+ \w+,? ?)+) in [\d.]+s.*$/gm)].at(-1)?.[1];
  if (last === undefined) return undefined;
  const failed = sum(last, /(\d+) (?:failed|errors?)/g);
  return {
    total: failed + sum(last, /(\d+) (?:passed|skipped|xfailed|xpassed)/g),
    failed,
    failures: named(output, /^(?:FAILED|ERROR) (\S+(?:\[.*?\])?)(?: - (.*))?$/gm),
  };
};

/** `go test`, with or without `-v`. */
export const readGo: OutcomeReader = (output) => {
  if (!/^(?:ok|FAIL|\?)\s+\S+\s+(?:[\d.]+s|\(cached\)|\[)/m.test(output)) return undefined;
  const failures = named(output, /^\s*--- FAIL: (\S+) \([\d.]+s\)(?:\n\s+(.*))?/gm);
  const passed = [...output.matchAll(/^\s*--- PASS: /gm)].length;
  return { total: failures.length + passed, failed: failures.length, failures };
};

/** `cargo test`. */
export const readCargo: OutcomeReader = (output) => {
  if (!/^test result: /m.test(output)) return undefined;
  const failed = sum(output, /^test result: .*? (\d+) failed/gm);
  const failures = named(output, /^test (.+?) \.\.\. FAILED$/gm).map((failure) => {
    const said = new RegExp(`^---- ${escapePattern(failure.name)} stdout ----\\n+(?:thread .*\\n)?(.*)`, "m").exec(
      output,
    )?.[1];
    return said === undefined ? failure : { ...failure, message: said.trim() };
  });
  return { total: failed + sum(output, /^test result: .*? (\d+) passed/gm), failed, failures };
};

/** vitest and jest: their closing `Tests  1 failed | 2 passed (3)` line and the names of what failed. */
export const readVitest: OutcomeReader = (output) => {
  const last = [...output.matchAll(/^\s*Tests:?\s+(.*(?:passed|failed).*)$/gm)].at(-1)?.[1];
  if (last === undefined) return undefined;
  const failed = sum(last, /(\d+) failed/g);
  return {
    total: failed + sum(last, /(\d+) (?:passed|skipped|todo)/g),
    failed,
    failures: named(output, /^\s*(?:FAIL|●)\s+(.+? [>›] .+?)\s*(?:\n+\s*(?:\w*Error: )?(.*))?$/gm),
  };
};

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
