import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import { END, START, type GraphDefinition, type State, type Way } from "../graph/definition.ts";
import { joinOf } from "../graph/joins.ts";
import { executeNode } from "./execute-node.ts";
import { toErrorValue } from "./errors.ts";
import { never } from "./never.ts";
import type { RunContext } from "./run-context.ts";
import type { Cursor } from "./snapshot.ts";
import { applyUpdate, checkedUpdate, initialState, mergeUpdates, type Update } from "./state.ts";

/** Walks a graph to END, from START with an input or on from where a cursor stands, and gives the state it ends with. */
export async function walkGraph(
  run: RunContext,
  graph: GraphDefinition,
  path: string,
  from: { readonly input: unknown } | Cursor,
  whole: Branch["whole"],
): Promise<State> {
  const base = { run, graph, path, kept: undefined, whole };
  if ("input" in from) {
    const trunk = { ...base, count: { steps: 0 }, visits: new Map<string, number>() };
    return walk(trunk, START, END, initialState(graph, from.input));
  }
  const trunk = { ...base, count: { steps: from.steps }, visits: new Map(Object.entries(from.visits)) };
  return walk(trunk, from.next, END, Object.freeze({ ...from.state }), from.inner);
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
  /**
   * Makes the place of the whole run of a place on this way: of the trunk, and of the trunk of a graph that stands on it.
   * Absent on a branch, which is not alone.
   */
  readonly whole: ((here: Cursor) => Cursor) | undefined;
}

/** `standing`: where the graph stands that is the first step. */
async function walk(branch: Branch, from: string, until: string, first: State, standing?: Cursor): Promise<State> {
  let at = from;
  let state = first;
  let inner = standing;
  for (;;) {
    let visit = 0;
    if (at !== START) {
      visit = branch.visits.get(at) ?? 0;
      branch.visits.set(at, visit + 1);
      const stepped = step(branch, at, visit, state, inner);
      inner = undefined;
      const update = stepped instanceof Promise ? await stepped : stepped;
      state = applyUpdate(branch.graph, state, update, at);
      branch.kept?.push(update);
    }
    const parting = partOr(branch, at, visit, state);
    if (parting === undefined) return never();
    if (parting.starts.length > 1 || parting.item !== undefined) state = await fork(branch, parting, at, visit, state);
    at = parting.join;
    if (at === until || at === END) return isWhole(branch) ? state : never();
    const { whole, run, visits, count } = branch;
    // Not while it goes where the journal has been already: its end is not here yet.
    if (whole !== undefined && run.checkpoint !== undefined && run.history.passed()) {
      const cursor = { next: at, state, steps: count.steps };
      run.checkpoint(() => whole({ ...cursor, visits: Object.fromEntries(visits) }));
    }
  }
}

/** Where it goes on, if that can be told; code that fails where the journal goes on is to be mended, and harms no run. */
function partOr({ run, graph, path }: Branch, at: string, visit: number, state: State): Parting | undefined {
  try {
    return part(graph, at, state);
  } catch (error) {
    const skipped = run.history.unvisited(path);
    if (skipped === undefined) throw error;
    const { message } = toErrorValue(error, "node_failed");
    const what = `The way on from '${at}' fails where the journal goes on to '${skipped.node}'`;
    const { position } = skipped;
    const divergence = { path, node: at, visit, position, what, expected: skipped.node, found: message };
    run.stop({ kind: "diverged", divergence });
    return undefined;
  }
}

/** Whether everything was passed that the journal has of a way, at its end. */
function isWhole({ run, path: way }: Pick<Branch, "run" | "path">): boolean {
  const skipped = run.history.unvisited(way);
  if (skipped === undefined) return true;
  const { path, node, visit, position } = skipped;
  const what = `The journal has '${node}' where the code never comes`;
  run.stop({ kind: "diverged", divergence: { path, node, visit, position, what } });
  return false;
}

/** How a walk goes on from a node. */
interface Parting {
  /** Where each branch begins, and the item that it has; one alone is no branch. */
  readonly starts: readonly { readonly target: string; readonly item?: Json }[];
  /** Where they join, or simply the next node. */
  readonly join: string;
  /** The key of the state that holds the item. */
  readonly item?: string;
}

function part(graph: GraphDefinition, at: string, state: State): Parting {
  const way = graph.ways.get(at) as Way;
  const targets = way.kind === "branch" ? chosen(graph, way, at, state) : way.targets;
  if (way.kind === "each") {
    const [target = END] = targets;
    const starts = way.over(state).map((item) => ({ target, item }));
    return { starts, join: joinOf(graph.passes, way, targets), item: way.as };
  }
  const [target = END, ...others] = targets;
  if (others.length === 0) return onlyTo(way, target);
  return { starts: targets.map((one) => ({ target: one })), join: joinOf(graph.passes, way, targets) };
}

/** Ways on to one node, by that node: the same each time, and most ways are such. */
const single = new WeakMap<Way, Map<string, Parting>>();

function onlyTo(way: Way, target: string): Parting {
  let known = single.get(way);
  if (known === undefined) single.set(way, (known = new Map<string, Parting>()));
  let parting = known.get(target);
  // Branches that are one join where that one begins.
  if (parting === undefined) known.set(target, (parting = { starts: [{ target }], join: target }));
  return parting;
}

function chosen(
  graph: GraphDefinition,
  way: Extract<Way, { kind: "branch" }>,
  at: string,
  state: State,
): readonly string[] {
  const choice = way.choose(state);
  const targets = typeof choice === "string" ? [choice] : [...new Set(choice)];
  const stray = targets.find((target) => !way.targets.includes(target));
  if (stray === undefined && targets.length > 0) return targets;
  throw new BrainOpsError(
    "invalid_graph",
    `The branch after '${at}' in graph '${graph.name}' chose ${stray === undefined ? "nothing" : `'${stray}'`}, which is not among its targets (${way.targets.join(", ")}).`,
  );
}

/** Executes what stands at one place of a graph. A node that waits for nothing is over at once. */
function step(
  branch: Branch,
  name: string,
  visit: number,
  state: State,
  standing: Cursor | undefined,
): Update | Promise<Update> {
  const { run, graph, path, count, visits, whole } = branch;
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
  const { steps } = count;
  // Before this step: whoever goes on from there comes to it first.
  const around = (inner: Cursor): Cursor => ({
    next: name,
    state,
    steps: steps - 1,
    visits: { ...Object.fromEntries(visits), [name]: visit },
    inner,
  });
  return walkGraph(
    run,
    found.graph,
    `${path}/${name}#${visit}`,
    standing ?? { input: found.input(state) },
    whole && ((inner) => whole(around(inner))),
  ).then((end) => checkedUpdate(found.output(end), undefined, name).update);
}

/** Runs branches beside each other; where they join, their updates are put together in scheduled order. */
async function fork(branch: Branch, parting: Parting, at: string, visit: number, state: State): Promise<State> {
  const { run, graph } = branch;
  const { starts, join, item: key } = parting;
  let open = starts.length;
  for (let extra = 1; extra < open; extra++) run.active(1);
  const branches = await Promise.all(
    starts.map(async ({ target, item }, index) => {
      const kept: Update[] = [];
      const path = `${branch.path}/${at}#${visit}.${index}`;
      const own = key === undefined ? state : Object.freeze({ ...state, [key]: item });
      if (target !== join)
        await walk({ ...branch, path, visits: new Map(), kept, whole: undefined }, target, join, own);
      // The last one to end hands its turn to the trunk.
      if (--open > 0) run.active(-1);
      return kept.map((update) => without(update, key));
    }),
  );
  if (!isWhole({ run, path: `${branch.path}/${at}#${visit}` })) return never();
  for (const updates of branches) branch.kept?.push(...updates);
  return mergeUpdates(graph, state, branches, at);
}

function without(update: Update, key: string | undefined): Update {
  if (key === undefined || !(key in update)) return update;
  const { [key]: _item, ...rest } = update;
  return rest;
}
