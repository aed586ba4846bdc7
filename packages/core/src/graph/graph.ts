import type { z } from "zod";
import type { Json } from "../contracts/json.ts";
import type { Node, NodeContext } from "../contracts/node.ts";
import type { GraphInfo } from "../contracts/plugin.ts";
import { checkGraph, invalidGraph } from "./check.ts";
import { END, START, type GraphDefinition, type Reducer, type State, type Step, type Way } from "./definition.ts";
import { fingerprint } from "./fingerprint.ts";
import { passes } from "./joins.ts";
import { mermaid } from "./mermaid.ts";
import type { Fits, Reducers, Update } from "./types.ts";

/** A finished graph: frozen, checked, with a fingerprint. Run it with `brain.run(graph, input)`. */
export interface Graph<Input = unknown, S = unknown> extends GraphInfo {
  /** Earlier versions whose runs it goes on with. */
  readonly continues: readonly string[];
  /** For the runner. */
  readonly definition: GraphDefinition;
  /** Types only; never there at run time. */
  readonly types?: {
    /** Type of what a run is given. */
    readonly input: Input;
    /** Type of the state that a run ends with. */
    readonly state: S;
  };
}

/** What `graph()` is given. */
export interface GraphOptions<Schema extends z.ZodObject, U> {
  /** What it is run, registered and journaled by. Not empty. */
  readonly name: string;
  /** Raise it when running runs must not be continued with the new code. Default `1`. */
  readonly version?: string;
  /**
   * Earlier versions whose runs this one goes on with. A run whose journal says otherwise than the new code does is not
   * harmed: it stops as `diverged`; see `ctx.patched`. Default: none; a run of another version needs its own graph.
   */
  readonly continues?: readonly string[];
  /**
   * One zod object; plain JSON, no transforms, and parsing twice gives the same. What has a default need not be given as
   * input; a default is the same each time (what varies, a node takes from its context).
   */
  readonly state: Schema;
  /** How an update is put onto a key; without one it replaces the value. Needed where branches write the same key. */
  readonly reducers?: Reducers<z.output<Schema>, U>;
  /** The most nodes that one run may execute; required when the graph has a loop. Default 10,000. */
  readonly maxSteps?: number;
}

/** Builds a graph step by step: first nodes, then edges, then `build()`. */
export interface GraphBuilder<Input, S, U, Names extends string> {
  /** Adds a node under its own name. */
  node<const Name extends string, I, O>(
    node: Node<Name, I, O> & Fits<S, U, I, O>,
  ): GraphBuilder<Input, S, U, Names | Name>;
  /** Adds a node under another name, or a function that is given the whole state. */
  node<const Name extends string, I, O>(
    name: Name,
    node: Node<string, I, O> & Fits<S, U, I, O>,
  ): GraphBuilder<Input, S, U, Names | Name>;
  /** Adds a function as a node: it is given the whole state, and returns an update of it. */
  node<const Name extends string>(
    name: Name,
    run: (state: S, ctx: NodeContext) => Update<S, U> | Promise<Update<S, U>>,
  ): GraphBuilder<Input, S, U, Names | Name>;
  /** Adds a graph as one node, with its own state: `input` makes it, `output` turns its end into an update. */
  graph<const Name extends string, SubInput, SubState>(
    name: Name,
    graph: Graph<SubInput, SubState>,
    map: {
      /** Makes the inner graph's input out of the outer state. */
      readonly input: (state: S) => SubInput;
      /** Turns the state that the inner graph ends with into an update of the outer one. */
      readonly output: (end: SubState) => Update<S, U>;
    },
  ): GraphBuilder<Input, S, U, Names | Name>;
  /** What follows a node. Several targets run in parallel and join where their ways meet again. */
  edge(from: Names | typeof START, to: Names | typeof END | readonly Names[]): GraphBuilder<Input, S, U, Names>;
  /** What follows is chosen from the state, among the named targets. */
  branch<const Target extends Names | typeof END>(
    from: Names | typeof START,
    choose: (state: S) => NoInfer<Target> | readonly NoInfer<Target>[],
    targets: readonly Target[],
  ): GraphBuilder<Input, S, U, Names>;
  /**
   * One branch for each item of a list, through the one node `to` (a graph, when there is more to do); in it, the
   * state's key `as` holds the item. They join at what follows `to`.
   */
  each<const Key extends keyof S & string>(
    from: Names | typeof START,
    map: {
      /** The list. Empty: no branch, and what follows comes next. */
      readonly over: (state: S) => readonly NonNullable<S[Key]>[];
      /** Key of the state that holds the item in each branch. */
      readonly as: Key;
      /** Name of the node that runs once for each item. */
      readonly to: Names;
    },
  ): GraphBuilder<Input, S, U, Names>;
  /** Checks and freezes the graph. Throws `invalid_graph`. */
  build(): Graph<Input, S>;
}

/**
 * Starts a graph over a typed state.
 *
 * @example
 * ```ts
 * import { END, START, graph } from "@brainops/core";
 * import { z } from "zod";
 * const count = graph({ name: "count", state: z.object({ n: z.number().default(0) }), maxSteps: 10 })
 *   .node("add", ({ n }) => ({ n: n + 1 }))
 *   .edge(START, "add")
 *   .branch("add", ({ n }) => (n < 3 ? "add" : END), ["add", END])
 *   .build();
 * ```
 */
export function graph<Schema extends z.ZodObject, U = Record<never, never>>(
  options: GraphOptions<Schema, U>,
): GraphBuilder<z.input<Schema>, z.output<Schema>, U, never> {
  const { name } = options;
  if (typeof name !== "string" || name === "") throw invalidGraph("", "it has no name: graph({ name, state }).");
  if ((options.state as Partial<Schema> | undefined)?._zod?.def.type !== "object")
    throw invalidGraph(name, "its state must be z.object({ … }) of zod 4.");
  const steps = new Map<string, Step>();
  const ways = new Map<string, Way>();

  const addStep = (step: Step): void => {
    if (step.name === START || step.name === END || step.name === "")
      throw invalidGraph(name, `a node cannot be called '${step.name}'.`);
    if (/[/#]/.test(step.name))
      throw invalidGraph(name, `the name '${step.name}' must not contain '/' or '#': they separate paths.`);
    if (steps.has(step.name))
      throw invalidGraph(name, `there are two nodes called '${step.name}'. Give one another name: node("other", …).`);
    steps.set(step.name, Object.freeze(step));
  };
  const addWay = (from: string, way: Way): void => {
    const before = ways.get(from);
    if (before === undefined) ways.set(from, way);
    else if (before.kind === "to" && way.kind === "to")
      ways.set(from, { kind: "to", targets: [...before.targets, ...way.targets] });
    else throw invalidGraph(name, `'${from}' has two ways out. Use one branch(…) that chooses, or edge(…) to several.`);
  };

  const builder = {
    node(first: string | Node<string, never, unknown>, second?: Node<string, never, unknown> | NodeStep["run"]) {
      const alias = typeof first === "string" ? first : first.name;
      const given = typeof first === "string" ? second : first;
      if (typeof given === "function") addStep({ kind: "node", name: alias, version: "1", run: given });
      else if (given !== undefined) addStep({ ...pickNode(name, given), name: alias });
      return builder;
    },
    graph(alias: string, sub: Graph, map: { input: (state: never) => unknown; output: (state: never) => unknown }) {
      addStep({
        kind: "graph",
        name: alias,
        graph: sub.definition,
        input: map.input as (state: State) => unknown,
        output: map.output as (state: State) => unknown,
      });
      return builder;
    },
    edge(from: string, to: string | readonly string[]) {
      addWay(from, { kind: "to", targets: typeof to === "string" ? [to] : to });
      return builder;
    },
    branch(from: string, choose: (state: never) => string | readonly string[], targets: readonly string[]) {
      addWay(from, { kind: "branch", choose: choose as (state: State) => string | readonly string[], targets });
      return builder;
    },
    each(from: string, map: { over: (state: never) => readonly unknown[]; as: string; to: string }) {
      addWay(from, {
        kind: "each",
        over: map.over as (state: State) => readonly Json[],
        as: map.as,
        targets: [map.to],
      });
      return builder;
    },
    build: () => buildGraph(options, steps, ways),
  };
  return builder as never;
}

type NodeStep = Extract<Step, { kind: "node" }>;

function pickNode(graph: string, given: Node<string, never, unknown>): NodeStep {
  if (typeof given.run !== "function" || given.input === undefined || given.output === undefined)
    throw invalidGraph(graph, `the node '${given.name}' needs input and output, two schemas, and run. See node().`);
  return {
    kind: "node",
    name: given.name,
    version: given.version ?? "1",
    input: given.input,
    output: given.output,
    ...(given.retry === undefined ? {} : { retry: given.retry }),
    ...(given.timeoutMs === undefined ? {} : { timeoutMs: given.timeoutMs }),
    ...(given.concurrency === undefined ? {} : { concurrency: given.concurrency }),
    run: given.run.bind(given),
  };
}

function buildGraph(
  options: GraphOptions<z.ZodObject, unknown>,
  steps: ReadonlyMap<string, Step>,
  ways: ReadonlyMap<string, Way>,
): Graph {
  const { name, version = "1", state, maxSteps } = options;
  const reducers = (options.reducers ?? {}) as { [key: string]: Reducer };
  const found = passes(new Map([...ways].map(([from, way]) => [from, way.targets])));
  checkGraph({ name, state, reducers, steps, ways, bounded: maxSteps !== undefined }, found);
  const parts = {
    name,
    version,
    state,
    reducers,
    steps: new Map(steps),
    ways: new Map(ways),
    maxSteps: maxSteps ?? 10_000,
  };
  const definition: GraphDefinition = Object.freeze({ ...parts, passes: found, fingerprint: fingerprint(parts) });
  return Object.freeze({
    name,
    version,
    fingerprint: definition.fingerprint,
    continues: Object.freeze([...(options.continues ?? [])]),
    definition,
    mermaid: () => mermaid(definition),
  });
}
