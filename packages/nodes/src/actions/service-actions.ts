import { action, BrainOpsError, type Action, type ActionCall, type Fault, type JsonObject } from "@brainops/core";
import { z } from "zod";
import type { Service } from "../service/service.ts";

interface ServiceArgs {
  readonly service: string;
}

const argsSchema: z.ZodType<ServiceArgs> = z.object({ service: z.string() });
const switchedSchema = z.object({ from: z.string(), to: z.string() });
const restoredSchema = z.object({ backup: z.string() });

/**
 * What can be done to a service when something is wrong with it: `service.restart`, `service.restore-config` (when it
 * has a configuration) and `release.rollback`. Each checks the service's health afterwards; the latter two can be
 * taken back.
 *
 * @example
 * ```ts
 * import { type Service, serviceActions } from "@brainops/nodes";
 * declare const service: Service;
 * for (const { name, risk } of serviceActions({ service })) console.log(name, risk);
 * ```
 */
export function serviceActions({
  service,
}: {
  /** The service that they are for. */
  readonly service: Service;
}): readonly Action[] {
  const about = (fault: Fault): readonly JsonObject[] =>
    fault.subject === service.name ? [{ service: service.name }] : [];
  const healthy = async (_args: ServiceArgs, call: ActionCall): Promise<boolean> =>
    (await service.waitHealthy(call.signal)).ok;
  const common = { args: argsSchema, class: "idempotent" as const, propose: about, verify: healthy };

  const restart = action<ServiceArgs>({
    ...common,
    name: "service.restart",
    description: "Stops the service and starts the current release anew",
    risk: "low",
    apply: async (args, call) => {
      mustBe(service, args);
      return { pid: await service.start(call.key) };
    },
  });

  const restoreConfig = action<ServiceArgs>({
    ...common,
    name: "service.restore-config",
    description: "Puts the last configuration back with which the service was healthy, and restarts it",
    risk: "medium",
    apply: async (args, call) => {
      mustBe(service, args);
      if (service.config === undefined)
        throw new BrainOpsError("action_failed", `${service.name} has no configuration file.`);
      const backup = await service.config.restoreGood(call.key);
      await service.start(call.key);
      return { backup };
    },
    undo: async (_args, applied, call) => {
      const done = restoredSchema.safeParse(applied);
      if (!done.success) return;
      await service.config?.putBack(done.data.backup);
      await service.start(call.key);
    },
  });

  const rollback = action<ServiceArgs>({
    ...common,
    name: "release.rollback",
    description: "Switches to the release before the current one, and starts it",
    risk: "high",
    apply: async (args, call) => {
      mustBe(service, args);
      const switched = await switchOnce(service, call.key);
      await service.releases.switchTo(switched.to);
      await service.start(call.key);
      return switched;
    },
    undo: async (_args, applied, call) => {
      const done = switchedSchema.safeParse(applied);
      if (!done.success) return;
      await service.releases.switchTo(done.data.from);
      await service.start(call.key);
    },
  });

  return service.config === undefined ? [restart, rollback] : [restart, restoreConfig, rollback];
}

function mustBe(service: Service, args: ServiceArgs): void {
  if (args.service === service.name) return;
  throw new BrainOpsError(
    "invalid_input",
    `There is no service ${JSON.stringify(args.service)} here, only ${service.name}.`,
  );
}

/** From which release to which: decided once for a key, because after the switch `previous` is another. */
async function switchOnce(service: Service, key: string): Promise<z.output<typeof switchedSchema>> {
  const decided = await service.once(key, async () => {
    const from = await service.releases.current();
    const to = await service.releases.previous();
    if (from !== null && to !== null && from !== to) return { from, to };
    throw new BrainOpsError("action_failed", `There is no release of ${service.name} to go back to.`);
  });
  return switchedSchema.parse(decided);
}
