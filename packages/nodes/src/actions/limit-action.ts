import { action, BrainOpsError, type Action } from "@brainops/core";
import { z } from "zod";
import type { Service } from "../service/service.ts";

const argsSchema = z.object({ service: z.string(), env: z.string() });
const raisedSchema = z.object({ from: z.int() });

/**
 * `service.raise-limit`: gives a service the next step of what it may be given more of, and starts it anew. Taken back,
 * it has the step before. Proposed for each ladder of its options.
 *
 * @example
 * ```ts
 * import { limitAction, type Service } from "@brainops/nodes";
 * declare const service: Service;
 * const raise = limitAction(service);
 * ```
 */
export function limitAction(service: Service): Action {
  const ladders = service.options.limits ?? [];
  return action({
    name: "service.raise-limit",
    description: "Gives the service the next step of a resource that it may be given more of, and restarts it",
    args: argsSchema,
    risk: "medium",
    class: "idempotent",
    propose: (fault) =>
      fault.subject === service.name ? ladders.map(({ env }) => ({ service: service.name, env })) : [],
    apply: async ({ env }, call) => {
      const ladder = ladders.find((each) => each.env === env);
      if (ladder === undefined)
        throw new BrainOpsError("invalid_input", `${service.name} has no limit ${JSON.stringify(env)} to raise.`);
      const from = await service.once(call.key, async () => ({ from: (await service.limits.steps())[env] ?? 0 }));
      const before = raisedSchema.parse(from);
      if (before.from + 1 >= ladder.steps.length)
        throw new BrainOpsError("action_failed", `${service.name} has the most of ${env} already.`);
      await service.limits.set(env, before.from + 1);
      await service.start(call.key);
      return before;
    },
    verify: async (_args, call) => (await service.waitHealthy(call.signal)).ok,
    undo: async ({ env }, applied, call) => {
      const done = raisedSchema.safeParse(applied);
      if (!done.success) return;
      await service.limits.set(env, done.data.from);
      await service.start(call.key);
    },
  });
}
