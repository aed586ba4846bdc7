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
  readonly kind: "node";
  readonly name: string;
  readonly version: string;
  /** Parses the node's input out of the state; absent for inline nodes, which get the whole state. */
  readonly input?: z.ZodType;
  readonly output?: z.ZodType;
  readonly retry?: RetryPolicy;
  readonly timeoutMs?: number;
  readonly concurrency?: number;
  /** The node's own function. */
  readonly run: (input: never, ctx: NodeContext) => unknown;
}

/** A graph that stands in another as one node. */
export interface GraphStep {
  readonly kind: "graph";
  readonly name: string;
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
  | { readonly kind: "to"; readonly targets: readonly string[] }
  | {
      readonly kind: "branch";
      /** Names the targets to go to. */
      readonly choose: (state: State) => string | readonly string[];
      readonly targets: readonly string[];
    }
  | {
      readonly kind: "each";
      /** The list; its items go side by side. */
      readonly over: (state: State) => readonly Json[];
      readonly as: string;
      readonly targets: readonly string[];
    };

/** A graph as the runner sees it: checked and frozen. */
export interface GraphDefinition {
  readonly name: string;
  readonly version: string;
  readonly fingerprint: string;
  readonly state: z.ZodObject;
  readonly reducers: { readonly [key: string]: Reducer };
  readonly steps: ReadonlyMap<string, Step>;
  readonly ways: ReadonlyMap<string, Way>;
  /** For each node, what every way from it passes: see `joinOf`. */
  readonly passes: ReadonlyMap<string, readonly string[]>;
  /** How many nodes one run may execute at most. */
  readonly maxSteps: number;
}
