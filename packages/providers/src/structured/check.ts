import type { Json, JsonObject } from "@brainops/core";
import { isObject, listOf, textOf } from "../shape/json.ts";

/**
 * Says what keeps a value from fitting a JSON Schema, or nothing when it fits. Knows the keywords that vendors can
 * express: types, enums, objects, lists, combinations, local references and simple bounds; ignores the others.
 */
export function schemaProblem(
  schema: Json | undefined,
  value: Json,
  root?: Json,
  path = "$",
  depth = 0,
): string | undefined {
  if (schema === false) return `${path} must not be there`;
  if (!isObject(schema) || depth > 64) return undefined;
  const top = root ?? schema;
  const inner = (part: Json | undefined, item: Json, at: string): string | undefined =>
    schemaProblem(part, item, top, at, depth + 1);

  const ref = schema["$ref"];
  if (typeof ref === "string") {
    const problem = inner(resolve(top, ref), value, path);
    if (problem !== undefined) return problem;
  }
  if (schema["const"] !== undefined && !same(schema["const"], value)) return `${path} must be ${show(schema["const"])}`;
  const allowed = schema["enum"];
  if (Array.isArray(allowed) && !listOf(allowed).some((item) => same(item, value))) {
    return `${path} must be one of ${show(allowed as readonly Json[])}`;
  }
  const types = typeof schema["type"] === "string" ? [schema["type"]] : listOf(schema["type"]);
  if (types.length > 0 && !types.some((type) => hasType(type, value))) {
    return `${path} must be ${types.map(textOf).join(" or ")}, and is ${typeName(value)}`;
  }
  for (const part of listOf(schema["allOf"])) {
    const problem = inner(part, value, path);
    if (problem !== undefined) return problem;
  }
  for (const keyword of ["anyOf", "oneOf"] as const) {
    const options = listOf(schema[keyword]);
    if (options.length > 0) {
      const problems = options.map((option) => inner(option, value, path));
      if (problems.every((problem) => problem !== undefined)) return `${path} fits no alternative: ${problems[0]}`;
    }
  }
  return (
    bounds(schema, value, path) ??
    (Array.isArray(value) ? listProblem(schema, value as readonly Json[], path, inner) : undefined) ??
    (isObject(value) ? objectProblem(schema, value, path, inner) : undefined)
  );
}

type Inner = (schema: Json | undefined, value: Json, path: string) => string | undefined;

function listProblem(schema: JsonObject, value: readonly Json[], path: string, inner: Inner): string | undefined {
  const fixed = listOf(schema["prefixItems"]);
  for (const [index, item] of value.entries()) {
    const problem = inner(fixed[index] ?? schema["items"], item, `${path}[${index}]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function objectProblem(schema: JsonObject, value: JsonObject, path: string, inner: Inner): string | undefined {
  for (const name of listOf(schema["required"])) {
    if (typeof name === "string" && value[name] === undefined) return `${path}.${name} is missing`;
  }
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const known = Object.hasOwn(properties, name);
    const problem = inner(known ? properties[name] : schema["additionalProperties"], item, `${path}.${name}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function bounds(schema: JsonObject, value: Json, path: string): string | undefined {
  const limit = (keyword: string): number | undefined => {
    const bound = schema[keyword];
    return typeof bound === "number" ? bound : undefined;
  };
  const size = typeof value === "string" ? [...value].length : Array.isArray(value) ? value.length : undefined;
  const [least, most] =
    typeof value === "string" ? (["minLength", "maxLength"] as const) : (["minItems", "maxItems"] as const);
  if (size !== undefined) {
    if (size < (limit(least) ?? 0)) return `${path} is shorter than ${limit(least)}`;
    if (size > (limit(most) ?? Infinity)) return `${path} is longer than ${limit(most)}`;
  }
  if (typeof value === "number") {
    if (value < (limit("minimum") ?? -Infinity)) return `${path} is less than ${limit("minimum")}`;
    if (value > (limit("maximum") ?? Infinity)) return `${path} is more than ${limit("maximum")}`;
    if (value <= (limit("exclusiveMinimum") ?? -Infinity))
      return `${path} is not more than ${limit("exclusiveMinimum")}`;
    if (value >= (limit("exclusiveMaximum") ?? Infinity))
      return `${path} is not less than ${limit("exclusiveMaximum")}`;
  }
  return undefined;
}

const typeName = (value: Json): string => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);

const hasType = (type: Json, value: Json): boolean =>
  type === "integer" ? Number.isInteger(value) : type === typeName(value);

const show = (value: Json): string => JSON.stringify(value).slice(0, 200);

/** Equality of JSON values, whatever the order of keys. */
function same(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => same(item as Json, b[index] as Json));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => same(a[key] ?? null, b[key] ?? null));
}

/** What a local reference such as `#/$defs/item` points at. */
function resolve(root: Json, ref: string): Json | undefined {
  if (!ref.startsWith("#")) return undefined;
  let at: Json | undefined = root;
  for (const step of ref.slice(1).split("/").filter(Boolean)) {
    const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isObject(at) ? at[key] : listOf(at)[Number(key)];
  }
  return at;
}
