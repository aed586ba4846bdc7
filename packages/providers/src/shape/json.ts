import type { Json, JsonObject } from "@brainops/core";

/** Whether a JSON value is an object. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value as an object, or an empty one. */
export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

/** The value as a list, or an empty one. */
export const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];

/** The value as text, or empty. */
export const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

/** The value as a number, or nothing. */
export const numberOf = (value: Json | undefined): number | undefined =>
  typeof value === "number" ? value : undefined;

/** What a table says for a word that came from outside, which may be one that every object knows, such as `constructor`. */
export const entryOf = <T>(table: { readonly [key: string]: T }, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

// What nobody sees, and the marks by which templates of open models tell who speaks: servers read them in texts as well.
const hidden =
  /[\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\u{E0000}-\u{E01EF}]|<(?=[|\uFF5C]|\/?(?:s|bos|eos|im_start|im_end|start_of_turn|end_of_turn|start_header_id|end_header_id|tool_calls?|tool_response)>|\/?<SYS>>)|\[(?=\/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS)\])/giu;

/**
 * What a tool gave back, as the text that most vendors want. In JSON, what could be read as another's word is written by its
 * number, which means the same; a result that is plain text stays as it is.
 */
export const textOfResult = (result: Json): string =>
  typeof result === "string"
    ? result
    : JSON.stringify(result).replaceAll(hidden, (found) =>
        found.split("").reduce((text, unit) => `${text}\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`, ""),
      );

/** Parses JSON; nothing when it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/**
 * A value as it can be kept: half a surrogate pair, which a limit or a server leaves of a character, becomes U+FFFD, and a number
 * beyond all bounds null, as JSON writes it. What is well already is given back as it is.
 */
export function keepable(value: Json): Json {
  if (typeof value === "string") return value.isWellFormed() ? value : value.toWellFormed();
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const list = (value as readonly Json[]).map(keepable);
    return list.every((item, i) => item === value[i]) ? value : list;
  }
  let changed = false;
  const result: { [key: string]: Json | undefined } = {};
  for (const [key, item] of Object.entries(value as JsonObject)) {
    const [name, kept] = [key.toWellFormed(), item === undefined ? undefined : keepable(item)];
    changed ||= name !== key || kept !== item;
    Object.defineProperty(result, name, { value: kept, enumerable: true, writable: true, configurable: true });
  }
  return changed ? result : value;
}

/** Drops keys whose value is undefined, so that a body can be written as one literal. */
export function compact<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // Done for every event of a stream, so no lists of lists.
  const result: { [key: string]: unknown } = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) result[key] = item;
  return result as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** The one of several answers that is read: that with index 0, or without one. */
export function firstAnswer(list: Json | undefined): JsonObject | undefined {
  for (const one of listOf(list)) {
    const answer = objectOf(one);
    if ((numberOf(answer["index"]) ?? 0) === 0) return answer;
  }
  return undefined;
}

/** Lays one body over another, objects key by key: how the `raw` escape hatch of a request is applied. */
export function merge(base: JsonObject, over: JsonObject): JsonObject {
  const result: { [key: string]: Json | undefined } = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = result[key];
    result[key] = isObject(old) && isObject(value) ? merge(old, value) : value;
  }
  return result;
}
