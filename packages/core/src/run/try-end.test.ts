import { describe, expect, test } from "vitest";
import { BrainOpsError, END, graph, node, START, stateOf, type Graph, type NodeContext } from "../index.ts";
import { memoryStore, virtualClock } from "../testing/index.ts";
import { common, errorOf, single, types, untilDone, withBrain, type Work } from "./fixture.ts";

/** A first node, which leaves something behind, and one after it. */
const two = (first: Work, then: Work): Graph =>
  graph({ name: "g", ...common })
    .node("first", first)
    .node("then", then)
    .edge(START, "first")
    .edge("first", "then")
    .edge("then", END)
    .build();

describe("a wait that its node no longer waits for", () => {
  const g = two(
    async (_, ctx) => {
      const won = await Promise.race([ctx.signalled("go"), ctx.ask({ text: "Go?" }), ctx.sleep(1000)]);
      return { log: [String(won)] };
    },
    async (_, ctx) => ({ log: [String(await ctx.signalled("go"))] }),
  );

  test("takes no signal away from the one that does, and is not shown any more", async () => {
    const clock = virtualClock();
    await withBrain({ clock, graphs: [g] }, async (brain) => {
      const waiting = await untilDone(clock, brain.run(g, {}, { id: "r" }));
      expect(waiting).toMatchObject({ status: "waiting", questions: [], waits: [{ node: "then", signal: "go" }] });
      await brain.signal("r", "go", "mine");
      expect(stateOf(await brain.resume("r"))).toMatchObject({ log: ["undefined", "mine"] });
    });
  });

  test("takes none while the owner is at work", async () => {
    const clock = virtualClock();
    const stays = two(
      async (_, ctx) => ({ log: [String(await Promise.race([ctx.signalled("go"), ctx.sleep(1000)]))] }),
      async (_, ctx) => ({ log: [String(await ctx.signalled("go", { timeoutMs: 60_000 }))] }),
    );
    await withBrain({ clock, graphs: [stays] }, async (brain) => {
      const running = brain.run(stays, {}, { id: "r" });
      while (clock.sleeping < 1) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(1001);
      while (clock.sleeping < 1) await new Promise((resolve) => setImmediate(resolve));
      await brain.signal("r", "go", "mine");
      expect(stateOf(await untilDone(clock, running))).toMatchObject({ log: ["undefined", "mine"] });
    });
  });
});

describe("what comes between two tries of a node", () => {
  type Wait = (ctx: NodeContext) => Promise<unknown>;
  const flaky = (wait: Wait): Graph =>
    graph({ name: "g", ...common })
      .node("work", {
        name: "work",
        input: common.state,
        output: common.state.partial(),
        retry: { attempts: 2, backoffMs: 10_000 },
        async run(_, ctx) {
          const waiting = wait(ctx);
          if (ctx.attempt > 1) return { log: [String(await waiting)] };
          waiting.catch(() => {});
          await ctx.sleep(10);
          throw new Error("once");
        },
      })
      .edge(START, "work")
      .edge("work", END)
      .build();

  test.each([
    ["a signal", (ctx) => ctx.signalled("go")],
    ["an answer", (ctx) => ctx.ask({ text: "Go?" })],
  ] as [string, Wait][])("%s is taken by the next", async (_what, wait) => {
    const clock = virtualClock();
    const g = flaky(wait);
    await withBrain({ clock, graphs: [g] }, async (brain) => {
      const running = brain.run(g, {}, { id: "r" });
      const failed = async (): Promise<boolean> =>
        (await brain.journal("r").catch(() => [])).some(({ type }) => type === "node-failed");
      while (!(await failed())) await clock.advance(1);
      const asked = (await brain.journal("r")).find((entry) => entry.type === "waiting" && entry.for === "answer");
      if (asked?.type === "waiting") await brain.answer("r", asked.wait, "mine");
      else await brain.signal("r", "go", "mine");
      expect(stateOf(await untilDone(clock, running))).toMatchObject({ log: ["mine"] });
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
    });
  });
});

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

test.each([
  [
    "that made no call",
    (kept: NodeContext[]): Work =>
      (_, ctx) => (kept.push(ctx), {}),
  ],
  [
    "that made one",
    (kept: NodeContext[]): Work =>
      async (_, ctx) => {
        kept.push(ctx);
        ctx.now();
        return {};
      },
  ],
])("a node %s does nothing more with its context once it is over", async (_, first) => {
  const kept: NodeContext[] = [];
  const done: string[] = [];
  const g = two(first(kept), async (_given, ctx) => {
    await ctx.effect({
      name: "looks back",
      class: "idempotent",
      async run() {
        const late = kept[0] as NodeContext;
        void late.effect({ name: "late", class: "idempotent", run: () => void done.push("late") });
        void late.ask({ text: "Late?" });
        void late.sleep(0);
        late.note("late");
        expect(() => late.now()).toThrow(/has ended/);
        expect(() => late.patched("late")).toThrow(BrainOpsError);
        await new Promise((resolve) => setTimeout(resolve, 20));
      },
    });
    return { n: 1 };
  });
  await withBrain({ graphs: [g] }, async (brain) => {
    kept.length = 0;
    expect(stateOf(await brain.run(g, {}, { id: "r" }))).toMatchObject({ n: 1 });
    expect(done).toEqual([]);
    const journal = await brain.journal("r");
    expect(journal.filter((entry) => "node" in entry && entry.node === "first").at(-1)?.type).toBe("node-completed");
    expect(types(journal)).not.toContain("waiting");
  });
});

test("an error whose text was cut off within a character is journaled all the same", async () => {
  const half = "no more \u{1f642}".slice(0, -1);
  const fails = single(async (_, ctx) => {
    await ctx
      .effect({
        name: "e",
        class: "idempotent",
        run: () => Promise.reject(new BrainOpsError("network", half, { details: { half } })),
      })
      .catch(() => {});
    throw new Error(half);
  });
  await withBrain({ graphs: [fails] }, async (brain) => {
    expect(errorOf(await brain.run(fails, {}, { id: "r" }))).toMatchObject({ message: "Error: no more \ufffd" });
    expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "failed" });
  });
});
