import { z } from "zod";
import { BrainOpsError } from "../contracts/error.ts";
import {
  linkTypes,
  recordKinds,
  trustLevels,
  type MemoryRecord,
  type Provenance,
  type RecordInput,
} from "../contracts/record.ts";
import { checkData } from "./record-data.ts";
import { encode } from "../journal/canonical.ts";

/** The longest text of a record, in characters. */
const longestText = 100_000;

/** What may be said of a record. Made when first needed: a program that remembers nothing starts without it. */
function makeSchema(): z.ZodType {
  const share = z.number().min(0).max(1);
  const time = z.number().int().min(0);
  const word = z.string().min(1).max(200);
  return z.strictObject({
    kind: z.enum(recordKinds),
    text: z.string().min(1).max(longestText),
    data: z.record(z.string(), z.unknown()).optional(),
    tags: z.array(word).max(50).optional(),
    thread: word.optional(),
    sequence: z.number().int().optional(),
    actor: word.optional(),
    importance: share.optional(),
    confidence: share.optional(),
    trust: z.enum(trustLevels).optional(),
    validFrom: time.optional(),
    validTo: time.optional(),
    subjects: z.array(word).max(50).optional(),
    evidence: z.array(z.string()).max(1000).optional(),
    fingerprint: word.optional(),
    links: z
      .array(z.strictObject({ to: z.string(), type: z.enum(linkTypes), reason: z.string().optional() }))
      .optional(),
  });
}
let schema: z.ZodType | undefined;

/** Where a record comes from, which its author does not say. */
export interface RecordOrigin {
  readonly id: string;
  readonly scope: string;
  readonly createdAt: number;
  readonly provenance: Provenance;
}

/** Checks what is to be remembered and fills in the rest. Throws `invalid_input`. */
export function createRecord(input: RecordInput, origin: RecordOrigin): MemoryRecord {
  schema ??= makeSchema();
  const parsed = schema.safeParse(input);
  if (!parsed.success) {
    throw new BrainOpsError("invalid_input", `This cannot be remembered: ${z.prettifyError(parsed.error)}`);
  }
  checkData(input.kind, input.data ?? {});
  if (input.validFrom !== undefined && input.validTo !== undefined && input.validTo < input.validFrom) {
    throw new BrainOpsError("invalid_input", "This cannot be remembered: validTo is before validFrom.");
  }
  const { evidence: _evidence, links: _links, ...given } = input;
  const record = {
    importance: 0.5,
    confidence: 1,
    trust: "model",
    ...given,
    ...origin,
    data: input.data ?? {},
    tags: input.tags ?? [],
    subjects: input.subjects ?? [],
    version: 1,
  };
  return encode(record, "A record").json as unknown as MemoryRecord;
}
