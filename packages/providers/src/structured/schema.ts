import type { Json, JsonObject } from "@brainops/core";
import { isObject, listOf } from "../shape/json.ts";

// Keywords that vendors with strict grammars refuse. The answer is checked against the full schema all the same.
const bounds = new Set([
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
]);

const mapped = (value: Json | undefined, each: (schema: JsonObject) => JsonObject): Json | undefined =>
  Array.isArray(value)
    ? listOf(value).map((item) => (isObject(item) ? each(item) : item))
    : isObject(value)
      ? each(value)
      : value;

/** Applies a change to a schema and to every schema within it. */
function walk(schema: JsonObject, change: (schema: JsonObject) => JsonObject): JsonObject {
  const deeper = (one: JsonObject): JsonObject => walk(one, change);
  const result: { [key: string]: Json | undefined } = {};
  for (const [key, value] of Object.entries(schema)) {
    if (["properties", "$defs", "definitions"].includes(key) && isObject(value)) {
      result[key] = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, mapped(one, deeper)]));
    } else if (["items", "anyOf", "oneOf", "allOf", "prefixItems", "additionalProperties", "not"].includes(key)) {
      result[key] = mapped(value, deeper);
    } else result[key] = value;
  }
  return change(result);
}

const isObjectSchema = (schema: JsonObject): boolean => schema["type"] === "object" || isObject(schema["properties"]);

/** The schema as a strict grammar takes it: every object closed, bounds left out. */
export function closedSchema(schema: JsonObject): JsonObject {
  return walk(schema, (one) => {
    const kept = Object.fromEntries(
      Object.entries(one).filter(([key, value]) => !bounds.has(key) && !(key === "minItems" && Number(value) > 1)),
    );
    return isObjectSchema(one) && one["additionalProperties"] === undefined
      ? { ...kept, additionalProperties: false }
      : kept;
  });
}

/** Whether every object of a schema is closed and asks for all its properties, as OpenAI's strict mode wants it. */
export function isStrict(schema: JsonObject): boolean {
  let strict = true;
  walk(schema, (one) => {
    if (isObjectSchema(one)) {
      const names = Object.keys(isObject(one["properties"]) ? one["properties"] : {});
      const required = new Set(listOf(one["required"]));
      if (one["additionalProperties"] !== false || !names.every((name) => required.has(name))) strict = false;
    }
    return one;
  });
  return strict;
}
