import { setTimeout as delay } from "node:timers/promises";
import { action, type Action } from "@brainops/core";
import { z } from "zod";

/**
 * `fault.wait`: does nothing but look again, with pauses that double: what helps against a failure that passes by itself.
 * It is not found by search, because it would be the first thing tried against everything.
 *
 * @example
 * ```ts
 * import { waitAction } from "@brainops/nodes";
 * const wait = waitAction({ look: async () => (await fetch("http://127.0.0.1:8080/health")).ok, withinMs: 10_000 });
 * ```
 */
export function waitAction(options: {
  /** Whether the subject is well. */
  look(subject: string, signal: AbortSignal): Promise<boolean>;
  /** Milliseconds before the first look. Default 100. */
  readonly firstMs?: number;
  /** Milliseconds in all. Default 3,000. */
  readonly withinMs?: number;
}): Action {
  const { firstMs = 100, withinMs = 3_000 } = options;
  return action({
    name: "fault.wait",
    description: "Waits for what passes by itself, and looks again with growing pauses",
    args: z.object({ subject: z.string() }),
    risk: "low",
    class: "pure",
    apply: async ({ subject }, { signal }) => {
      let waited = 0;
      for (let pause = firstMs; waited < withinMs; pause *= 2) {
        const ms = Math.min(pause, withinMs - waited);
        await delay(ms, undefined, { signal });
        waited += ms;
        if (await options.look(subject, signal)) break;
      }
      return { waited };
    },
  });
}
