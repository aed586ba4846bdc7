import { z } from "zod";
import { BrainOpsError } from "../contracts/error.ts";
import type { RecordData } from "../contracts/record-data.ts";
import type { MemoryRecord, RecordKind } from "../contracts/record.ts";

type DataSchemas = { readonly [Kind in RecordKind]: z.ZodType };
let schemas: DataSchemas | undefined;

/** What the fields of each kind must be, where they are given. Fields of one's own are let through. Made when first needed. */
function dataSchemas(): DataSchemas {
  const json = z.json();
  const share = z.number().min(0).max(1);
  const time = z.number().int().min(0);
  const count = z.number().int().min(0);
  const remedy = z.looseObject({ action: z.string().min(1), args: z.record(z.string(), json).optional() });
  return {
    experience: z.looseObject({}),
    decision: z.looseObject({
      options: z.array(json).optional(),
      choice: json.optional(),
      reason: z.string().optional(),
      expectedOutcome: json.optional(),
      actualOutcome: json.optional(),
      wentWell: z.boolean().optional(),
    }),
    learning: z.looseObject({
      claim: z.string().optional(),
      evidence: z.array(z.string()).optional(),
      confidence: share.optional(),
    }),
    error: z
      .looseObject({
        fingerprint: z.string().min(1).optional(),
        count: count.min(1).optional(),
        firstSeen: time.optional(),
        lastSeen: time.optional(),
      })
      .refine(({ firstSeen, lastSeen }) => (firstSeen ?? 0) <= (lastSeen ?? Infinity), {
        path: ["lastSeen"],
        error: "is before firstSeen",
      }),
    solution: z
      .looseObject({
        remedy: z.union([remedy, z.array(remedy).min(1)]).optional(),
        tries: count.optional(),
        successes: count.optional(),
        lastOutcome: z.enum(["worked", "failed"]).optional(),
      })
      .refine(({ tries, successes }) => (successes ?? 0) <= (tries ?? Infinity), {
        path: ["successes"],
        error: "are more than the tries",
      }),
    insight: z.looseObject({
      pattern: z.union([z.string(), z.record(z.string(), json)]).optional(),
      records: z.array(z.string()).optional(),
    }),
  };
}

/**
 * The data of a record, typed by its kind; `undefined` when the record is of another kind.
 *
 * Errors: `invalid_input`, naming the field, when the stored data is not what the kind asks for, as of a record that was put
 * into the store directly.
 *
 * @example
 * ```ts
 * import { dataOf, type Hit } from "@brainops/core";
 * declare const hit: Hit;
 * const decision = dataOf(hit.record, "decision");
 * if (decision !== undefined) console.log(decision.choice, decision.reason);
 * ```
 */
export function dataOf<Kind extends RecordKind>(record: MemoryRecord, kind: Kind): RecordData[Kind] | undefined {
  if (record.kind !== kind) return undefined;
  checkData(kind, record.data);
  return record.data;
}

/** Throws `invalid_input`, naming the field, when data is not what its kind asks for. */
export function checkData(kind: RecordKind, data: unknown): void {
  const parsed = (schemas ??= dataSchemas())[kind].safeParse(data);
  const issue = parsed.error?.issues[0];
  if (issue === undefined) return;
  const field = ["data", ...issue.path].join(".");
  throw new BrainOpsError("invalid_input", `The ${field} of this ${kind} does not fit: ${issue.message}.`, {
    details: { kind, field },
  });
}
