import { readFileSync } from "node:fs";
import { BrainOpsError } from "@brainops/core";
import type { GraphLimits } from "@brainops/memory-postgres/pg-boss";
import { z } from "zod";

const count = z.int().min(1).optional();
const limitsSchema = z.record(z.string(), z.strictObject({ atOnce: count, perKey: count, perSecond: count }));

/** Limits by graph. */
export type Limits = { readonly [graph: string]: GraphLimits };

/** The limits that a JSON file holds; none without a file. Throws `invalid_input`. */
export function limitsIn(path: string | undefined): Limits {
  if (path === undefined) return {};
  try {
    return limitsSchema.parse(JSON.parse(readFileSync(path, "utf8"))) as Limits;
  } catch (cause) {
    throw new BrainOpsError(
      "invalid_input",
      `The limits in ${path} cannot be used. It needs JSON such as {"mail": {"atOnce": 4, "perKey": 1, "perSecond": 10}}.`,
      { cause },
    );
  }
}
