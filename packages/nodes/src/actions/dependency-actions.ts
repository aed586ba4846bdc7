import { join } from "node:path";
import { action, BrainOpsError, type Action, type ActionCall, type Fault, type JsonObject } from "@brainops/core";
import { z } from "zod";
import type { Probe } from "../probes/probe.ts";
import { timed } from "../probes/probe.ts";
import { settingAt, type ServiceConfig } from "../service/config.ts";
import { readIfThere, writeAtomic } from "../service/files.ts";
import type { Dependency } from "../service/options.ts";
import type { Service } from "../service/service.ts";

const argsSchema = z.object({ service: z.string(), dependency: z.string() });
type Args = z.output<typeof argsSchema>;
const setting = z.union([z.string(), z.number(), z.boolean()]);
const movedSchema = z.object({ from: setting, to: setting });
const openSchema = z.object({ first: setting, triedAt: z.number() });

const tenMinutes = 600_000;

/**
 * A breaker for each dependency of a service: `dependency.fall-back` opens it by setting the next fallback in the
 * configuration, and `dependency.return` tries the first value again, which is kept when the service is well with it;
 * when it is not, the fallback is set again and the breaker stays open for another while. The probe that comes with them says when that is due.
 *
 * @example
 * ```ts
 * import { dependencyActions, type Service } from "@brainops/nodes";
 * declare const service: Service;
 * const { actions, probes } = dependencyActions({ service, home: "./shop-home" });
 * ```
 */
export function dependencyActions(options: {
  /** The service whose dependencies they are. */
  readonly service: Service;
  /** Folder in which it is kept which of them fell back: that of the service. */
  readonly home: string;
}): {
  /** `dependency.fall-back` and `dependency.return`, for healing and for the Brain. */
  readonly actions: readonly Action[];
  /** One for each dependency: not well when its first value is to be tried again. For the Monitor. */
  readonly probes: readonly Probe[];
} {
  const { service } = options;
  const { config } = service;
  const dependencies = service.options.dependencies ?? [];
  if (config === undefined || dependencies.length === 0) return { actions: [], probes: [] };
  const fileOf = ({ name }: Dependency): string => join(options.home, "run", `${service.name}.open-${slug(name)}`);
  const find = ({ dependency }: Args): Dependency => {
    const found = dependencies.find(({ name }) => name === dependency);
    if (found !== undefined) return found;
    throw new BrainOpsError("invalid_input", `${service.name} has no dependency ${JSON.stringify(dependency)}.`);
  };
  const open = async (dependency: Dependency): Promise<z.output<typeof openSchema> | undefined> => {
    const text = await readIfThere(fileOf(dependency));
    return text === undefined || text === "" ? undefined : openSchema.parse(JSON.parse(text));
  };
  const about = (fault: Fault): readonly JsonObject[] =>
    fault.subject === service.name ? dependencies.map(({ name }) => ({ service: service.name, dependency: name })) : [];
  const set = async (dependency: Dependency, to: z.output<typeof setting>, call: ActionCall): Promise<void> => {
    await config.set(dependency.key, to);
    if (config.reload === "restart") await service.start(call.key);
  };
  const common = {
    args: argsSchema,
    class: "idempotent" as const,
    verify: async (_args: Args, call: ActionCall) => (await service.waitHealthy(call.signal)).ok,
  };

  const fallBack = action({
    ...common,
    name: "dependency.fall-back",
    description: "Uses the next fallback in place of something that the service needs and that is away",
    risk: "medium",
    propose: (fault) => (isDue(fault) ? [] : about(fault)),
    apply: async (args, call) => {
      const dependency = find(args);
      const moved = movedSchema.parse(
        await service.once(call.key, async () => {
          const from = await valueOf(config, dependency);
          const to = dependency.fallbacks[dependency.fallbacks.indexOf(from) + 1];
          if (to === undefined)
            throw new BrainOpsError(
              "action_failed",
              `There is nothing to fall back to from ${from} for ${dependency.name}.`,
            );
          return { from, to };
        }),
      );
      const first = (await open(dependency))?.first ?? moved.from;
      await writeAtomic(fileOf(dependency), JSON.stringify({ first, triedAt: Date.now() }));
      await set(dependency, moved.to, call);
      return moved;
    },
    undo: async (args, applied, call) => {
      const dependency = find(args);
      const moved = movedSchema.safeParse(applied);
      if (!moved.success) return;
      if ((await open(dependency))?.first === moved.data.from) await writeAtomic(fileOf(dependency), "");
      await set(dependency, moved.data.from, call);
    },
  });

  const comeBack = action({
    ...common,
    name: "dependency.return",
    description: "Tries again what was replaced by a fallback, and keeps it when the service is well with it",
    risk: "medium",
    propose: (fault) => (isDue(fault) ? about(fault) : []),
    apply: async (args, call) => {
      const dependency = find(args);
      const moved = movedSchema.parse(
        await service.once(call.key, async () => {
          const opened = await open(dependency);
          if (opened === undefined)
            throw new BrainOpsError("action_failed", `${service.name} does not fall back for ${dependency.name}.`);
          return { from: await valueOf(config, dependency), to: opened.first };
        }),
      );
      await set(dependency, moved.to, call);
      const returned = (await service.waitHealthy(call.signal)).ok;
      if (returned) await writeAtomic(fileOf(dependency), "");
      else {
        // It is still away: that is no failure of the service, and the breaker stays open for another while.
        await writeAtomic(fileOf(dependency), JSON.stringify({ first: moved.to, triedAt: Date.now() }));
        // A key of its own: the start that came before was another.
        await set(dependency, moved.from, { signal: call.signal, key: `${call.key}/back` });
      }
      return { ...moved, returned };
    },
  });

  return {
    actions: [fallBack, comeBack] as readonly Action[],
    probes: dependencies.map((dependency) => ({
      name: `dependency ${dependency.name}`,
      kind: "metric",
      subject: service.name,
      check: () =>
        timed(`dependency ${dependency.name}`, async () => {
          const opened = await open(dependency);
          if (opened === undefined) return [true, "as it should be"];
          const due = Date.now() - opened.triedAt >= (dependency.backAfterMs ?? tenMinutes);
          return [!due, due ? fallenBack : "falls back"];
        }),
    })),
  };
}

const fallenBack = "it falls back, and what it is to use may be there again";

/** Whether a fault says that a breaker should be tried. */
export function isDue(fault: Fault): boolean {
  return fault.text.includes(fallenBack);
}

async function valueOf(config: ServiceConfig, { key, name }: Dependency): Promise<z.output<typeof setting>> {
  const value = settingAt(await config.read(), key);
  if (value !== undefined) return value;
  throw new BrainOpsError("action_failed", `The configuration has no value ${key} for the dependency ${name}.`);
}

function slug(name: string): string {
  return name.replaceAll(/[^\w-]+/g, "-");
}
