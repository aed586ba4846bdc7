import type { Hit, NodeContext } from "@brainops/core";
import { z } from "zod";
import { clip } from "../text.ts";
import type { PastPlan } from "./estimate.ts";

/** The tag of the records in which plans are scored. */
export const scoreTag = "plan-score";

const scoreSchema = z.object({ estimatedMs: z.number(), tookMs: z.number(), reached: z.boolean() });

/**
 * Plans of before and what they took: those of goals like this one count fully, the newest others a quarter. Only goals
 * that were reached: how long giving up took says nothing.
 */
export async function pastPlans(ctx: NodeContext, goal: string): Promise<readonly PastPlan[]> {
  const query = { kinds: ["experience"], tags: [scoreTag] } as const;
  const alike = await ctx.recall({ ...query, text: clip(goal, 1_000), limit: 20 });
  const newest = await ctx.recall({ ...query, text: "", limit: 30 });
  const seen = new Set(alike.map(({ record }) => record.id));
  const read = (hits: readonly Hit[], weight: number): PastPlan[] =>
    hits.flatMap(({ record }) => {
      const { data } = scoreSchema.safeParse(record.data);
      return data?.reached === true ? [{ estimatedMs: data.estimatedMs, tookMs: data.tookMs, weight }] : [];
    });
  return [
    ...read(alike, 1),
    ...read(
      newest.filter(({ record }) => !seen.has(record.id)),
      0.25,
    ),
  ];
}
