import { z } from "zod";
import type { JsonObject } from "../contracts/json.ts";
import type { Loop, Plugin } from "../contracts/plugin.ts";
import { recordKinds } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import { END, START } from "../graph/definition.ts";
import { graph, type Graph } from "../graph/graph.ts";
import { consolidate } from "./consolidate.ts";
import { consolidation, type ConsolidationGraphOptions } from "./consolidation.ts";
import { measureJunk } from "./junk.ts";
import { mergeDuplicates, type MergeOptions } from "./merge.ts";
import { retain, type RetentionRule } from "./retain.ts";

/** What {@link upkeep} does, and when. */
export interface UpkeepOptions {
  /** The store that the Brain has open: `() => brain.store`. */
  readonly store: () => Store;
  /** Milliseconds between two rounds, or when they are: `cron(…)`. Without it nothing runs by itself. */
  readonly every?: Loop["every"];
  /** How duplicates are merged; `false`: not at all. Default: as `mergeDuplicates` does. */
  readonly merge?: Pick<MergeOptions, "kinds" | "near"> | false;
  /** How experiences are consolidated; `false`: not at all. Default: as `consolidate` does. */
  readonly consolidate?: Omit<ConsolidationGraphOptions, "store" | "name"> | false;
  /** What may go. Default: nothing. */
  readonly retention?: readonly RetentionRule[];
}

/** What a round of upkeep did. */
export interface UpkeepState {
  /** How many records were put behind another. */
  readonly merged: number;
  /** Ids of what was learnt. */
  readonly learnt: readonly string[];
  /** How many records went by retention. */
  readonly gone: number;
  /** The share of records that were never of use. */
  readonly junk: number;
}

/**
 * Keeps memory in order, as a plugin: a graph `upkeep` that merges, consolidates, lets go by rules and measures junk, in the
 * scope of its run; a loop `upkeep` that runs it, when `every` is given; and the commands `memory.merge`,
 * `memory.consolidate`, `memory.retain` and `memory.junk`. Each step is journaled with what it did, and goes on after a crash.
 *
 * @example
 * ```ts
 * import { createBrain, type Brain } from "@brainops/core";
 * import { upkeep } from "@brainops/core/memory";
 * import { cron } from "@brainops/core/schedule";
 * import { memoryStore } from "@brainops/core/testing";
 * const nightly = upkeep({ store: () => brain.store, every: cron("0 3 * * *") });
 * const brain: Brain = await createBrain({ store: memoryStore(), plugins: [nightly] });
 * brain.startLoops();
 * ```
 */
export function upkeep(options: UpkeepOptions): Plugin {
  return {
    name: "upkeep",
    setup(registrar) {
      registrar.graph(upkeepGraph(options));
      if (options.every !== undefined)
        registrar.loop({ name: "upkeep", every: options.every, graph: "upkeep", input: {} });
      addCommands(options, registrar);
    },
  };
}

function upkeepGraph(options: UpkeepOptions): Graph {
  const { store, merge = {}, consolidate = {}, retention = [] } = options;
  const learning = consolidation({ ...(consolidate === false ? {} : consolidate), store, name: "upkeep.consolidate" });
  return graph({
    name: "upkeep",
    version: "1",
    state: z.object({
      merged: z.number().default(0),
      learnt: z.array(z.string()).default([]),
      gone: z.number().default(0),
      junk: z.number().default(0),
    }),
  })
    .node("merge", async (_, ctx) => {
      if (merge === false) return {};
      const merged = await ctx.effect({
        name: "memory.merge",
        class: "idempotent",
        input: { scope: ctx.scope },
        run: async ({ signal }) => (await mergeDuplicates(store(), ctx.scope, { ...merge, signal })).merged,
      });
      return { merged };
    })
    .graph("consolidate", learning, { input: () => ({}), output: ({ remembered }) => ({ learnt: [...remembered] }) })
    .node("retain", async (_, ctx) => {
      if (retention.length === 0) return {};
      const gone = await ctx.effect({
        name: "memory.retain",
        class: "idempotent",
        input: { scope: ctx.scope },
        run: async ({ signal }) => (await retain(store(), ctx.scope, { rules: retention, signal })).ids.length,
      });
      return { gone };
    })
    .node("measure", async (_, ctx) => {
      const { records, neverUsed, share } = await ctx.effect({
        name: "memory.junk",
        class: "pure",
        input: { scope: ctx.scope },
        run: async ({ signal }) => {
          const { records, neverUsed, share } = await measureJunk(store(), ctx.scope, { signal });
          return { records, neverUsed, share };
        },
      });
      ctx.note(`${neverUsed} of ${records} records were never of use.`);
      return { junk: share };
    })
    .edge(START, "merge")
    .branch("merge", () => (consolidate === false ? "retain" : "consolidate"), ["retain", "consolidate"])
    .edge("consolidate", "retain")
    .edge("retain", "measure")
    .edge("measure", END)
    .build();
}

const scope = z.string().min(1).max(500);
const kinds = z.array(z.enum(recordKinds)).min(1).optional();

function addCommands({ store }: UpkeepOptions, { command }: Parameters<Plugin["setup"]>[0]): void {
  command({
    name: "memory.merge",
    description: "Puts records that say the same together; nothing is deleted",
    risk: "low",
    args: z.strictObject({ scope, kinds, near: z.boolean().optional(), dryRun: z.boolean().optional() }),
    run: async ({ scope, ...rest }, call) => plain(await mergeDuplicates(store(), scope, { ...given(rest), ...call })),
  });
  command({
    name: "memory.consolidate",
    description: "Learns from repeated experiences",
    risk: "low",
    args: z.strictObject({ scope, dryRun: z.boolean().optional() }),
    run: async ({ scope, ...rest }, call) =>
      plain({ learnt: await consolidate(store(), scope, { ...given(rest), ...call }) }),
  });
  command({
    name: "memory.retain",
    description: "Lets records go by age and number",
    risk: "high",
    args: z.strictObject({
      scope,
      kinds,
      olderThanMs: z.number().optional(),
      keepNewest: z.number().optional(),
      dryRun: z.boolean().optional(),
    }),
    run: async ({ scope, dryRun = false, ...rule }, call) =>
      plain(await retain(store(), scope, { rules: [given(rule)], dryRun, ...call })),
  });
  command({
    name: "memory.junk",
    description: "Says which share of the memory was never of use",
    risk: "low",
    args: z.strictObject({ scope }),
    run: async ({ scope }, call) => plain(await measureJunk(store(), scope, call)),
  });
}

/** Leaves out what was not given. */
function given<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function plain(value: object): JsonObject {
  return value as JsonObject;
}
