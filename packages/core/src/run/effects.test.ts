import { describe, expect, test } from "vitest";
import { z } from "zod";
import { END, graph, node, replay, START, stateOf, type Graph } from "../index.ts";
import { virtualClock } from "../testing/index.ts";
import { common, errorOf, single, types, untilDone, withBrain } from "./fixture.ts";

describe("effects", () => {
  test("of one node are delivered one by one, and so again in replay", async () => {
    const clock = virtualClock();
    const g = single(async (_, ctx) => {
      const order: string[] = [];
      const take = async (name: string, ms: number): Promise<void> => {
        await ctx.effect({ name, class: "idempotent", run: () => clock.sleep(ms) });
        order.push(name);
        await ctx.effect({ name: `${name} again`, class: "pure", run: () => {} });
        order.push(`${name}2`);
      };
      await Promise.all([take("a", 30), take("b", 20), take("c", 10)]);
      return { log: order };
    });
    await withBrain({ clock, graphs: [g] }, async (brain) => {
      const running = brain.run(g, {}, { id: "r" });
      expect(stateOf(await untilDone(clock, running)).log).toEqual(["c", "c2", "b", "b2", "a", "a2"]);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
    });
  });

  test("time, chance and ids are the same in replay", async () => {
    const g = single((_, ctx) => ({ log: [`${ctx.now()}`, `${ctx.random()}`, ctx.id(), ctx.id()] }));
    await withBrain({ graphs: [g] }, async (brain) => {
      const { log } = stateOf(await brain.run(g, {}, { id: "r" }));
      expect(new Set(log).size).toBe(4);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, state: { log } });
    });
  });

  test("that fail are errors in the node, with their code, live and in replay", async () => {
    const g = single(async (_, ctx) => {
      const caught = await ctx
        .effect({ name: "bad", class: "idempotent", run: () => Promise.reject(new TypeError("no")) })
        .catch((error: unknown) => error);
      return { log: [`${(caught as { code: string }).code}: ${(caught as Error).message}`] };
    });
    await withBrain({ graphs: [g] }, async (brain) => {
      expect(stateOf(await brain.run(g, {}, { id: "r" })).log).toEqual(["effect_failed: TypeError: no"]);
      expect((await brain.replay({ run: "r" })).equal).toBe(true);
    });
  });

  test("that a node does not wait for are cut off with it, and do not disturb the replay", async () => {
    const cut: boolean[] = [];
    const g = single(async (_, ctx) => {
      const slow = ctx.effect({
        name: "slow",
        class: "idempotent",
        run: ({ signal }) =>
          new Promise<void>((resolve) => signal.addEventListener("abort", () => (cut.push(true), resolve()))),
      });
      const fast = ctx.effect({ name: "fast", class: "idempotent", run: () => "fast" });
      return { log: [(await Promise.race([slow, fast])) as string] };
    });
    await withBrain({ graphs: [g] }, async (brain) => {
      expect(stateOf(await brain.run(g, {}, { id: "r" })).log).toEqual(["fast"]);
      expect(cut).toEqual([true]);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
    });
  });

  test("must be plain JSON, and may be undone only when they can be", async () => {
    await withBrain({}, async (brain) => {
      expect(
        errorOf(
          await brain.run(
            single(async (_, ctx) => ({
              n: await ctx.effect({ name: "bad", class: "pure", run: () => new Date() as never }),
            })),
            {},
          ),
        ),
      ).toMatchObject({ code: "invalid_input" });
      expect(
        errorOf(
          await brain.run(
            single(async (_, ctx) => ({ n: await ctx.effect({ name: "bad", class: "compensatable", run: () => 1 }) })),
            {},
          ),
        ),
      ).toMatchObject({ code: "invalid_input" });
    });
  });
});

describe("a failing node", () => {
  const flaky = (calls: string[], failures: number) =>
    node({
      name: "work",
      input: z.object({}),
      output: z.object({ n: z.number() }),
      retry: { attempts: 3, backoffMs: 10 },
      async run(_, ctx) {
        const a = await ctx.effect({ name: "a", class: "idempotent", run: () => calls.push("a") });
        ctx.remember({ kind: "experience", text: "half done" });
        if (ctx.attempt <= failures) throw new Error(`try ${ctx.attempt}`);
        return { n: a };
      },
    });
  const build = (calls: string[], failures: number) =>
    graph({ name: "g", ...common })
      .node(flaky(calls, failures))
      .edge(START, "work")
      .edge("work", END)
      .build();

  test("is tried again, with its finished effects from the journal", async () => {
    const calls: string[] = [];
    const g = build(calls, 2);
    const clock = virtualClock();
    await withBrain({ clock, graphs: [g] }, async (brain) => {
      const running = brain.run(g, {}, { id: "r" });
      expect(stateOf(await untilDone(clock, running)).n).toBe(1);
      expect(calls).toEqual(["a"]);
      const waited = clock.now() - Date.UTC(2026, 0, 1);
      // 10 and 20, of each up to half taken off by chance.
      expect(waited).toBeGreaterThanOrEqual(15);
      expect(waited).toBeLessThanOrEqual(30);
      expect(await brain.recall("half")).toHaveLength(1);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
    });
  });

  test("that has no tries left ends the run, and drops what it remembered", async () => {
    const g = single((_, ctx) => {
      ctx.remember({ kind: "experience", text: "half done" });
      ctx.note("about to fail");
      throw new RangeError("out of range");
    });
    await withBrain({ graphs: [g] }, async (brain) => {
      const result = await brain.run(g, {}, { id: "r" });
      expect(errorOf(result)).toMatchObject({ code: "node_failed", message: "RangeError: out of range" });
      expect(() => stateOf(result)).toThrow("out of range");
      expect(types(await brain.journal("r"))).toEqual(["run-started", "noted", "node-failed", "run-failed"]);
      expect(await brain.recall("half")).toEqual([]);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "failed" });
      expect(errorOf(await brain.resume("r"))).toMatchObject({ code: "node_failed" });
    });
  });

  test("that takes too long fails with timeout, and its effects are cut off", async () => {
    const clock = virtualClock();
    let cut = false;
    const slow = node({
      name: "work",
      input: z.object({}),
      output: z.object({}),
      timeoutMs: 50,
      async run(_, ctx) {
        await ctx.effect({
          name: "sleep",
          class: "idempotent",
          run: ({ signal }) =>
            clock.sleep(1000, signal).catch((error: unknown) => ((cut = true), Promise.reject(error as Error))),
        });
        return {};
      },
    });
    const g = graph({ name: "g", ...common })
      .node(slow)
      .edge(START, "work")
      .edge("work", END)
      .build();
    await withBrain({ clock, graphs: [g] }, async (brain) => {
      const running = brain.run(g, {}, { id: "r" });
      while (clock.sleeping < 2) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(50);
      expect(errorOf(await untilDone(clock, running))).toMatchObject({ code: "timeout" });
      expect(cut).toBe(true);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "failed" });
    });
  });

  test("cuts off the branches beside it", async () => {
    let cut = false;
    const g = graph({ name: "g", ...common })
      .node("bad", async (_, ctx) => {
        await ctx.effect({ name: "tick", class: "pure", run: () => {} });
        throw new Error("bad");
      })
      .node("long", async (_, ctx) => {
        await ctx.effect({
          name: "long",
          class: "idempotent",
          run: ({ signal }) =>
            new Promise<void>((resolve) => signal.addEventListener("abort", () => ((cut = true), resolve()))),
        });
        return {};
      })
      .edge(START, ["bad", "long"])
      .edge("bad", END)
      .edge("long", END)
      .build();
    await withBrain({}, async (brain) => {
      expect(errorOf(await brain.run(g, {}))).toMatchObject({ message: "Error: bad" });
      expect(cut).toBe(true);
    });
  });
});

test("a node tried again replays, with what it takes from the first try and what it does in the second", async () => {
  const again = node({
    name: "work",
    input: z.object({}),
    output: z.object({ log: z.array(z.string()) }),
    retry: { attempts: 2, backoffMs: 0 },
    async run(_, ctx) {
      const log: string[] = [await ctx.effect({ name: "first", class: "idempotent", run: () => "first" })];
      if (ctx.attempt === 1) throw new Error("once");
      const take = async (name: string): Promise<void> => {
        log.push(await ctx.effect({ name, class: "idempotent", run: () => name }));
      };
      await Promise.all([take("second"), take("third")]);
      return { log };
    },
  });
  const g = graph({ name: "g", ...common })
    .node(again)
    .edge(START, "work")
    .edge("work", END)
    .build();
  await withBrain({ graphs: [g] }, async (brain) => {
    expect(stateOf(await brain.run(g, {}, { id: "r" })).log).toEqual(["first", "second", "third"]);
    expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
  });
});

test("memory never fails a node: a link to a record that is gone is left out", async () => {
  const g = single((_, ctx) => {
    const kept = ctx.remember({ kind: "learning", text: "kept" });
    const also = ctx.remember({ kind: "insight", text: "kept too", links: [{ to: kept, type: "derived-from" }] });
    ctx.link({ from: also, to: "gone", type: "about" });
    return { log: [also] };
  });
  await withBrain({}, async (brain) => {
    const [id = ""] = stateOf(await brain.run(g, {})).log;
    expect(await brain.store.links(id)).toMatchObject([{ type: "derived-from" }]);
  });
});

test("an outcome does not repeat the hash of its intent, and another input is found all the same", async () => {
  const pays = (amount: number): Graph =>
    single(async (_, ctx) => ({
      log: [await ctx.effect({ name: "pay", class: "irreversible", input: { amount }, run: () => "paid" })],
    }));
  const journal = await withBrain({ graphs: [pays(1)] }, async (brain) => {
    await brain.run(pays(1), {}, { id: "r" });
    return brain.journal("r");
  });
  const [intended, completed] = journal.filter(({ type }) => type.startsWith("effect-"));
  expect(intended).toHaveProperty("inputHash");
  expect(completed).not.toHaveProperty("inputHash");
  expect(await replay(pays(1), journal)).toMatchObject({ equal: true });
  expect(await replay(pays(2), journal)).toMatchObject({
    equal: false,
    divergence: { position: completed?.position, expected: { amount: 1 }, found: { amount: 2 } },
  });
});
