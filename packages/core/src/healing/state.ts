import { z } from "zod";
import type { Fault, Remedy } from "../contracts/action.ts";
import type { JsonObject } from "../contracts/json.ts";

const jsonObject: z.ZodType<JsonObject, JsonObject> = z.record(z.string(), z.json());

/** A {@link Fault} as a key of a graph's state. */
export const faultSchema: z.ZodType<Fault, Fault> = z.object({
  source: z.enum(["error", "probe", "metric", "log"]),
  subject: z.string(),
  text: z.string(),
  stack: z.string().optional(),
  data: jsonObject.optional(),
  circumstances: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  // The contract has "absent or a string"; zod says "or undefined" too, which JSON cannot tell apart.
}) as z.ZodType<Fault, Fault>;

/** Where a remedy came from: a remembered solution, a healer, or the search over all registered actions. */
export type RemedySource = "memory" | "healer" | "search";

/** A remedy waiting to be tried. */
export interface Candidate {
  /** The action and its arguments. */
  readonly remedy: Remedy;
  /** Who thought of it: a remembered solution, a healer, or the search among the actions. */
  readonly source: RemedySource;
  /** The solution it was remembered in. */
  readonly solution: string | null;
  /**
   * The solution was found for a fault that sounds otherwise, or under other circumstances: what it comes to here says
   * nothing about how good it is there.
   */
  readonly borrowed?: boolean | undefined;
  /** It has healed this very fault under these circumstances, and a test or a person says so. */
  readonly proven?: boolean | undefined;
}

/** What became of one remedy. */
export interface Try {
  /** The action and its arguments. */
  readonly remedy: Remedy;
  /** Who thought of it. */
  readonly source: RemedySource;
  /** Id of the solution record that it was remembered in; `null` when it was not. */
  readonly solution: string | null;
  /** The solution was found for another fault or under other circumstances; see {@link Candidate}. */
  readonly borrowed?: boolean | undefined;
  /** It had healed this very fault before; see {@link Candidate}. */
  readonly proven?: boolean | undefined;
  /**
   * `healed`: the fault is gone. `failed`: it did not help, or could not be applied. `denied`: a guard, a person or the
   * action's own schema refused it. `proposed`: it was not to be applied.
   */
  readonly outcome: "healed" | "failed" | "denied" | "proposed";
  /** Why, in words. */
  readonly detail: string;
  /** Whether what it had done was taken back. */
  readonly undone: boolean;
}

/** What healing came to. */
export interface HealingResult {
  /** Whether the fault is gone. */
  readonly healed: boolean;
  /** Where the remedy that helped came from; `null` when none did. */
  readonly source: RemedySource | null;
  /** How many remedies were applied, the one that helped included. */
  readonly tries: number;
  /** How many times a model was asked. */
  readonly modelCalls: number;
  /** What groups the same fault; see {@link fingerprint}. */
  readonly fingerprint: string;
  /** Id of the error record. */
  readonly error: string;
  /** Id of the solution record that helped; `null` when none did. */
  readonly solution: string | null;
  /** What helped; `null` when nothing did. */
  readonly remedy: Remedy | null;
  /** Everything that was tried, in order. */
  readonly tried: readonly Try[];
  /** Nothing helped, and a person is needed. */
  readonly escalated: boolean;
}

/** A {@link Remedy} as data. */
export const remedySchema: z.ZodType<Remedy, Remedy> = z.object({ action: z.string(), args: jsonObject });

const sourceSchema = z.enum(["memory", "healer", "search"]);

/** A {@link Candidate} as data. */
export const candidateSchema: z.ZodType<Candidate, Candidate> = z.object({
  remedy: remedySchema,
  source: sourceSchema,
  solution: z.string().nullable(),
  borrowed: z.boolean().optional(),
  proven: z.boolean().optional(),
});

/** A {@link Try} as data. */
export const trySchema: z.ZodType<Try, Try> = z.object({
  remedy: remedySchema,
  source: sourceSchema,
  solution: z.string().nullable(),
  borrowed: z.boolean().optional(),
  proven: z.boolean().optional(),
  outcome: z.enum(["healed", "failed", "denied", "proposed"]),
  detail: z.string(),
  undone: z.boolean(),
});

/** A {@link HealingResult} as a key of a graph's state. */
export const healingResultSchema: z.ZodType<HealingResult, HealingResult> = z.object({
  healed: z.boolean(),
  source: sourceSchema.nullable(),
  tries: z.int().nonnegative(),
  modelCalls: z.int().nonnegative(),
  fingerprint: z.string(),
  error: z.string(),
  solution: z.string().nullable(),
  remedy: remedySchema.nullable(),
  tried: z.array(trySchema),
  escalated: z.boolean(),
});
