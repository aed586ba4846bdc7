import type { JsonObject } from "@brainops/core";
import { z } from "zod";

/** The JSON Schema of a zod schema, as a model is given it. */
export function jsonSchema(schema: z.ZodType): JsonObject {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema);
  return rest as JsonObject;
}
