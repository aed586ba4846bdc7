import { describe, expect, test } from "vitest";
import { END, graph, START, stateOf, type Graph, type NodeContext } from "../index.ts";
import { virtualClock } from "../testing/index.ts";
import { common, untilDone, withBrain, type Work } from "./fixture.ts";

/** A first node, which leaves its wait behind, and one after it. */
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
