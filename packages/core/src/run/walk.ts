import { BrainOpsError } from "../contracts/error.ts";
import { END, START, joinOf, type GraphDefinition, type State, type Way } from "../graph/definition.ts";
import { executeNode } from "./execute-node.ts";
import { never, type RunContext } from "./run-context.ts";
import type { Cursor } from "./snapshot.ts";
import { applyUpdate, checkedUpdate, initialState, mergeUpdates, type Update } from "./state.ts";

/** Walks a graph to END, from START with an input or on from where a cursor stands, and gives the state it ends with. */
export async function walkGraph(
  run: RunContext,
  graph: GraphDefinition,
  path: string,
  from: { readonly input: unknown } | Cursor,
): Promise<State> {
  const base = { run, graph, path, kept: undefined };
  if ("input" in from) {
    const trunk = { ...base, count: { steps: 0 }, visits: new Map<string, number>() };
    return walk(trunk, START, END, initialState(graph, from.input));
  }
  const trunk = { ...base, count: { steps: from.steps }, visits: new Map(Object.entries(from.visits)) };
  return walk(trunk, from.next, END, Object.freeze({ ...from.state }));
}

/** One way through a graph: the trunk, or a branch of a fork. It sees only what was before it, and its own updates. */
interface Branch {
  readonly run: RunContext;
  readonly graph: GraphDefinition;
  readonly path: string;
  /** Nodes executed in this run of the graph, over all branches. */
  readonly count: { steps: number };
  readonly visits: Map<string, number>;
  /** The branch's updates in order, to be merged where it joins; absent on the trunk. */
  readonly kept: Update[] | undefined;
}

async function walk(branch: Branch, from: string, until: string, first: State): Promise<State> {
  let at = from;
  let state = first;
  for (;;) {
    let visit = 0;
    if (at !== START) {
      visit = branch.visits.get(at) ?? 0;
      branch.visits.set(at, visit + 1);
      const update = await step(branch, at, visit, state);
      state = applyUpdate(branch.graph, state, update, at);
      branch.kept?.push(update);
    }
    const way = branch.graph.ways.get(at) as Way;
    const targets = choose(branch.graph, way, at, state);
    if (targets === "each" || targets.length > 1) {
      state = await fork(branch, way, targets, at, visit, state);
      at = joinOf(branch.graph.joins, at, way);
    } else at = targets[0] ?? END;
    if (at === until || at === END) return state;
    if (branch.path === "" && branch.run.checkpoint !== undefined) {
      const cursor = { next: at, state, steps: branch.count.steps };
      branch.run.checkpoint(() => ({ ...cursor, visits: Object.fromEntries(branch.visits) }));
    }
  }
}

function choose(graph: GraphDefinition, way: Way, at: string, state: State): readonly string[] | "each" {
  if (way.kind === "each") return "each";
  if (way.kind === "to") return way.targets;
  const chosen = way.choose(state);
  const targets = typeof chosen === "string" ? [chosen] : chosen;
  for (const target of targets) {
    if (!way.targets.includes(target)) {
      throw new BrainOpsError(
        "invalid_graph",
        `The branch after '${at}' in graph '${graph.name}' chose '${target}', which is not among its targets (${way.targets.join(", ")}).`,
      );
    }
  }
  return targets;
}

async function step(branch: Branch, name: string, visit: number, state: State): Promise<Update> {
  const { run, graph, path, count } = branch;
  if (run.stopped) return never();
  if (++count.steps > graph.maxSteps) {
    throw new BrainOpsError(
      "loop_limit",
      `Graph '${graph.name}' has executed ${graph.maxSteps} nodes, which is its maxSteps. Raise it, or see why the loop does not end.`,
      {
        details: { graph: graph.name, maxSteps: graph.maxSteps },
      },
    );
  }
  const found = graph.steps.get(name);
  if (found === undefined) throw new BrainOpsError("invalid_graph", `Graph '${graph.name}' has no node '${name}'.`);
  if (found.kind === "node") return executeNode(run, found, { path, node: name, visit }, state);
  const end = await walkGraph(run, found.graph, `${path}/${name}#${visit}`, { input: found.input(state) });
  return checkedUpdate(found.output(end), undefined, name).update;
}

/** Runs branches beside each other and joins them: their updates are put together in scheduled order. */
async function fork(
  branch: Branch,
  way: Way,
  targets: readonly string[] | "each",
  at: string,
  visit: number,
  state: State,
): Promise<State> {
  const { run, graph } = branch;
  const items =
    way.kind === "each" && targets === "each"
      ? way.over(state).map((item) => ({ target: way.targets[0] as string, set: { [way.as]: item } }))
      : [];
  const starts = targets === "each" ? items : targets.map((target) => ({ target, set: {} }));
  if (starts.length === 0) return state;
  const join = joinOf(graph.joins, at, way);
  let open = starts.length;
  for (let extra = 1; extra < starts.length; extra++) run.active(1);
  const branches = await Promise.all(
    starts.map(async ({ target, set }, index) => {
      const kept: Update[] = [];
      const path = `${branch.path}/${at}#${visit}.${index}`;
      if (target !== join && target !== END) {
        await walk({ ...branch, path, visits: new Map(), kept }, target, join, Object.freeze({ ...state, ...set }));
      }
      // The last one to end hands its turn to the trunk.
      if (--open > 0) run.active(-1);
      return kept;
    }),
  );
  const merged = mergeUpdates(graph, state, branches, at, way.kind === "each" ? way.as : undefined);
  for (const updates of branches)
    branch.kept?.push(...updates.map((update) => without(update, way.kind === "each" ? way.as : undefined)));
  return merged;
}

function without(update: Update, key: string | undefined): Update {
  if (key === undefined || !(key in update)) return update;
  const { [key]: _item, ...rest } = update;
  return rest;
}
