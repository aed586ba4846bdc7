import type { Fault, Healer, Remedy } from "@brainops/core";
import { z } from "zod";
import type { ModelChain } from "../actions/model-actions.ts";
import type { Service } from "../service/service.ts";
import { isDue } from "../actions/dependency-actions.ts";
import { isModelFailure, says } from "./classes.ts";

const changed = (fault: Fault, what: "configuration" | "release"): boolean =>
  ["changed", "missing"].includes(String(fault.circumstances?.[what]));

function healer(name: string, remedies: (fault: Fault) => readonly Remedy[]): Healer {
  return { name, remedies };
}

/**
 * The healers for a service, one for each class of fault, those first whose guess is the surest. What is known from
 * memory comes before them, and a search over all actions after them.
 *
 * | class                     | known by                                             | remedy                          |
 * | ------------------------- | ---------------------------------------------------- | ------------------------------- |
 * | full disk or log          | its words                                            | `log.rotate`, `release.prune`   |
 * | bad configuration         | the configuration is not as when last well           | `service.restore-config`        |
 * | bad release               | the release is not the one that was last well        | `release.rollback`              |
 * | exhausted resource        | its words                                            | `service.raise-limit`, restart  |
 * | dependency down           | its words                                            | `dependency.fall-back`          |
 * | dependency back           | it was away, and is due to be tried again            | `dependency.return`             |
 * | transient failure         | its words                                            | `fault.wait`                    |
 * | dead or stuck process     | the process is gone, or does not answer              | `service.restart`               |
 *
 * @example
 * ```ts
 * import { type Service, serviceHealers } from "@brainops/nodes";
 * declare const service: Service;
 * const healers = serviceHealers(service);
 * ```
 */
export function serviceHealers(service: Service): readonly Healer[] {
  const args = { service: service.name };
  const mine = (fault: Fault): boolean => fault.subject === service.name;
  const { limits = [], dependencies = [] } = service.options;
  const restart: Remedy = { action: "service.restart", args };
  const forService = (name: string, remedies: (fault: Fault) => readonly Remedy[]): Healer =>
    healer(name, (fault) => (mine(fault) ? remedies(fault) : []));

  return [
    forService("dependency-back", (fault) =>
      isDue(fault)
        ? dependencies.map(({ name }) => ({ action: "dependency.return", args: { ...args, dependency: name } }))
        : [],
    ),
    forService("full-disk", (fault) =>
      says(fault, "full")
        ? [
            { action: "log.rotate", args },
            { action: "release.prune", args },
          ]
        : [],
    ),
    forService("bad-configuration", (fault) =>
      service.config !== undefined && changed(fault, "configuration")
        ? [{ action: "service.restore-config", args }]
        : [],
    ),
    forService("bad-release", (fault) => (changed(fault, "release") ? [{ action: "release.rollback", args }] : [])),
    forService("exhausted-resource", (fault) =>
      says(fault, "exhausted")
        ? [...limits.map(({ env }) => ({ action: "service.raise-limit", args: { ...args, env } })), restart]
        : [],
    ),
    forService("dependency-down", (fault) =>
      says(fault, "dependency")
        ? dependencies.map(({ name }) => ({ action: "dependency.fall-back", args: { ...args, dependency: name } }))
        : [],
    ),
    forService("transient", (fault) =>
      says(fault, "transient") && fault.circumstances?.["process"] !== "gone"
        ? [{ action: "fault.wait", args: { subject: fault.subject } }]
        : [],
    ),
    forService("dead-or-stuck", (fault) =>
      fault.circumstances?.["process"] === "gone" || says(fault, "stuck") ? [restart] : [],
    ),
  ];
}

/**
 * A model that fails, or a chain of which all have failed: those that are named in the fault (`data.model`, or the failed
 * ones of `data.attempts`) are left alone, as long as the chain has another; what is left is to wait and to ask again. Without
 * a chain it is left to people.
 *
 * @example
 * ```ts
 * import { modelFailure, type ModelChain } from "@brainops/nodes";
 * declare const chain: ModelChain;
 * const healer = modelFailure(chain);
 * ```
 */
export function modelFailure(chain?: ModelChain): Healer {
  return healer("model-failure", (fault) => {
    // Without a chain nobody can see whether it passes.
    if (chain === undefined || !isModelFailure(fault)) return [];
    const asked = new Set(chain.lanes().flatMap(({ name, until }) => (until === null ? [name] : [])));
    const failed = failedModels(fault).filter((name) => asked.has(name));
    return [
      ...(failed.length < asked.size ? failed : []).map((model) => ({ action: "model.leave-alone", args: { model } })),
      { action: "fault.wait", args: { subject: fault.subject } },
    ];
  });
}

const failuresSchema = z.object({
  model: z.string().optional(),
  attempts: z.array(z.object({ model: z.string(), outcome: z.string() })).optional(),
});

/** Names of the models that a fault says have failed. */
function failedModels({ data }: Fault): readonly string[] {
  const { model, attempts = [] } = failuresSchema.safeParse(data ?? {}).data ?? {};
  const tried = attempts.filter(({ outcome }) => outcome === "failed").map((attempt) => attempt.model);
  return [...new Set([...(model === undefined ? [] : [model]), ...tried])];
}

/**
 * Asks healers in order, as one effect: so a replay finds what they said in the journal, and does not depend on which of
 * them are there.
 */
export function journaled(name: string, healers: readonly Healer[]): Healer {
  return {
    name,
    remedies: (fault, ctx) =>
      ctx.effect({
        name: `healer.${name}`,
        class: "pure",
        input: { fault: { ...fault } },
        run: async () => {
          const found = [];
          for (const each of healers) for (const remedy of await each.remedies(fault, ctx)) found.push({ ...remedy });
          return found;
        },
      }),
  };
}

/**
 * A failing test or build: handed to the Developer. It is about the code alone, so that what is wrong with a service that
 * runs the code is not taken for a fault of the code.
 *
 * @example
 * ```ts
 * import { brokenCode } from "@brainops/nodes";
 * const healer = brokenCode("shop/code"); // for faults about that subject
 * ```
 */
export function brokenCode(code: string): Healer {
  return healer("broken-code", ({ subject, source, text, data }) =>
    subject === code && source !== "metric" && !isModelFailure({ subject, source, text, ...(data && { data }) })
      ? [{ action: "work.mend", args: { goal: `Mend what is broken in the code: ${text.slice(0, 1_000)}` } }]
      : [],
  );
}
