import { z } from "zod";
import { BrainOpsError } from "../contracts/error.ts";
import { END, START, type GraphDefinition, type Way } from "./definition.ts";
import { whyNotIdempotent } from "./idempotent.ts";
import { joinOf, type Passes } from "./joins.ts";

/** The parts of a graph before it is checked. */
export type Draft = Pick<GraphDefinition, "name" | "state" | "reducers" | "steps" | "ways"> & {
  readonly bounded: boolean;
};

/** What a graph that does not hold together is refused with. */
export function invalidGraph(graph: string, problem: string): BrainOpsError {
  return new BrainOpsError("invalid_graph", `Graph '${graph}' cannot be built: ${problem}`);
}

/** Throws `invalid_graph` when a graph does not hold together. */
export function checkGraph(draft: Draft, found: Passes): void {
  checkStateSchema(draft);
  checkWays(draft);
  checkReach(draft);
  checkLoops(draft);
  checkWrites(draft, found);
}

function checkStateSchema({ name, state, reducers }: Draft): void {
  const why = whyNotIdempotent(state);
  if (why !== undefined)
    throw invalidGraph(
      name,
      `its state must be plain JSON without transforms, and parsing it twice must change nothing (${why}).`,
    );
  for (const key of Object.keys(reducers)) {
    if (!(key in state.shape))
      throw invalidGraph(name, `there is a reducer for '${key}', but the state has no such key.`);
  }
}

function checkWays({ name, state, steps, ways }: Draft): void {
  for (const [from, way] of ways) {
    if (from !== START && !steps.has(from))
      throw invalidGraph(name, `an edge leaves '${from}', but there is no such node.`);
    if (way.targets.length === 0) throw invalidGraph(name, `the edge from '${from}' leads nowhere.`);
    for (const target of way.targets) {
      if (target !== END && !steps.has(target))
        throw invalidGraph(name, `an edge leads from '${from}' to '${target}', but there is no such node.`);
    }
    if (way.kind === "each" && !(way.as in state.shape)) {
      throw invalidGraph(name, `'${from}' hands out items as '${way.as}', but the state has no such key.`);
    }
  }
  if (!ways.has(START)) throw invalidGraph(name, "nothing follows START. Add edge(START, …).");
  for (const node of steps.keys()) {
    if (!ways.has(node))
      throw invalidGraph(name, `there is no way out of '${node}'. Add edge('${node}', …) or edge('${node}', END).`);
  }
}

function checkReach({ name, steps, ways }: Draft): void {
  const reached = reachable(ways, START);
  for (const node of steps.keys()) {
    if (!reached.has(node)) throw invalidGraph(name, `'${node}' can never be reached from START.`);
    if (!reachable(ways, node).has(END)) throw invalidGraph(name, `from '${node}' the END can never be reached.`);
  }
}

function checkLoops({ name, steps, ways, bounded }: Draft): void {
  if (bounded) return;
  for (const node of steps.keys()) {
    if (reachable(ways, node).has(node)) {
      throw invalidGraph(
        name,
        `it can go round for ever through '${node}'. Give maxSteps, the most nodes that one run may execute.`,
      );
    }
  }
}

/** Two branches that write one key need a reducer to say what comes of it. */
function checkWrites({ name, steps, ways, reducers }: Draft, found: Passes): void {
  for (const [from, way] of ways) {
    if (way.kind === "branch" || (way.kind === "to" && way.targets.length < 2)) continue;
    const writers = new Map<string, string>();
    const branches = way.kind === "each" ? [...way.targets, ...way.targets] : way.targets;
    for (const target of branches) {
      for (const key of writtenKeys(steps, reachable(ways, target, joinOf(found, way, way.targets)), target)) {
        const other = writers.get(key);
        if (other !== undefined && !(key in reducers)) {
          throw invalidGraph(
            name,
            `the branches '${other}' and '${target}' after '${from}' both write '${key}', which has no reducer. Add reducers: { ${key}: … }.`,
          );
        }
      }
      for (const key of writtenKeys(steps, reachable(ways, target, joinOf(found, way, way.targets)), target))
        writers.set(key, target);
    }
  }
}

function writtenKeys(steps: Draft["steps"], branch: ReadonlySet<string>, target: string): Set<string> {
  const keys = new Set<string>();
  for (const node of [target, ...branch]) {
    const step = steps.get(node);
    if (step?.kind === "node" && step.output instanceof z.ZodObject) {
      for (const key of Object.keys(step.output.shape)) keys.add(key);
    }
  }
  return keys;
}

/** Names that can be reached from a name (which itself counts only when a way leads back), not going past `until`. */
function reachable(ways: ReadonlyMap<string, Way>, from: string, until?: string): Set<string> {
  const found = new Set<string>();
  const open = [from];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const target of ways.get(node)?.targets ?? []) {
      if (target === until || found.has(target)) continue;
      found.add(target);
      open.push(target);
    }
  }
  return found;
}
