// What of a line of a log says what happened. A line for machines has it in one of its fields; all else is about when,
// where and who.

/** Fields that hold the message, the surest first. */
const messages = [
  "msg",
  "message",
  "MESSAGE",
  "textPayload",
  "short_message",
  "@message",
  "log",
  "event",
  "body",
  "text",
];
/** Fields that hold an error, which tells two messages apart. */
const errors = ["reason", "err", "error", "exception", "cause"];
/** Fields that hold a record of fields. */
const within = ["jsonPayload", "fields", "record", "log"];

/**
 * The words of a line: the message of a line of JSON, of `key=value`, or of comma-separated values, with its error where it
 * has one; any other line as it is.
 */
export function logText(line: string): string {
  const text = line.trim();
  if (text.startsWith("{")) return ofJson(text) ?? text;
  return ofPairs(text) ?? ofQuote(text) ?? ofCommas(text) ?? text;
}

/** A line for machines is no longer than that; parsing more is not worth it. */
const longest = 64_000;

function ofJson(text: string): string | undefined {
  if (!text.endsWith("}") || text.length > longest) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? ofRecord(value) : undefined;
  } catch {
    return undefined;
  }
}

function ofRecord(record: Fields, deep = 0): string | undefined {
  const message = messages
    .map((name) => record[name])
    .find((value) => typeof value === "string" && value.trim() !== "");
  if (message === undefined) {
    const inner = within.map((name) => record[name]).find(isRecord);
    return inner === undefined || deep > 2 ? undefined : ofRecord(inner, deep + 1);
  }
  const causes = errors.flatMap((name) => wordsOf(record[name]));
  // What a program wrote may be a line for machines, once more.
  const said = deep > 2 ? (message as string) : logText(message as string);
  return [said, ...causes.filter((cause) => cause !== message)].join(" ");
}

type Fields = { readonly [name: string]: unknown };

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An error as text, or as a record with a type and a message. */
function wordsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  if (!isRecord(value)) return [];
  return [value["type"] ?? value["name"], value["message"]].filter((part) => typeof part === "string");
}

const pair = /(?:^|\s)([A-Za-z_][\w.@-]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)/g;

/** A line of `key=value`, as logfmt has it: it is one when it has a message and begins with a key. */
function ofPairs(text: string): string | undefined {
  if (!/^[A-Za-z_][\w.@-]*=/.test(text) || !/\s(?:msg|message)=/.test(` ${text}`)) return undefined;
  const fields = pairsIn(text);
  const message = fields.get("msg") ?? fields.get("message");
  if (message === undefined || message === "") return undefined;
  return [message, ...errorsIn(fields)].join(" ");
}

function pairsIn(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [, name = "", value = ""] of text.matchAll(pair))
    if (!fields.has(name)) fields.set(name, value.startsWith('"') ? unescaped(value.slice(1, -1)) : value);
  return fields;
}

const unescaped = (text: string): string => text.replaceAll(/\\(.)/g, "$1");

const errorsIn = (fields: ReadonlyMap<string, string>): readonly string[] =>
  errors.flatMap((name) => fields.get(name) || []);

const quoted = /^(.{0,200}?[\])>:] )"((?:[^"\\]|\\.)+)"((?:\s+[A-Za-z_][\w.@-]*=(?:"(?:[^"\\]|\\.)*"|\S*))*)\s*$/;

/** A message in quotes behind what is about the line, and pairs behind it, as Kubernetes writes it. */
function ofQuote(text: string): string | undefined {
  const [, before, message, pairs = ""] = (text.endsWith('"') || text.includes("=") ? quoted.exec(text) : null) ?? [];
  if (before === undefined || message === undefined || !/\s/.test(message)) return undefined;
  return [before.trimEnd(), unescaped(message), ...errorsIn(pairsIn(pairs))].join(" ");
}

/** So many commas, and these are separators. */
const leastFields = 10;

/** A line of comma-separated values, as PostgreSQL writes it: how bad it is, and the first that is a text. */
function ofCommas(text: string): string | undefined {
  if (!text.includes('," ') && !text.includes(',"')) return undefined;
  const fields = [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)];
  const read = fields.reduce((sum, [whole]) => sum + whole.length, 0);
  if (fields.length < leastFields || read !== text.length) return undefined;
  const said = fields.map(([, quoted]) => quoted).find((quoted) => quoted !== undefined && / /.test(quoted.trim()));
  if (said === undefined) return undefined;
  const grave = fields.map(([, , bare]) => bare).find((bare) => bare !== undefined && /^[A-Z]{3,8}\d?$/.test(bare));
  return [...(grave === undefined ? [] : [grave]), said.replaceAll('""', '"')].join(" ");
}
