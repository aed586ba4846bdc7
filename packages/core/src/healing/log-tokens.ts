import { logText } from "./log-text.ts";

/** Stands for what changes from line to line. */
export const variable = "<*>";

// What is a value in any log, whatever wrote it. A time comes before the numbers that it is made of.
const values: readonly (readonly [RegExp, string | ((whole: string, inner: string) => string)])[] = [
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, variable],
  [
    /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2} \d\d:\d\d:\d\d(?: [A-Z]{3,4})? \d{4}\b/g,
    variable,
  ],
  [
    /\b\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: (?:UTC|GMT|[+-]\d{4}))?)?(?:Z|[+-]\d\d:?\d\d)?\b/g,
    variable,
  ],
  [
    /\b\d{1,2}[ /](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ /]\d{4}[ :]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: [+-]\d{4})?/g,
    variable,
  ],
  [/\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2} \d\d:\d\d:\d\d(?:[.,]\d+)?/g, variable],
  // The host of a line of syslog, before the program.
  [/^<\*> [\w.-]+ (?=[\w/.()-]+(?:\[\d+\])?: )/, `${variable} ${variable} `],
  [/\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b/gi, variable],
  [/\b0x[0-9a-f]+\b/gi, variable],
  // Addresses of the web and of mail, paths, and texts in quotes behind a key.
  [/(?<![a-z\d+.-])[a-z][a-z\d+.-]{0,30}:\/\/[^\s"'<>()]*[^\s"'<>().,;:]/gi, variable],
  [/(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\b/g, variable],
  [/(?<![\w.<>/])(?:\/[\w.@+~-]+){2,}\/?/g, variable],
  [/\b[A-Za-z]:\\[^\s"',;]+/g, variable],
  [/=( {0,3})(?:"[^"]*"|'[^']*')/g, `=$1${variable}`],
  // What is about the line stands at its end, sometimes: request, host and referrer.
  [/(?:, \w+: "[^"]*")+$/, ""],
  // What is quoted is a value; a request or a statement keeps what it begins with.
  [/"([^"]*)"/g, (whole, inner) => (/\s/.test(inner) ? `"${/^[A-Z]{3,} /.exec(inner)?.[0] ?? ""}${variable}"` : whole)],
  [/\b(?:true|false)\b/g, variable],
  [/=( {0,3})(?:true|false|null|none|nil|yes|no|on|off)\b/gi, `=$1${variable}`],
  [/(?<![\w.])\/?(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?![\w.])/g, variable],
  // A host's name with a port.
  [/(?<![\w.-])(?=[\w.-]*[a-z])[\w-]+(?:\.[\w-]+)+:\d+\b/gi, variable],
  [/<?(?<!\d[.,:])\b\d+(?:[.,:]\d+)*\s?(?:ns|us|µs|ms|s|secs?|seconds?|mins?|minutes?|hours?|days?)\b/g, variable],
  // A size said again in another unit: sometimes there, sometimes not.
  [/ \(\d+(?:[.,]\d+)* ?(?:[KMGT]i?)?B\)/g, ""],
  // Of a size, the unit changes with the number.
  [/(?<![A-Za-z\d])(?<!\d[.,])\d+(?:[.,]\d+)*\s?[KMGTP]?i?B\b/g, variable],
  [/(?<![A-Za-z\d])(?<!\d[.,:])[-+]?\d+(?:[.,:]\d+)*(?![A-Za-z\d])%?/g, variable],
  // A person's login is a word like any other; only the word before it tells.
  [/\b(for (?:invalid |illegal )?(?:user )?)(?!<)[\w.@\\-]+(?= from\b)/g, `$1${variable}`],
  [/\b(user|comm)(: ?| {0,3}= {0,3})(?!<)[\w.@\\-]+/gi, `$1$2${variable}`],
  [/\b(comm |(?:for|of|by|as|to|from|(?:in|un)?valid|illegal|unknown) user )(?!<)[\w.@\\-]+/gi, `$1${variable}`],
  // A list is as long as it happens to be.
  [/(?<=[[{])[\w.<*>-]+(?:, ?[\w.<*>-]+)+(?=[\]}])/g, variable],
  // A unit of systemd.
  [/(?<![\w@./-])[\w@.-]+\.(?:service|socket|timer|mount|scope|slice|target)\b(?!\.\w)/g, variable],
  [/\b(CMD) \(.*\)/g, `$1 ${variable}`],
  [/<\*>(?:\s*[#,:;|x/-]+\s*<\*>)+/g, variable],
];

const onlyValue = /^\W*<\*>\W*$/;
const digit = /\d/;
// SOCKS5, HTTP2, IPV4: names that end with a digit, not values.
const acronym = /^[A-Z]{2,}\d\W*$/;
const word = /^[A-Za-z]{2,}\d?\W*$/;
// A key in front of a value; what a request or a statement in quotes begins with; a word of several parts in single quotes, as
// results and states are named.
const named = /^"[A-Z]{3,}$|^\W*[A-Za-z][\w.-]*\(?[\w.-]*=$|^'[a-z]+(?:-[a-z]+)+'\W*$/;

// worker-7 and web/9: what a number is joined to is a part of the value.
const joined = /^\w+[-/@#+.~]<\*>/;

/** A line as tokens; what is a value is {@link variable}. Also split after `=`, so that `key=value` has a key. */
export function logTokens(line: string): string[] {
  const text = logText(line);
  let masked = text.length > longest ? text.slice(0, longest) : text;
  for (const [pattern, replacement] of values) masked = masked.replace(pattern, replacement as string);
  const tokens = masked.split(/(?<==)|\s+/).filter((token) => token !== "");
  for (const [i, token] of tokens.entries()) {
    if (onlyValue.test(token) || (digit.test(token) && !acronym.test(token))) tokens[i] = variable;
  }
  return tokens;
}

/** Beyond this many characters a line is a dump. */
const longest = 2_000;

/** Whether a token is a word of a language: where two lines differ in one, they hardly mean the same. */
export function isWord(token: string): boolean {
  return (word.test(token) && !joined.test(token)) || named.test(token);
}
