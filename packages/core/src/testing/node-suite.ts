import assert from "node:assert/strict";
import { z } from "zod";
import type { Brain, BrainOptions } from "../brain/brain.ts";
import { createBrain } from "../brain/create-brain.ts";
import { stateOf } from "../brain/run-result.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Node } from "../contracts/node.ts";
import type { StoreOpener } from "../contracts/store.ts";
import { END, START } from "../graph/definition.ts";
import { graph, type Graph } from "../graph/graph.ts";
import { canonical } from "../journal/canonical.ts";
import { faultyStore } from "./faulty-store.ts";
import { memoryStore } from "./memory-store.ts";
import { strictly } from "./strict.ts";

/** The part of a test runner that a suite needs. `vitest` and `node:test` both have it. */
export interface NodeSuiteRunner {
  /** Adds a test. */
  test: (name: string, run: () => Promise<void>) => unknown;
  /** Groups tests. Without it they are added one by one. */
  describe?: (name: string, run: () => void) => unknown;
}

/** A node in a world of its own. */
export interface NodeUnderTest<Input> {
  /** The node, made anew for each test. */
  readonly node: Node<string, Input, unknown>;
  /** What it is run with. */
  readonly input: Input;
  /** What it needs of a Brain: models, and plugins with its actions. */
  readonly brain?: Pick<BrainOptions, "model" | "models" | "plugins">;
  /** Called when a test is done with it. */
  close?(): Promise<void> | void;
}

/** What the suite is told about a node. */
export interface NodeSuiteSetup<Input> {
  /** Makes the node and a fresh world for it: each test changes it. */
  create(): Promise<NodeUnderTest<Input>> | NodeUnderTest<Input>;
  /** At how many moments its process is to die. Default 6. */
  readonly crashes?: number;
}

const runId = "node-suite";

interface Alone {
  readonly input: Json;
  readonly output: Json;
}

/**
 * The conformance suite of the {@link Node} contract: what a node does goes through its context (see {@link strictly}), so
 * that it replays offline from its journal alone, and goes on after its process has died without doing what was finished again.
 *
 * @example
 * ```ts
 * import { node } from "@brainops/core";
 * import { nodeSuite } from "@brainops/core/testing";
 * import { describe, test } from "node:test";
 * import { z } from "zod";
 * const double = node({
 *   name: "double",
 *   input: z.object({ n: z.number() }),
 *   output: z.object({ n: z.number() }),
 *   run: ({ n }) => ({ n: n * 2 }),
 * });
 * nodeSuite({ describe, test }, { create: () => ({ node: double, input: { n: 2 } }) });
 * ```
 */
export function nodeSuite<Input>(runner: NodeSuiteRunner, setup: NodeSuiteSetup<Input>): void {
  const test = (name: string, run: (made: NodeUnderTest<Input>) => Promise<void>): void => {
    runner.test(name, async () => {
      const made = await setup.create();
      try {
        await run(made);
      } finally {
        await made.close?.();
      }
    });
  };

  const cases = (): void => {
    test("says what it is, and takes its own input", async ({ node, input }) => {
      assert.match(node.name, /^[^/#]+$/, "its name can stand in a path");
      const once = node.input.parse(input);
      assert.equal(
        json(node.input.parse(once)),
        json(once),
        "its input schema gives the same when it is applied again",
      );
    });

    test("gives an output that fits, is plain JSON, and stays the same when parsed again", async (made) => {
      await alone(made, memoryStore(), async (brain, graph) => {
        const { output } = stateOf(await brain.run(graph, { input: asJson(made.input) }, { id: runId }));
        const once = made.node.output.parse(output);
        assert.equal(json(made.node.output.parse(once)), json(once));
      });
    });

    test("reaches what varies through its context only", async (made) => {
      await alone(made, memoryStore(), async (brain, graph) => {
        stateOf(await brain.run(strictly(graph), { input: asJson(made.input) }, { id: runId }));
      });
    });

    test("replays offline from its journal, without models, plugins or the world", async (made) => {
      const journal = await alone(made, memoryStore(), async (brain, graph) => {
        stateOf(await brain.run(graph, { input: asJson(made.input) }, { id: runId }));
        return brain.export(runId);
      });
      await alone({ node: made.node, input: made.input }, memoryStore(), async (brain, graph) => {
        const replayed = await brain.replay({ journal }, graph);
        assert.ok(replayed.equal, `it diverges: ${JSON.stringify(replayed.divergence)}`);
      });
    });

    runner.test("goes on wherever its process dies, and does nothing finished again", async () => {
      const total = await commitsOf(setup);
      const moments = Math.min(setup.crashes ?? 6, total);
      for (let i = 0; i < moments; i++) await crashAt(setup, Math.floor((i * total) / moments));
    });
  };
  if (runner.describe === undefined) cases();
  else runner.describe("the node contract", cases);
}

async function commitsOf<Input>(setup: NodeSuiteSetup<Input>): Promise<number> {
  const made = await setup.create();
  let commits = 0;
  const counting = faultyStore(memoryStore(), () => {
    commits += 1;
    return "ok";
  });
  try {
    await alone(made, counting, async (brain, graph) => {
      stateOf(await brain.run(graph, { input: asJson(made.input) }, { id: runId }));
    });
    return commits;
  } finally {
    await made.close?.();
  }
}

async function crashAt<Input>(setup: NodeSuiteSetup<Input>, index: number): Promise<void> {
  const made = await setup.create();
  try {
    const disk = memoryStore();
    const dying = faultyStore(disk, (_commit, at) => (at === index ? "crash-after" : "ok"));
    const doomed = await createBrain({ ...made.brain, store: dying });
    const run = doomed.run(aloneGraph(made.node), { input: asJson(made.input) }, { id: runId });
    run.catch(() => {});
    await Promise.race([dying.crashed, run]);
    await alone(made, disk, async (brain, graph) => {
      const before = await brain.journal(runId);
      const { output } = stateOf(await brain.resume(runId, graph));
      made.node.output.parse(output);
      const after = await brain.journal(runId);
      const where = `after the death at commit ${index}`;
      assert.deepEqual(after.slice(0, before.length), before, `${where}, what was journaled stays`);
      assert.deepEqual(repeated(after), [], `${where}, no finished effect is done again`);
      assert.ok((await brain.replay({ run: runId })).equal, `${where}, it still replays`);
    });
  } finally {
    await made.close?.();
  }
}

/** Calls whose outcome stands in a journal more than once. */
function repeated(entries: readonly Entry[]): string[] {
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const entry of entries) {
    if (entry.type !== "effect-completed") continue;
    const call = `${entry.path}/${entry.node}/${entry.visit}/${entry.call} ${entry.name}`;
    if (seen.has(call)) twice.push(call);
    seen.add(call);
  }
  return twice;
}

async function alone<Input, Result>(
  made: Pick<NodeUnderTest<Input>, "node" | "brain" | "input">,
  store: StoreOpener,
  use: (brain: Brain, graph: Graph<{ input: Json }, Alone>) => Promise<Result>,
): Promise<Result> {
  const graph = aloneGraph(made.node);
  const brain = await createBrain({ ...made.brain, store, graphs: [graph] });
  try {
    return await use(brain, graph);
  } finally {
    await brain.close();
  }
}

/** A graph with that node alone. */
function aloneGraph<Input>(node: Node<string, Input, unknown>): Graph<{ input: Json }, Alone> {
  const value = z.json() as z.ZodType<Json, Json>;
  return graph({ name: "node-suite", state: z.object({ input: value, output: value.default(null) }) })
    .node(node.name, async ({ input }, ctx) => ({
      output: asJson(node.output.parse(await node.run(node.input.parse(input), ctx))),
    }))
    .edge(START, node.name)
    .edge(node.name, END)
    .build();
}

/** The value as JSON has it: keys whose value is `undefined` are absent. */
function asJson(value: unknown): Json {
  const text = JSON.stringify(value);
  assert.notEqual(text, undefined, "it is plain JSON");
  return JSON.parse(text) as Json;
}

function json(value: unknown): string {
  return canonical(asJson(value));
}
