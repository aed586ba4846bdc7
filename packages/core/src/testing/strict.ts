import { AsyncLocalStorage } from "node:async_hooks";
import { BrainOpsError } from "../contracts/error.ts";
import type { NodeContext } from "../contracts/node.ts";
import type { GraphDefinition, NodeStep, Step } from "../graph/definition.ts";
import type { Graph } from "../graph/graph.ts";

/** The node that is running, where its own code is; nothing inside of an effect or of the runner. */
const running = new AsyncLocalStorage<string | undefined>();
const outside = <T>(work: () => T): T => running.run(undefined, work);

/**
 * Makes a graph whose nodes may not reach outside of the ledger: a node that asks the clock, chance, the network or a
 * timer by itself, or waits for anything but its own calls, fails with `nondeterministic`, naming what and where.
 * For tests: it wraps the usual culprits of the whole process, which change nothing outside of such nodes.
 *
 * @example
 * ```ts
 * import { createBrain, END, graph, START } from "@brainops/core";
 * import { memoryStore, strictly } from "@brainops/core/testing";
 * import { z } from "zod";
 * const hasty = graph({ name: "hasty", state: z.object({ at: z.number().default(0) }) })
 *   .node("look", () => ({ at: Date.now() })) // ctx.now() would be right
 *   .edge(START, "look")
 *   .edge("look", END)
 *   .build();
 * const brain = await createBrain({ store: memoryStore() });
 * console.log((await brain.run(strictly(hasty), {})).status); // failed
 * ```
 */
export function strictly<Input, S>(graph: Graph<Input, S>): Graph<Input, S> {
  watchCulprits();
  return Object.freeze({ ...graph, definition: strictDefinition(graph.definition) });
}

function strictDefinition(definition: GraphDefinition): GraphDefinition {
  const steps = [...definition.steps].map(([name, step]): [string, Step] => [
    name,
    step.kind === "graph" ? { ...step, graph: strictDefinition(step.graph) } : { ...step, run: strictRun(step) },
  ]);
  return Object.freeze({ ...definition, steps: new Map(steps) });
}

function strictRun(step: NodeStep): NodeStep["run"] {
  return async (input, ctx) => {
    const calls = { pending: 0, finished: false };
    const work = running.run(step.name, async () => step.run(input, strictContext(ctx, calls)));
    try {
      return await outside(() => Promise.race([work, watchQuiet(step.name, calls)]));
    } finally {
      calls.finished = true;
    }
  };
}

interface Calls {
  pending: number;
  finished: boolean;
}

/** A node that is quiet, unfinished and without a call of its own waits for something outside of the ledger. */
async function watchQuiet(node: string, calls: Calls): Promise<never> {
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    if (calls.finished) return new Promise<never>(() => {});
    if (calls.pending === 0)
      throw reached(node, "something outside of the ledger: it waits, and not for a call of its own");
  }
}

/** What the runner and the effects do on behalf of the node is not the node's own doing. */
function strictContext(ctx: NodeContext, calls: Calls): NodeContext {
  return new Proxy(ctx, {
    get(target, key) {
      const member: unknown = outside(() => Reflect.get(target, key) as unknown);
      if (typeof member !== "function") return member;
      return (...given: unknown[]) => {
        const args = key === "effect" ? [strictEffect(given[0] as Parameters<NodeContext["effect"]>[0])] : given;
        const result: unknown = outside(() => (member as (...all: unknown[]) => unknown).apply(target, args));
        if (result instanceof Promise) {
          calls.pending++;
          const settle = (): void => void calls.pending--;
          result.then(settle, settle);
        }
        return result;
      };
    },
  });
}

function strictEffect(effect: Parameters<NodeContext["effect"]>[0]): typeof effect {
  const { undo } = effect;
  return {
    ...effect,
    run: (call) => outside(() => effect.run(call)),
    ...(undo === undefined ? {} : { undo: (call) => outside(() => undo.call(effect, call)) }),
  };
}

let watched = false;

/** Wraps what nodes use by mistake. Outside of strict nodes it does what it always did. */
function watchCulprits(): void {
  if (watched) return;
  watched = true;
  watch(Date, "now", "Date.now", "ctx.now()");
  watch(Math, "random", "Math.random", "ctx.random()");
  watch(globalThis.crypto, "randomUUID", "crypto.randomUUID", "ctx.id()");
  watch(globalThis.crypto, "getRandomValues", "crypto.getRandomValues", "ctx.random()");
  watch(performance, "now", "performance.now", "ctx.now()");
  watch(globalThis, "fetch", "fetch", "ctx.effect()");
  for (const timer of ["setTimeout", "setInterval", "setImmediate"] as const)
    watch(globalThis, timer, timer, "ctx.sleep()");
  globalThis.Date = new Proxy(Date, {
    construct(target, args: [], newTarget) {
      if (args.length === 0) check("new Date()", "new Date(ctx.now())");
      return Reflect.construct(target, args, newTarget) as Date;
    },
  });
}

function watch(owner: object, key: string, name: string, instead: string): void {
  const original = Reflect.get(owner, key) as (...args: unknown[]) => unknown;
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    check(name, instead);
    return Reflect.apply(original, this === undefined ? owner : this, args);
  };
  // Timers carry members of their own, such as the promisified form.
  Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original));
  Object.defineProperty(owner, key, { value: wrapped, configurable: true, writable: true });
}

function check(name: string, instead: string): void {
  const node = running.getStore();
  if (node === undefined) return;
  throw reached(node, `${name}${place()}; use ${instead}`);
}

/** Where in the caller's code it happened. */
function place(): string {
  const frames = (new Error("here").stack ?? "").split("\n").slice(1);
  const own = frames.find((frame) => !frame.includes(import.meta.filename) && !frame.includes("node:"));
  return own === undefined ? "" : ` at ${own.trim().replace(/^at /, "")}`;
}

function reached(node: string, what: string): BrainOpsError {
  return new BrainOpsError("nondeterministic", `The node '${node}' reached ${what}.`, { details: { node } });
}
