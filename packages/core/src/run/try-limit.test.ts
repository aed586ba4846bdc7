import { describe, expect, test } from "vitest";
import { END, graph, node, START, stateOf, type Graph, type NodeContext } from "../index.ts";
import { memoryStore, virtualClock } from "../testing/index.ts";
import { common, types, untilDone, withBrain } from "./fixture.ts";

/** A graph of one node, whose tries may take 50 ms each, and of which the second says so. */
const limited = (first: (ctx: NodeContext) => Promise<unknown>): Graph =>
  graph({ name: "g", ...common })
    .node(
      "work",
      node({
        name: "work",
        input: common.state,
        output: common.state.partial(),
        timeoutMs: 50,
        retry: { attempts: 2, backoffMs: 0 },
        run: async (_, ctx) => ({ log: [ctx.attempt === 1 ? String(await first(ctx)) : "again"] }),
      }),
    )
    .edge(START, "work")
    .edge("work", END)
    .build();

describe("a try whose time is over", () => {
  test.each([
    ["comes to an end by itself", (said: string) => said],
    [
      "fails in a way of its own",
      (said: string) => {
        throw new Error(said);
      },
    ],
  ])("replays equal, also where what the journal has of it would do, and the node then %s", async (_, ends) => {
    const clock = virtualClock();
    const deaf = limited(async (ctx) =>
      ends(
        await ctx.effect({
          name: "deaf",
          class: "idempotent",
          // It ends within the time that a try which was cut off is given, so its outcome is in the journal.
          async run() {
            await clock.sleep(500);
            return "done";
          },
        }),
      ),
    );
    await withBrain({ clock, graphs: [deaf] }, async (brain) => {
      expect(stateOf(await untilDone(clock, brain.run(deaf, {}, { id: "r" })))).toMatchObject({ log: ["again"] });
      const journal = await brain.journal("r");
      expect(types(journal)).toEqual([
        "run-started",
        "effect-completed",
        "node-failed",
        "node-completed",
        "run-completed",
      ]);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "completed" });
    });
  });

  test.each([
    ["an answer", (ctx: NodeContext) => ctx.ask({ text: "Well?" })],
    ["a signal", (ctx: NodeContext) => ctx.signalled("go", { timeoutMs: 1000 })],
    ["a later time", (ctx: NodeContext) => ctx.sleep(1000)],
  ])("fails while it waits for %s, whoever has the run then", async (_, wait) => {
    const clock = virtualClock();
    const store = memoryStore();
    const waits = limited(wait);
    const until = clock.now() + 50;
    await withBrain({ clock, store, graphs: [waits] }, async (brain) => {
      const resting = await brain.run(waits, {}, { id: "r", patienceMs: 0 });
      // It says until when it rests, so that a worker goes on with it then.
      expect(resting).toMatchObject({ status: "waiting", waits: [{ until }] });
      expect(await brain.store.wake("run/r")).toMatchObject({ at: until });
    });
    await clock.advance(49);
    await withBrain({ clock, store, graphs: [waits] }, async (brain) => {
      expect(await brain.resume("r", waits, { patienceMs: 0 })).toMatchObject({ status: "waiting" });
      await clock.advance(1);
      expect(stateOf(await brain.resume("r", waits, { patienceMs: 0 }))).toMatchObject({ log: ["again"] });
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "completed" });
    });
  });
});

test("an effect that goes on for longer than a try is waited for is not finished, and so is done again", async () => {
  const clock = virtualClock();
  const done: number[] = [];
  const twice = graph({ name: "g", ...common })
    .node("slow", {
      name: "slow",
      input: common.state,
      output: common.state.partial(),
      timeoutMs: 50,
      retry: { attempts: 2, backoffMs: 4500 },
      async run(_, ctx) {
        await ctx.effect({
          name: "deaf",
          class: "idempotent",
          async run() {
            await clock.sleep(ctx.attempt === 1 ? 2000 : 0);
            done.push(ctx.attempt);
          },
        });
        return {};
      },
    })
    .edge(START, "slow")
    .edge("slow", END)
    .build();
  await withBrain({ clock, graphs: [twice] }, async (brain) => {
    expect(await untilDone(clock, brain.run(twice, {}, { id: "r" }))).toMatchObject({ status: "completed" });
    expect(done).toEqual([1, 2]);
    expect(await brain.ledger("r")).toMatchObject([{ name: "deaf", attempt: 2 }]);
    expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "completed" });
  });
});

test("a try that is taken up, and whose time is over before it was handed what the journal has, is tried again", async () => {
  const clock = virtualClock();
  let slow = false;
  const g = limited(async (ctx) => {
    await ctx.effect({ name: "one", class: "idempotent", run: () => {} });
    if (slow) await clock.sleep(1000);
    await ctx.effect({ name: "two", class: "idempotent", run: () => {} });
    return ctx.signalled("go");
  });
  await withBrain({ clock, graphs: [g] }, async (brain) => {
    expect(await brain.run(g, {}, { id: "r", patienceMs: 0 })).toMatchObject({ status: "waiting" });
    slow = true;
    expect(stateOf(await untilDone(clock, brain.resume("r", g)))).toMatchObject({ log: ["again"] });
    slow = false;
    expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
  });
});
