import type { BrainOpsError } from "../contracts/error.ts";
import type { NodeContext } from "../contracts/node.ts";
import type { GraphDefinition, NodeStep, Step, Way } from "../graph/definition.ts";
import type { Graph } from "../graph/graph.ts";
import { inside, outside, reached, watch, type Watched } from "./watch.ts";

/**
 * Makes a graph whose code may not reach outside of the ledger: a node that asks the clock, chance, a file, a process, the
 * network or a timer by itself, or waits for anything but its own calls, fails with `nondeterministic`, which names what
 * and where. So do edges, reducers and what leads in and out of subgraphs. An error that the code catches counts, too.
 *
 * For tests: while a node runs, the culprits of the whole process are wrapped, which changes nothing for other code. What
 * was taken out of its object before (`const { now } = Date`) is seen only if it is waited for.
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
  return Object.freeze({ ...graph, definition: strictDefinition(graph.definition) });
}

function strictDefinition(definition: GraphDefinition): GraphDefinition {
  const steps = [...definition.steps].map(([name, step]): [string, Step] => [name, strictStep(step)]);
  const ways = [...definition.ways].map(([from, way]): [string, Way] => [from, strictWay(from, way)]);
  const reducers = Object.entries(definition.reducers).map(([key, reduce]) => [
    key,
    strictFunction(`The reducer of '${key}'`, reduce),
  ]);
  return Object.freeze({
    ...definition,
    steps: new Map(steps),
    ways: new Map(ways),
    reducers: Object.fromEntries(reducers) as GraphDefinition["reducers"],
  });
}

function strictStep(step: Step): Step {
  if (step.kind === "node") return { ...step, run: strictRun(step) };
  const who = `What leads to '${step.name}'`;
  return {
    ...step,
    graph: strictDefinition(step.graph),
    input: strictFunction(who, step.input),
    output: strictFunction(who, step.output),
  };
}

function strictWay(from: string, way: Way): Way {
  const who = `The edge from '${from}'`;
  if (way.kind === "branch") return { ...way, choose: strictFunction(who, way.choose) };
  return way.kind === "each" ? { ...way, over: strictFunction(who, way.over) } : way;
}

/** What is not waited for. */
function strictFunction<Args extends unknown[], T>(who: string, work: (...args: Args) => T): (...args: Args) => T {
  return (...args) => {
    const watched: Watched = { who };
    const unwatch = watch();
    try {
      const result = inside(watched, () => work(...args));
      if (watched.reached !== undefined) throw watched.reached;
      return result;
    } catch (error) {
      throw watched.reached ?? error;
    } finally {
      unwatch();
    }
  };
}

function strictRun(step: NodeStep): NodeStep["run"] {
  return async (input, ctx) => {
    const calls = makeCalls(`The node '${step.name}'`);
    const unwatch = watch();
    try {
      const work = inside(calls, async () => step.run(input, strictContext(ctx, calls)));
      const result = await outside(() => Promise.race([work, calls.stuck]));
      if (calls.reached !== undefined) throw calls.reached;
      return result;
    } catch (error) {
      throw calls.reached ?? error;
    } finally {
      calls.finished = true;
      unwatch();
    }
  };
}

interface Calls extends Watched {
  /** Calls of its own that it may be waiting for. */
  pending: number;
  finished: boolean;
  /** Rejects when it has reached outside, or waits for something there. */
  readonly stuck: Promise<never>;
  /** Looks in the next turn whether it is. Nothing is asked for while a call is under way: that may take days. */
  look(): void;
}

/** A node that is quiet, unfinished and without a call of its own waits for something outside of the ledger. */
function makeCalls(who: string): Calls {
  const { promise: stuck, reject } = Promise.withResolvers<never>();
  stuck.catch(() => {});
  let first: BrainOpsError | undefined;
  const calls: Calls = {
    who,
    pending: 0,
    finished: false,
    stuck,
    look() {
      outside(() =>
        setImmediate(() => {
          if (calls.finished) return;
          if (first !== undefined) reject(first);
          else if (calls.pending === 0)
            reject(reached(calls, "something outside of the ledger: it waits, and not for a call of its own"));
        }),
      );
    },
    get reached(): BrainOpsError | undefined {
      return first;
    },
    set reached(error: BrainOpsError) {
      first = error;
      calls.look();
    },
  };
  calls.look();
  return calls;
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
          const settle = (): void => {
            if (--calls.pending === 0) calls.look();
          };
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
