import type { Circumstances } from "@brainops/core";
import { z } from "zod";

/** What one probe saw. */
export interface Probed {
  /** Name of the probe. */
  readonly name: string;
  /** Whether it was well. */
  readonly ok: boolean;
  /** Milliseconds that the look took. */
  readonly ms: number;
  /** What was seen, in words. */
  readonly detail: string;
  /** What was found around it when it was not well. */
  readonly circumstances?: Circumstances | undefined;
  /** The group of the log line that it tells of; see `logGroups` of `@brainops/core/healing`. */
  readonly group?: string | undefined;
  /** What it looked at, where that changes, such as a commit: of another one the same fault is a new one to healing. */
  readonly revision?: string | undefined;
}

/** How a service level stands. */
export interface Level {
  /** Name of the objective. */
  readonly name: string;
  /** What it is about. */
  readonly subject: string;
  /** Share of events that must be good, between 0 and 1. */
  readonly target: number;
  /** Share of the error budget that is left. */
  readonly left: number;
  /** How many times too fast it burns, by the rule that holds; `null` when none does. */
  readonly burn: number | null;
  /** `page`: healed at once. `ticket`: somebody should look within days. `null` when no rule holds. */
  readonly severity: "page" | "ticket" | null;
}

/** What the monitor saw. */
export interface Watch {
  /**
   * Whether nothing is wrong: every probe was well, and no level burns at `page`, but for one whose cause was healed
   * lately.
   */
  readonly ok: boolean;
  /** What each probe saw. */
  readonly probes: readonly Probed[];
  /** How the service levels stand; absent without any. */
  readonly levels?: readonly Level[] | undefined;
  /** The fault is left to people until then: milliseconds since 1970. Absent when healing may be tried. */
  readonly heldUntil?: number | undefined;
  /** Id of the experience record. */
  readonly record: string;
}

const probedSchema: z.ZodType<Probed, Probed> = z.object({
  name: z.string(),
  ok: z.boolean(),
  ms: z.number(),
  detail: z.string(),
  circumstances: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  group: z.string().optional(),
  revision: z.string().optional(),
});

const levelSchema: z.ZodType<Level, Level> = z.object({
  name: z.string(),
  subject: z.string(),
  target: z.number(),
  left: z.number(),
  burn: z.number().nullable(),
  severity: z.enum(["page", "ticket"]).nullable(),
});

/** A {@link Watch} as a key of a graph's state. */
export const watchSchema: z.ZodType<Watch, Watch> = z.object({
  ok: z.boolean(),
  probes: z.array(probedSchema),
  levels: z.array(levelSchema).optional(),
  heldUntil: z.number().optional(),
  record: z.string(),
});
