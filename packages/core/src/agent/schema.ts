import { z } from "zod";
import { BrainOpsError } from "../contracts/error.ts";
import type { JsonObject } from "../contracts/json.ts";

/** The JSON Schema of what a model is to write, so that the schema's own input side. Throws `invalid_input`. */
export function objectSchemaOf(schema: z.ZodType, what: string): JsonObject {
  let made: JsonObject;
  try {
    made = JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: "input" }))) as JsonObject;
  } catch (cause) {
    throw new BrainOpsError(
      "invalid_input",
      `${what} cannot be said in JSON Schema: ${cause instanceof Error ? cause.message : String(cause)}. Use types that JSON has.`,
      { cause },
    );
  }
  if (made["type"] !== "object")
    throw new BrainOpsError("invalid_input", `${what} must be an object. Wrap it: z.object({ … }).`);
  const { $schema: _dialect, ...rest } = made;
  return rest;
}

/** What is wrong with a value, in a few lines for a model; nothing when it fits. */
export function misfitOf(schema: z.ZodType, value: unknown): string | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success ? undefined : z.prettifyError(parsed.error).slice(0, 1_500);
}

const namePattern = /^[a-zA-Z0-9_-]{1,64}$/;

/** Checks a tool's name against what every vendor takes. Throws `invalid_input`. */
export function checkToolName(name: string): string {
  if (namePattern.test(name)) return name;
  throw new BrainOpsError(
    "invalid_input",
    `'${name}' cannot be a tool's name: vendors take letters, digits, '_' and '-', 64 at most.`,
  );
}

/** A name that every vendor takes, made of any name. */
export function toolNameOf(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64);
}
