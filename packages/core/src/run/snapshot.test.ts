import { expect, test } from "vitest";
import { z } from "zod";
import {
  createBrain,
  END,
  graph,
  START,
  stateOf,
  type Graph,
  type Json,
  type NodeContext,
  type Question,
  type StoreOpener,
} from "../index.ts";
import { faultyStore, memoryStore, simulate } from "../testing/index.ts";

/** A loop of many rounds, with a fork in each. */
const rounds = 400;
const long = graph({
  name: "long",
  state: z.object({ n: z.number().default(0), left: z.number().default(0), right: z.number().default(0) }),
  maxSteps: 3 * rounds,
})
  .node("add", async ({ n }, ctx) => ({
    n: await ctx.effect({ name: "plus", class: "idempotent", input: n, run: () => n + 1 }),
  }))
  .node("left", ({ left }, ctx) => ({ left: left + ctx.visit + 1 }))
  .node("right", ({ right }) => ({ right: right + 1 }))
  .node("joined", () => ({}))
  .edge(START, "add")
  .branch("add", ({ n }) => (n % 100 === 0 ? ["left", "right"] : n < rounds ? "add" : END), [
    "left",
    "right",
    "add",
    END,
  ])
  .edge("left", "joined")
  .edge("right", "joined")
  .branch("joined", ({ n }) => (n < rounds ? "add" : END), ["add", END])
  .build();

/** Counts the journal entries that are read. */
function counting(inner: StoreOpener): StoreOpener & { readonly read: () => number } {
  let read = 0;
  return {
    name: "counting",
    read: () => read,
    async open() {
      const store = await inner.open();
      return {
        ...store,
        async read(stream, options) {
          const entries = await store.read(stream, options);
          read += entries.length;
          return entries;
        },
      };
    },
  };
}

test("a long run is resumed from its newest snapshot, and ends as one that was never interrupted", async () => {
  const disk = memoryStore();
  const store = faultyStore(disk, (_commit, index) => (index === 350 ? "crash-after" : "ok"));
  const dying = await createBrain({ store, graphs: [long] });
  await Promise.race([store.crashed, dying.run(long, {}, { id: "r" })]);

  const counted = counting(disk);
  const brain = await createBrain({ store: counted, graphs: [long] });
  const total = await brain.store.position("journal/r");
  const resumed = stateOf(await brain.resume("r"));
  expect(total).toBeGreaterThan(600);
  expect(counted.read()).toBeLessThan(200);
  expect(resumed).toEqual(stateOf(await brain.run(long, {})));
  // The snapshot goes with the run; the journal alone replays it.
  expect(await brain.store.documents("snapshot/")).toEqual([]);
  expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "completed" });
  await brain.close();
});

/** A loop of rounds in a graph that stands in a loop of another: rounds wait, fork and grow. */
function nested(wait: (ctx: NodeContext) => Promise<unknown>): Graph {
  const state = z.object({
    n: z.number().default(0),
    from: z.number().default(0),
    item: z.number().default(0),
    big: z.string().default(""),
  });
  const inner = graph({ name: "inner", state, maxSteps: 1000 })
    .node("work", async ({ n, from }, ctx) => {
      const run = (): string => `${from} ${n} `.repeat(700);
      return { n: n + 1, big: await ctx.effect({ name: "work", class: "idempotent", run }) };
    })
    .node("each", async ({ item }, ctx) => {
      await ctx.effect({ name: "each", class: "idempotent", input: item, run: () => {} });
      return {};
    })
    .node("wait", async (_, ctx) => ({ from: Number(await wait(ctx)) }))
    .edge(START, "work")
    .each("work", { over: ({ n }) => [n, n + 1], as: "item", to: "each" })
    .edge("each", "wait")
    .branch("wait", ({ n }) => (n < 6 ? "work" : END), ["work", END])
    .build();
  return graph({
    name: "outer",
    state: z.object({ rounds: z.number().default(0), sum: z.array(z.number()).default([]) }),
    reducers: { sum: (sum: number[], more: number[]) => [...sum, ...more] },
    maxSteps: 1000,
  })
    .node("begin", () => ({}))
    .graph("rounds", inner, {
      input: ({ rounds }) => ({ from: rounds }),
      output: ({ from, big }) => ({ sum: [from, big.length] }),
    })
    .node("next", ({ rounds }) => ({ rounds: rounds + 1 }))
    .edge(START, "begin")
    .edge("begin", "rounds")
    .edge("rounds", "next")
    .branch("next", ({ rounds }) => (rounds < 3 ? "begin" : END), ["begin", END])
    .build();
}

test("a loop in a graph on the trunk is resumed from where it stands, and so is the inbox", async () => {
  const counted = counting(memoryStore());
  const outer = nested((ctx) => ctx.signalled("go"));
  for (let signals = 0; ; signals++) {
    const brain = await createBrain({ store: counted, graphs: [outer] });
    if (signals > 0) await brain.signal("r", "go", signals);
    const before = counted.read();
    const result = signals === 0 ? await brain.run(outer, {}, { id: "r" }) : await brain.resume("r");
    // What came since the newest snapshot, and of the inbox what it has not used.
    expect(counted.read() - before).toBeLessThan(25);
    const total = await brain.store.position("journal/r");
    await brain.close();
    if (result.status === "waiting") continue;
    expect(total).toBeGreaterThan(150);
    expect([signals, stateOf(result)]).toEqual([18, { rounds: 3, sum: [6, 2800, 12, 3500, 18, 3500] }]);
    break;
  }
});

test("wherever a process dies beside a snapshot, the run ends alike", async () => {
  const answer = ({ data }: Question): Json => data?.["visit"] ?? null;
  const outer = nested((ctx) => ctx.ask({ text: "Go on?", data: { visit: ctx.visit } }));
  const { crashes } = await simulate(outer, { input: {}, seeds: 6, faults: 0.1, answer });
  expect(crashes).toBeGreaterThan(10);
});

test("code with another state goes on from the beginning of the journal, not from a snapshot of the older one", async () => {
  const build = (version: string, more: z.ZodRawShape): Graph =>
    graph({
      name: "g",
      state: z.object({ n: z.number().default(0), ...more }),
      version,
      continues: ["1"],
      maxSteps: Infinity,
    })
      .node("step", async ({ n }, ctx) => {
        if (n % 300 === 299) await ctx.signalled("go");
        return { n: n + 1 };
      })
      .edge(START, "step")
      .branch("step", ({ n }) => (n < 900 ? "step" : END), ["step", END])
      .build();
  const counted = counting(memoryStore());
  const went: number[] = [];
  const graphs = [build("1", {}), build("2", { added: z.number().default(5) })];
  for (const [index, used] of [graphs[0], graphs[1], graphs[1], graphs[1]].entries()) {
    const brain = await createBrain({ store: counted, graphs: [used as Graph] });
    if (index > 0) await brain.signal("r", "go");
    const before = counted.read();
    const result = index === 0 ? await brain.run(used as Graph, {}, { id: "r" }) : await brain.resume("r");
    went.push(counted.read() - before);
    if (index === 3) expect(stateOf(result)).toEqual({ n: 900, added: 5 });
    else expect(result.status).toBe("waiting");
    if (index === 3) expect(await brain.store.documents("snapshot/")).toEqual([]);
    await brain.close();
  }
  // The first time it needs all of it; then it has a snapshot of its own.
  expect(went[1]).toBeGreaterThan(300);
  expect(went[3]).toBeLessThan(250);
});
