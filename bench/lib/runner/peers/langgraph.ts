import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import {
  appended,
  dieHere,
  diesAt,
  rewritten,
  type Contender,
  type RunnerScenario,
  type Synchronous,
} from "../scenarios.ts";
import { load } from "./load.ts";

type State = { readonly n: number; readonly sum: number; readonly text: string; readonly log: readonly string[] };
type Update = { readonly [key in keyof State]?: unknown };

interface Compiled {
  invoke(input: object | null, options: object): Promise<unknown>;
}
interface Builder {
  addNode(name: string, work: (state: State) => Update | Promise<Update>): Builder;
  addEdge(from: string, to: string): Builder;
  addConditionalEdges(from: string, choose: (state: State) => string): Builder;
  compile(options: { readonly checkpointer: unknown }): Compiled;
}
interface Spec {
  readonly reducer: (old: never, update: never) => unknown;
  readonly default: () => unknown;
}
interface LangGraph {
  readonly START: string;
  readonly END: string;
  readonly StateGraph: new (state: object) => Builder;
  readonly Annotation: ((spec: Spec) => object) & { Root(spec: object): object };
}
interface Savers {
  readonly SqliteSaver: new (db: object) => object;
}

/** What SqliteSaver takes of better-sqlite3, on Node's own SQLite, so that nothing need be compiled. */
function handle(file: string, synchronous: Synchronous): { readonly db: object; close(): void } {
  const raw = new DatabaseSync(file);
  raw.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous}`);
  const plain = (values: unknown[]): SQLInputValue[] => values.map((value) => (value ?? null) as SQLInputValue);
  const db = {
    exec: (sql: string) => raw.exec(sql),
    pragma: (sql: string) => raw.exec(`pragma ${sql}`),
    prepare(sql: string) {
      const statement = raw.prepare(sql);
      return {
        run: (...values: unknown[]) => statement.run(...plain(values)),
        get: (...values: unknown[]) => statement.get(...plain(values)),
        all: (...values: unknown[]) => statement.all(...plain(values)),
      };
    },
    transaction:
      <Given extends unknown[]>(work: (...given: Given) => unknown) =>
      (...given: Given) => {
        raw.exec("begin");
        const done = work(...given);
        raw.exec("commit");
        return done;
      },
  };
  return { db, close: () => raw.close() };
}

async function makeState(graph: LangGraph): Promise<Builder> {
  const last = (first: unknown): object =>
    graph.Annotation({ reducer: (_old, update) => update, default: () => first });
  const state = graph.Annotation.Root({
    n: last(0),
    text: last(""),
    sum: graph.Annotation({ reducer: (sum: number, more: number) => sum + more, default: () => 0 }),
    log: graph.Annotation({ reducer: (log: string[], line: string) => [...log, line], default: () => [] }),
  });
  return Promise.resolve(new graph.StateGraph(state));
}

/** `before` is called with the number of each step of a rewriting loop. */
async function compile(
  { shape, size }: Pick<RunnerScenario, "shape" | "size">,
  checkpointer: object,
  before: (step: number) => Promise<void> | void = () => {},
): Promise<Compiled> {
  const graph = await load<LangGraph>("@langchain/langgraph");
  const { START, END } = graph;
  const builder = await makeState(graph);
  if (shape === "chain") {
    for (let step = 0; step < size; step++) builder.addNode(`s${step}`, ({ n }) => ({ n: n + 1 }));
    for (let step = 0; step < size; step++) builder.addEdge(step === 0 ? START : `s${step - 1}`, `s${step}`);
    builder.addEdge(`s${size - 1}`, END);
  } else if (shape === "fan-out") {
    builder.addNode("open", () => ({})).addNode("joined", () => ({}));
    builder.addEdge(START, "open").addEdge("joined", END);
    for (let branch = 0; branch < size; branch++)
      builder
        .addNode(`b${branch}`, () => ({ sum: 1 }))
        .addEdge("open", `b${branch}`)
        .addEdge(`b${branch}`, "joined");
  } else {
    builder.addNode("step", async ({ n }) => {
      await before(n + 1);
      return { n: n + 1, ...(shape === "rewriting loop" ? { text: rewritten(n) } : { log: appended(n) }) };
    });
    builder.addEdge(START, "step").addConditionalEdges("step", ({ n }) => (n < size ? "step" : END));
  }
  return builder.compile({ checkpointer });
}

const options = (thread: string): object => ({
  configurable: { thread_id: thread },
  durability: "sync",
  recursionLimit: 20_000,
});

/** LangGraph.js with its SqliteSaver, every step durable before the next. */
export async function open(folder: string, synchronous: Synchronous): Promise<Contender> {
  const { SqliteSaver } = await load<Savers>("@langchain/langgraph-checkpoint-sqlite");
  const { db, close } = handle(join(folder, "langgraph.db"), synchronous);
  const checkpointer = new SqliteSaver(db);
  const graphs = new Map<string, Promise<Compiled>>();
  let threads = 0;
  return {
    async run(scenario) {
      let graph = graphs.get(scenario.name);
      if (graph === undefined) graphs.set(scenario.name, (graph = compile(scenario, checkpointer)));
      await (await graph).invoke({ n: 0 }, options(`thread ${threads++}`));
    },
    close: () => Promise.resolve(close()),
  };
}

async function loop(folder: string, before: (step: number) => Promise<void> | void): Promise<Compiled> {
  const { SqliteSaver } = await load<Savers>("@langchain/langgraph-checkpoint-sqlite");
  const { db } = handle(join(folder, "langgraph.db"), "full");
  return compile({ shape: "rewriting loop", size: 1000 }, new SqliteSaver(db), before);
}

/** Dies at step 901 of a loop. */
export async function die(folder: string): Promise<void> {
  const graph = await loop(folder, (step) => (step === diesAt ? dieHere() : undefined));
  await graph.invoke({ n: 0 }, options("resumed"));
}

/** Goes on from where it died. */
export async function resume(folder: string, goesOn: () => void): Promise<void> {
  const graph = await loop(folder, goesOn);
  await graph.invoke(null, options("resumed"));
}
