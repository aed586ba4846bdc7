/**
 * Takes out of a text what changes from one occurrence of the same fault to the next: times, ids, addresses, folders,
 * line numbers, durations, numbers. What tells faults apart stays: words, identifiers, file names, status and exit
 * codes. Masking a masked text changes nothing.
 *
 * When in doubt something stays: two groups for one fault cost a second search, one group for two faults applies the
 * wrong remedy.
 *
 * @example
 * ```ts
 * import { mask } from "@brainops/core/healing";
 * console.log(mask("order 4711 failed after 20 ms") === mask("order 4712 failed after 35 ms")); // true
 * ```
 */
export function mask(text: string): string {
  // What follows so much is a dump, and looking for patterns in it takes longer the longer it is.
  let masked = text.length > longest ? text.slice(0, longest) : text;
  for (const [pattern, replacement] of rules) masked = masked.replace(pattern, replacement);
  masked = masked.replaceAll(number, (found: string, at: number) => (isCode(masked, found, at) ? found : "<num>"));
  return masked.replaceAll(/\s+/g, " ").trim();
}

const longest = 8_000;

const number = /(?<![A-Za-z\d<])-?\d+(?:[.,]\d+)*(?=(?:[a-zA-Zµ%]{1,3})?(?![A-Za-z\d]))/g;

// A short number after one of these words is a code with a meaning, not a count.
const codeWord =
  /\b(?:HTTP(?:\/\d(?:\.\d)?)?|status(?: code)?|exit(?:ed)?(?: with)?(?: code)?|code|errno|error|signal)[ :=]{1,2}$/i;

function isCode(text: string, found: string, at: number): boolean {
  return /^-?\d{1,3}$/.test(found) && codeWord.test(text.slice(Math.max(0, at - 30), at));
}

const coded =
  /\b(HTTP(?:\/\d(?:\.\d)?)?|status(?: ?code)?|exit(?:ed)?(?: with)?(?: code)?|code|errno|signal)["']?[ :=]{1,2}["']?(-?\d{1,3})\b/gi;

// The same for what is said by a word: `result 'oom-kill'`, `reason: Evicted`, `state: "stopped"`.
const named = /\b(result|reason|state|status|phase)["']?[ :=]{1,2}["']?([A-Za-z][A-Za-z_-]{1,30})["']?(?![\w.])/gi;

/** Codes and states in a text, each with the word before it: what a group of log lines takes for a value may be one. */
export function codesIn(text: string): readonly string[] {
  const short = text.slice(0, longest);
  return [coded, named].flatMap((pattern) =>
    [...short.matchAll(pattern)].map(
      ([, word = "", code = ""]) => `${word.toLowerCase().replace(/\W.*/, "")} ${code.toLowerCase()}`,
    ),
  );
}

type Rule = readonly [RegExp, string];

const rules: readonly Rule[] = [
  // Colours of a terminal.
  // oxlint-disable-next-line no-control-regex
  [/\u001B\[[0-9;?]*[ -/]*[@-~]/g, ""],
  // Dates and times: ISO, with or without zone, and clock times.
  [/\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?(?:Z|[+-]\d{2}:?\d{2})\b)?)?/g, "<time>"],
  [
    /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:\d{1,2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b[ \d:,]*(?:GMT|UTC|[+-]\d{4})?/g,
    "<time> ",
  ],
  // As syslog and web servers write them, where the month is a word.
  [
    /\b(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2} |\d{1,2}[ /](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ /]\d{4}[ :])\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?: [+-]\d{4})?/g,
    "<time>",
  ],
  [/\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?\b/g, "<time>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<id>"],
  // Hosts by number, with or without a port; names of hosts stay, their ports go.
  [/\[[0-9a-f:]*:[0-9a-f:]*\](?::\d+)?/gi, "<address>"],
  [/(?<![\w.])::(?:1|ffff:[\d.]+)(?::\d+)?(?![\w.])/g, "<address>"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, "<address>"],
  [/(?<![\w.-])(localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}):\d{2,5}\b(?!:)/gi, "$1:<num>"],
  // Folders go, the file's name stays; so do its line and column go.
  [/\bfile:\/\//g, ""],
  [/(?<![\w.:/<>-])(?:[A-Za-z]:)?[\\/](?:[^\s\\/:*?"'<>|(),]+[\\/])+([^\s\\/:*?"'<>|(),]*)/g, "<path>/$1"],
  [/(?<![\w/\\.<>-])(?:\.{0,2}[\w@.-]+\/)+([\w@-]+\.[A-Za-z]\w{0,9})(?=[:\s)"',]|$)/g, "<path>/$1"],
  [/(\.[A-Za-z]\w{0,9}):\d+(?::\d+)?\b/g, "$1"],
  [/\b(lines?|columns?|offset|position) \d+\b/gi, "$1 <num>"],
  [/\b0x[0-9a-f]+\b/gi, "<hex>"],
  // Hashes: long, with both a letter and a digit in them; a plain word of a-f letters stays.
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,}\b/gi, "<hex>"],
  // Names with a number after a sign, such as worker-17 or tmp_a8Xk2.
  [/\b((?=\w*\d)\w*_)?(?=[A-Za-z]*\d+[A-Za-z]+\d)[A-Za-z0-9]{6,}\b/g, "<id>"],
];
