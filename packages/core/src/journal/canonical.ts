import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";

/** A value made plain: `text` is its canonical encoding, `json` what comes back when that text is parsed. */
export interface Encoded {
  readonly json: Json;
  readonly text: string;
}

/**
 * Encodes a value as canonical JSON (RFC 8785) and says what it is once parsed again. Throws `invalid_input` naming
 * the place of the first thing that is not plain JSON. `undefined` members of objects count as absent.
 */
export function encode(value: unknown, what: string): Encoded {
  const seen: Encoding = { what, changed: false, depth: 0 };
  const text = write(value, "", undefined, seen);
  return { json: seen.changed ? (JSON.parse(text) as Json) : (value as Json), text };
}

/**
 * Canonical JSON text (RFC 8785) of a plain value.
 *
 * @example
 * ```ts
 * import { canonical } from "@brainops/core";
 * console.log(canonical({ b: 1, a: [true, null] })); // {"a":[true,null],"b":1}
 * ```
 */
export function canonical(value: Json): string {
  return encode(value, "value").text;
}

interface Encoding {
  readonly what: string;
  /** Whether parsing the text gives something else than the value itself (absent members, negative zero). */
  changed: boolean;
  depth: number;
}

const deepest = 500;
// Nothing in such a string needs an escape, so quoting it is all there is to do.
const simple = /^[ !#-[\]-~]*$/;

type Key = string | number;

/** Writes a value that stands at a key below a path. Where that is is put together only for an error, or to go deeper. */
function write(value: unknown, path: string, key: Key | undefined, encoding: Encoding): string {
  switch (typeof value) {
    case "string":
      return quoted(value, path, key, encoding);
    case "number":
      if (!Number.isFinite(value)) throw notJson(encoding, below(path, key), String(value));
      if (Object.is(value, -0)) encoding.changed = true;
      return String(value === 0 ? 0 : value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      break;
    default:
      throw notJson(encoding, below(path, key), typeof value);
  }
  if (value === null) return "null";
  const here = below(path, key);
  if (++encoding.depth > deepest) throw notJson(encoding, here, "nested too deeply, or a circle");
  const text = Array.isArray(value) ? writeArray(value, here, encoding) : writeObject(value, here, encoding);
  encoding.depth--;
  return text;
}

const below = (path: string, key: Key | undefined): string => (key === undefined ? path : `${path}/${key}`);

function quoted(value: string, path: string, key: Key | undefined, encoding: Encoding): string {
  if (simple.test(value)) return `"${value}"`;
  // A lone surrogate has no UTF-8 form, so RFC 8785 has none for it either.
  if (!value.isWellFormed()) throw notJson(encoding, below(path, key), "a string with half a surrogate pair");
  return JSON.stringify(value);
}

/** Canonical JSON text of a string. */
export function quote(text: string): string {
  return simple.test(text) ? `"${text}"` : canonical(text);
}

/** Where each member is a text, the engine's own encoding is canonical, but for lone surrogates, which it writes as escapes. */
const manyTexts = 16;

function areTexts(value: readonly unknown[]): boolean {
  // Also where there is nothing, which `every` would pass over.
  for (let index = 0; index < value.length; index++) if (typeof value[index] !== "string") return false;
  return true;
}

function writeArray(value: readonly unknown[], path: string, encoding: Encoding): string {
  if (value.length >= manyTexts && areTexts(value)) {
    const whole = JSON.stringify(value);
    if (!whole.includes("\\ud")) return whole;
  }
  let text = "[";
  for (let index = 0; index < value.length; index++) {
    if (index > 0) text += ",";
    text += write(value[index], path, index, encoding);
  }
  return text + "]";
}

function writeObject(value: object, path: string, encoding: Encoding): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw notJson(
      encoding,
      path,
      `a ${(value.constructor as { name?: string } | undefined)?.name ?? "special object"}`,
    );
  }
  const keys = Object.keys(value);
  for (let index = 1; index < keys.length; index++) {
    if ((keys[index - 1] as string) > (keys[index] as string)) {
      keys.sort();
      break;
    }
  }
  let text = "{";
  for (const key of keys) {
    const member = (value as { [key: string]: unknown })[key];
    if (member === undefined) {
      encoding.changed = true;
      continue;
    }
    if (text.length > 1) text += ",";
    text += quoted(key, path, undefined, encoding) + ":" + write(member, path, key, encoding);
  }
  return text + "}";
}

function notJson(encoding: Encoding, path: string, found: string): BrainOpsError {
  return new BrainOpsError(
    "invalid_input",
    `${encoding.what} must be plain JSON, but at '${path || "/"}' there is ${found}. Turn it into strings, numbers, arrays and plain objects first.`,
    { details: { path: path || "/", found } },
  );
}
