import { basename, resolve } from "node:path";
import { BrainOpsError, type Graph, type Plugin, type PluginStorage } from "@brainops/core";
import { healing, type HealingInput, type HealingState } from "@brainops/core/healing";
import { dependencyActions } from "./actions/dependency-actions.ts";
import { diskActions } from "./actions/disk-actions.ts";
import { limitAction } from "./actions/limit-action.ts";
import { mendAction } from "./actions/mend-action.ts";
import { answeringModel, modelActions, modelSubject } from "./actions/model-actions.ts";
import { serviceActions } from "./actions/service-actions.ts";
import {
  goalGraph,
  watchGraph,
  type Crew,
  type GoalInput,
  type GoalState,
  type WatchInput,
  type WatchState,
} from "./graphs/goal.ts";
import { waitAction } from "./actions/wait-action.ts";
import { brokenCode, journaled, modelFailure, serviceHealers } from "./healers/service-healers.ts";
import { keepInMemory, keepOfProbe, type Keep } from "./keep.ts";
import { deployer } from "./nodes/deployer.ts";
import { developer } from "./nodes/developer.ts";
import { monitor } from "./nodes/monitor.ts";
import { optimizer } from "./nodes/optimizer.ts";
import { planner } from "./nodes/planner.ts";
import { tester } from "./nodes/tester.ts";
import type { WorkforceOptions } from "./options.ts";
import { codeProbe } from "./probes/code-probe.ts";
import { serviceProbe } from "./probes/probe.ts";
import { releases } from "./service/releases.ts";
import { codeOf } from "./workspace.ts";
import { localService, type Service } from "./service/service.ts";

/** Storage that is there once the plugin is set up; several workforces on one store are told apart. */
function laterKeep(place: string): { readonly keep: Keep; use(storage: PluginStorage): void } {
  let kept: Keep = keepInMemory();
  return {
    keep: {
      get: (key) => kept.get(`${place}/${key}`),
      put: (key, value) => kept.put(`${place}/${key}`, value),
    },
    use(storage) {
      kept = storage;
    },
  };
}

/** The workforce as a plugin, with its graphs and its service at hand. */
export interface Workforce extends Plugin {
  /** A goal's way through all six nodes: `brain.run(crew.goal, { goal: "…" })`. */
  readonly goal: Graph<GoalInput, GoalState>;
  /** One look at the service, with healing: `brain.run(crew.watch, {})`. */
  readonly watch: Graph<WatchInput, WatchState>;
  /** The same for the code, with `watchCode`: by itself, because its tests take their time. */
  readonly watchCode?: Graph<WatchInput, WatchState>;
  /** Healing alone: `brain.run(crew.heal, { fault })`. */
  readonly heal: Graph<HealingInput, HealingState>;
  /** The six nodes, to be put into graphs of your own. */
  readonly nodes: Crew;
  /** The service, when there is one. */
  readonly service: Service | undefined;
}

/**
 * The six nodes, the actions on the service, healing, and the graphs `goal`, `watch` and `heal`, for one repository.
 *
 * @example
 * ```ts
 * import { createBrain, type Model } from "@brainops/core";
 * import { memoryStore } from "@brainops/core/testing";
 * import { goalOutcome, workforce } from "@brainops/nodes";
 * declare const model: Model;
 * const crew = workforce({
 *   repo: "./shop",
 *   home: "./shop-home",
 *   service: { name: "shop", command: ["node", "server.js"], health: { path: "/health" } },
 * });
 * const brain = await createBrain({ store: memoryStore(), model, plugins: [crew] });
 * const run = await brain.run(crew.goal, { goal: "Make the failing tests pass" });
 * if (run.status === "completed") console.log(goalOutcome(run.state));
 * await brain.close();
 * ```
 */
export function workforce(options: WorkforceOptions): Workforce {
  if (typeof options?.repo !== "string" || typeof options.home !== "string")
    throw new BrainOpsError(
      "invalid_input",
      'The workforce needs a git repository and a folder of its own: workforce({ repo: "./shop", home: "./shop-home" }).',
    );
  const place = {
    repo: resolve(options.repo),
    home: resolve(options.home),
    ...(options.setup === undefined ? {} : { setup: options.setup }),
    ...(options.sandbox === undefined ? {} : { sandbox: options.sandbox }),
  };
  const model = options.model === undefined ? {} : { model: options.model };
  const service =
    options.service === undefined
      ? undefined
      : localService({ ...options.service, home: place.home, releases: releases(place) });
  const running = service === undefined ? {} : { service };
  const breakers =
    service === undefined ? { actions: [], probes: [] } : dependencyActions({ service, home: place.home });
  const checks = options.checks === undefined ? {} : { checks: options.checks };
  const tests = {
    ...(options.test === undefined ? {} : { test: options.test }),
    ...(options.testTimeoutMs === undefined ? {} : { timeoutMs: options.testTimeoutMs }),
  };
  const probes = [
    ...(service === undefined ? [] : [serviceProbe(service)]),
    ...breakers.probes,
    ...(options.probes ?? []),
  ];
  const ofCode = options.watchCode === true ? [codeProbe({ ...place, ...checks, ...tests })] : [];
  const keep = laterKeep(basename(place.home));

  const nodes: Crew = {
    planner: planner({ ...place, ...model }),
    developer: developer({ ...place, ...model, ...checks }),
    tester: tester({ ...place, ...tests, ...(options.proof === undefined ? {} : { proof: options.proof }) }),
    deployer: deployer({
      ...place,
      ...running,
      ...(options.target === undefined ? {} : { target: options.target }),
      ...(options.force === undefined ? {} : { force: options.force }),
      ...(options.keep === undefined ? {} : { keep: options.keep }),
      ...(options.approve === undefined ? {} : { approve: options.approve }),
    }),
    monitor: monitor({
      probes,
      keep: keep.keep,
      ...(options.objectives === undefined ? {} : { objectives: options.objectives }),
    }),
    optimizer: optimizer({ ...running, ...(options.tune === undefined ? {} : { tune: options.tune }) }),
  };

  const isWell = async (subject: string, signal: AbortSignal): Promise<boolean> => {
    if (subject === modelSubject && options.chain !== undefined)
      return (await answeringModel(options.chain, signal)) !== undefined;
    const own = [...probes, ...ofCode].filter((probe) => probe.subject === subject);
    // Where nobody looks, nobody knows; only the code has tests of its own.
    if (own.length === 0) return subject === codeOf(place);
    return (await Promise.all(own.map((probe) => probe.check(signal, keepOfProbe(keep.keep, probe.name))))).every(
      (probed) => probed.ok,
    );
  };
  const own = [
    ...(service === undefined ? [] : [...serviceActions({ service }), ...diskActions(service)]),
    ...(service?.options.limits === undefined ? [] : [limitAction(service)]),
    ...breakers.actions,
    waitAction({ look: isWell }),
    ...(options.chain === undefined ? [] : modelActions(options.chain)),
    ...(options.mend === undefined ? [] : [mendAction(options.mend)]),
  ];
  const healers = [
    ...(options.healers ?? []),
    journaled("classes", [
      modelFailure(options.chain),
      ...(service === undefined ? [] : serviceHealers(service)),
      ...(options.mend === undefined ? [] : [brokenCode(codeOf(place))]),
    ]),
  ];
  const more = options.actions ?? [];
  const heal = healing({
    ...options.healing,
    actions: [...own, ...more],
    healers,
    ...(options.escalate === undefined ? {} : { escalate: options.escalate }),
    verify: (fault, { signal }) => isWell(fault.subject, signal),
  });
  const limits = {
    ...(options.maxRounds === undefined ? {} : { maxRounds: options.maxRounds }),
    ...(options.maxHeals === undefined ? {} : { maxHeals: options.maxHeals }),
  };
  const goal = goalGraph(nodes, heal, limits);
  const watch = watchGraph(nodes, heal, limits);
  // Tests take their time, and mending takes more: meanwhile the service goes on being watched.
  const watchCode =
    ofCode.length === 0
      ? undefined
      : watchGraph({ monitor: monitor({ probes: ofCode, keep: keep.keep }) }, heal, { ...limits, name: "watch-code" });

  return Object.freeze({
    name: "workforce",
    goal,
    watch,
    ...(watchCode === undefined ? {} : { watchCode }),
    heal,
    nodes,
    service,
    setup(registrar) {
      for (const each of Object.values(nodes)) registrar.node(each);
      for (const each of [goal, watch, heal, ...(watchCode === undefined ? [] : [watchCode])]) registrar.graph(each);
      for (const each of [...own, ...more]) registrar.action(each);
      for (const each of healers) registrar.healer(each);
      keep.use(registrar.storage);
      const { watchEveryMs } = options;
      for (const each of watchEveryMs === undefined ? [] : [watch, watchCode])
        if (each !== undefined && watchEveryMs !== undefined)
          registrar.loop({
            name: `${each.name}-${basename(place.home)}`,
            every: watchEveryMs,
            graph: each.name,
            input: { patient: true },
          });
      return {
        health: async () => {
          if (service === undefined || (await service.releases.current()) === null) return { ok: true };
          const { ok, detail } = await service.probe();
          return { ok, detail };
        },
      };
    },
  } satisfies Workforce);
}
