import type { Fault, NodeContext } from "@brainops/core";
import { faultTag, fingerprint } from "@brainops/core/healing";

/** How long a fault that nothing healed is left to people. */
export interface Patience {
  /** Milliseconds after the first time; doubled each time. Default 300,000. */
  readonly firstMs?: number;
  /** The longest. Default 21,600,000: six hours. */
  readonly mostMs?: number;
}

const day = 86_400_000;

/**
 * Until when a fault is left to people: it was escalated lately, and trying the same again every round would be a storm
 * of restarts and alarms. `null` when healing may be tried.
 */
export async function heldUntil(ctx: NodeContext, fault: Fault, patience: Patience = {}): Promise<number | null> {
  const { firstMs = 300_000, mostMs = 21_600_000 } = patience;
  const tags = ["healing", "escalated", faultTag(fingerprint(fault))];
  const now = ctx.now();
  const lately = await ctx.recall({ text: "", kinds: ["experience"], tags, since: now - 2 * day, limit: 20 });
  // What could not be healed in one commit may well be in the next.
  const given = lately.filter(({ record }) => record.data["revision"] === fault.data?.["revision"]);
  if (given.length === 0) return null;
  const last = Math.max(...given.map(({ record }) => record.createdAt));
  const until = last + Math.min(mostMs, firstMs * 2 ** (given.length - 1));
  return until > now ? until : null;
}

/** Whether something was done about the fault within the last five minutes. */
export async function healedLately(ctx: NodeContext, fault: Fault): Promise<boolean> {
  const tags = ["healing", "applied", faultTag(fingerprint(fault))];
  const since = ctx.now() - 300_000;
  return (await ctx.recall({ text: "", kinds: ["experience"], tags, since, limit: 1 })).length > 0;
}
