import { expect, test } from "vitest";
import { z } from "zod";
import { createBrain, END, graph, START, stateOf, type StoreOpener } from "../index.ts";
import { faultyStore, memoryStore } from "../testing/index.ts";

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
