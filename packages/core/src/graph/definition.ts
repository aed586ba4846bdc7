import type { z } from "zod";
import type { Json } from "../contracts/json.ts";
import type { NodeContext, RetryPolicy } from "../contracts/node.ts";

/** Where a run of a graph begins. */
export const START = "START";
/** Where a run of a graph ends. */
export const END = "END";

/** State of a run, as the runner sees it. */
export type State = Readonly<Record<string, Json | undefined>>;

/** Puts an update of a key onto its current value. */
export type Reducer = (current: Json, update: Json) => Json;

/** A node as it stands in a graph. */
export interface NodeStep {
  /** It is a node. */
  readonly kind: "node";
  /** What it is called in this graph. */
  readonly name: string;
  /** As the node declares it; `1` unless it says another. */
  readonly version: string;
  /** Parses the node's input out of the state; absent for inline nodes, which get the whole state. */
  readonly input?: z.ZodType;
  /** Parses what it returns; absent for inline nodes, whose update the state's schema alone checks. */
  readonly output?: z.ZodType;
  /** When it is tried again. Absent: never. */
  readonly retry?: RetryPolicy;
  /** Milliseconds for one try. Absent: as long as it takes. */
  readonly timeoutMs?: number;
  /** How many executions of it may be under way at once in a run. Absent: as many as there are branches. */
  readonly concurrency?: number;
  /** The node's own function. */
  readonly run: (input: never, ctx: NodeContext) => unknown;
}

/** A graph that stands in another as one node. */
export interface GraphStep {
  /** It is a graph of its own. */
  readonly kind: "graph";
  /** What it is called in the outer graph. */
  readonly name: string;
  /** The inner graph. */
  readonly graph: GraphDefinition;
  /** Makes the inner graph's input out of the outer state. */
  readonly input: (state: State) => unknown;
  /** Turns the inner graph's last state into an update of the outer one. */
  readonly output: (state: State) => unknown;
}

/** What stands at a name. */
export type Step = NodeStep | GraphStep;

/** The one way out of a node. */
export type Way =
  | {
      /** Always to the same: `edge(…)`. */
      readonly kind: "to";
      /** Names of what follows, or `END`; several run side by side. */
      readonly targets: readonly string[];
    }
  | {
      /** To what is chosen from the state: `branch(…)`. */
      readonly kind: "branch";
      /** Names the targets to go to. */
      readonly choose: (state: State) => string | readonly string[];
      /** The names that may be chosen from. */
      readonly targets: readonly string[];
    }
  | {
      /** To one node for each item of a list: `each(…)`. */
      readonly kind: "each";
      /** The list; its items go side by side. */
      readonly over: (state: State) => readonly Json[];
      /** The key of the state that holds the item in a branch. */
      readonly as: string;
      /** The name of the one node. */
      readonly targets: readonly string[];
    };

/** A graph as the runner sees it: checked and frozen. */
export interface GraphDefinition {
  /** Name of the graph. */
  readonly name: string;
  /** Version of its code. */
  readonly version: string;
  /** Hash over structure, schemas and declared node versions. */
  readonly fingerprint: string;
  /** Schema of the state. */
  readonly state: z.ZodObject;
  /** How updates are put onto a key, by key; a key without one is replaced. */
  readonly reducers: { readonly [key: string]: Reducer };
  /** What stands in it, by name. */
  readonly steps: ReadonlyMap<string, Step>;
  /** The one way out of each node, by the node's name; of `START` too. */
  readonly ways: ReadonlyMap<string, Way>;
  /** For each node, what every way from it passes: see `joinOf`. */
  readonly passes: ReadonlyMap<string, readonly string[]>;
  /** How many nodes one run may execute at most. */
  readonly maxSteps: number;
}
