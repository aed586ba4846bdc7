import { z } from "zod";
import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import type { GraphDefinition, State } from "../graph/definition.ts";
import { encode } from "../journal/canonical.ts";

/** An update of a state: new values, or what the reducers of their keys take. */
export type Update = Readonly<Record<string, Json | undefined>>;

/** Parses what a run is started with into its first state. Throws `invalid_input`. */
export function initialState(graph: GraphDefinition, input: unknown): State {
  const parsed = graph.state.safeParse(input);
  if (!parsed.success) {
    throw new BrainOpsError(
      "invalid_input",
      `The input does not fit graph '${graph.name}': ${z.prettifyError(parsed.error)}`,
      { details: { graph: graph.name } },
    );
  }
  return deepFreeze(encode(parsed.data, `The state of graph '${graph.name}'`).json) as State;
}

/** Puts an update onto a state, key by key, and gives the new state. Throws `invalid_state`. */
export function applyUpdate(graph: GraphDefinition, state: State, update: Update, node: string): State {
  const next: Record<string, Json | undefined> = { ...state };
  for (const key of Object.keys(update)) {
    const schema = graph.state.shape[key] as z.ZodType | undefined;
    if (schema === undefined) {
      throw invalid(
        `'${node}' returned the key '${key}', which the state of graph '${graph.name}' does not have. Add it to the state, or do not return it.`,
        node,
      );
    }
    const value = update[key];
    const reduce = graph.reducers[key];
    const reduced = reduce === undefined || value === undefined ? value : reduce(state[key] ?? null, value);
    const parsed = schema.safeParse(reduced);
    if (!parsed.success)
      throw invalid(
        `'${node}' returned something for '${key}' that does not fit the state: ${z.prettifyError(parsed.error)}`,
        node,
      );
    next[key] = parsed.data === undefined ? undefined : deepFreeze(parsed.data as Json);
  }
  return Object.freeze(next);
}

/** Checks what a node returned, and makes it plain and unchangeable. Throws `invalid_state`. */
export function checkedUpdate(
  returned: unknown,
  output: z.ZodType | undefined,
  node: string,
): { readonly update: Update; readonly text: string } {
  const parsed = output?.safeParse(returned ?? {});
  if (parsed?.success === false)
    throw invalid(`'${node}' returned something that does not fit its output: ${z.prettifyError(parsed.error)}`, node);
  const value = parsed === undefined ? (returned ?? {}) : parsed.data;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(
      `'${node}' must return an object with keys of the state, but returned ${Array.isArray(value) ? "an array" : typeof value}.`,
      node,
    );
  }
  const { json, text } = encode(value, `What '${node}' returned`);
  return { update: deepFreeze(json) as Update, text };
}

/** Puts the updates of branches together, each in its own order; two that write one key need a reducer. */
export function mergeUpdates(
  graph: GraphDefinition,
  state: State,
  branches: readonly (readonly Update[])[],
  fork: string,
): State {
  const writers = new Map<string, number>();
  let merged = state;
  for (const [index, updates] of branches.entries()) {
    for (const update of updates) {
      for (const key of Object.keys(update)) {
        const other = writers.get(key);
        if (other !== undefined && other !== index && graph.reducers[key] === undefined) {
          throw new BrainOpsError(
            "branch_conflict",
            `Two branches after '${fork}' wrote '${key}', which has no reducer in graph '${graph.name}'. Add reducers: { ${key}: … }, or let one branch write it.`,
            {
              details: { key, fork },
            },
          );
        }
        writers.set(key, index);
      }
      merged = applyUpdate(graph, merged, update, fork);
    }
  }
  return merged;
}

function invalid(message: string, node: string): BrainOpsError {
  return new BrainOpsError("invalid_state", message, { details: { node } });
}

function deepFreeze(value: Json): Json {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    const members: readonly (Json | undefined)[] = Array.isArray(value) ? value : Object.values(value);
    // Most members are no objects: of a long list of texts each would be a call.
    for (const member of members) if (typeof member === "object" && member !== null) deepFreeze(member);
  }
  return value;
}
