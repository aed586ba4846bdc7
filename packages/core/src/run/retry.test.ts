import { expect, test } from "vitest";
import { z } from "zod";
import { BrainOpsError, END, graph, node, START, stateOf, type Graph, type NodeContext } from "../index.ts";
import { memoryStore, virtualClock } from "../testing/index.ts";
import { common, untilDone, withBrain } from "./fixture.ts";

/** A graph of one node that is tried again. */
function again(
  work: (ctx: NodeContext) => Promise<string[]>,
): Graph<z.input<typeof common.state>, z.output<typeof common.state>> {
  const tried = node({
    name: "work",
    input: z.object({}),
    output: z.object({ log: z.array(z.string()) }),
    retry: { attempts: 3, backoffMs: 0 },
    run: async (_, ctx) => ({ log: await work(ctx) }),
  });
  return graph({ name: "g", ...common })
    .node(tried)
    .edge(START, "work")
    .edge("work", END)
    .build();
}

const failing = (): never => {
  throw new Error("not yet");
};

test("another effect in the place of an earlier try's is done, under a key of its own", async () => {
  const keys: string[] = [];
  const g = again(async (ctx) => {
    const effect = (name: string, run: () => string): Promise<string> =>
      ctx.effect({ name, class: "idempotent", run: ({ key }) => (keys.push(key), run()) });
    const first = await effect("a", () => (ctx.attempt === 1 ? failing() : "a")).catch(() => "failed");
    // What comes second depends on how the first went.
    const second = first === "failed" ? await effect("b", () => "b") : await effect("c", () => "c");
    if (ctx.attempt === 1) failing();
    return [first, second];
  });
  await withBrain({ graphs: [g] }, async (brain) => {
    expect(stateOf(await brain.run(g, {}, { id: "r" })).log).toEqual(["a", "c"]);
    expect(keys).toEqual(["r/work#0/0/a", "r/work#0/1/b", "r/work#0/0/a", "r/work#0/1/c~2"]);
    expect((await brain.ledger("r")).map(({ key }) => key)).toEqual(keys);
    expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
  });
});

test("an effect that failed is in no doubt: it is done again without being undone, and nobody is asked", async () => {
  const done: string[] = [];
  const g = again(async (ctx) => {
    const log = [
      await ctx.effect({
        name: "book",
        class: "compensatable",
        run: () => (done.push("book"), ctx.attempt === 1 ? failing() : "booked"),
        undo: () => void done.push("undo"),
      }),
      await ctx.effect({
        name: "pay",
        class: "irreversible",
        run: () => (done.push("pay"), ctx.attempt === 2 ? failing() : "paid"),
      }),
    ];
    return log;
  });
  await withBrain({ graphs: [g] }, async (brain) => {
    expect(stateOf(await brain.run(g, {}, { id: "r" })).log).toEqual(["booked", "paid"]);
    expect(done).toEqual(["book", "book", "pay", "pay"]);
    expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
  });
});

test("the same question is not put twice, another one is", async () => {
  const g = again(async (ctx) => {
    const same = (await ctx.ask({ text: "Same?" })) as string;
    const other = (await ctx.ask({ text: `Try ${ctx.attempt}?` })) as string;
    if (ctx.attempt === 1) failing();
    return [same, other];
  });
  await withBrain({ graphs: [g] }, async (brain) => {
    const asked: string[] = [];
    let result = await brain.run(g, {}, { id: "r" });
    while (result.status === "waiting") {
      for (const { id, text } of result.questions) {
        asked.push(text);
        await brain.answer("r", id, `answer ${asked.length}`);
      }
      result = await brain.resume("r", g);
    }
    expect(asked).toEqual(["Same?", "Try 1?", "Try 2?"]);
    expect(stateOf(result).log).toEqual(["answer 1", "answer 3"]);
    expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
  });
});

test("what raced in the first try goes the same way in the second", async () => {
  const done: string[] = [];
  const g = again(async (ctx) => {
    const order: string[] = [];
    const take = async (name: string, turns: number): Promise<void> => {
      for (const part of ["first", "second"]) {
        await ctx.effect({
          name: `${name} ${part}`,
          class: "idempotent",
          async run() {
            done.push(`${name} ${part}`);
            for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
          },
        });
        order.push(`${name} ${part}`);
      }
    };
    await Promise.all([take("slow", 9), take("fast", 1)]);
    if (ctx.attempt === 1) failing();
    return order;
  });
  await withBrain({ graphs: [g] }, async (brain) => {
    const { log } = stateOf(await brain.run(g, {}, { id: "r" }));
    expect(log.toSorted()).toEqual(["fast first", "fast second", "slow first", "slow second"]);
    // Nothing finished is done twice.
    expect(done.length).toBe(4);
    expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
  });
});

test("waits between tries grow, up to half of each taken off by chance, and are the same for the same run", async () => {
  const waits = async (id: string): Promise<number[]> => {
    const clock = virtualClock();
    const times: number[] = [];
    const g = graph({ name: "g", ...common })
      .node(
        node({
          name: "work",
          input: z.object({}),
          output: z.object({}),
          retry: { attempts: 4, backoffMs: 1000 },
          run: () => {
            times.push(clock.now());
            throw new Error("no");
          },
        }),
      )
      .edge(START, "work")
      .edge("work", END)
      .build();
    await withBrain({ clock, graphs: [g] }, (brain) => untilDone(clock, brain.run(g, {}, { id })));
    // Whatever replays the journal runs the node again.
    return times.slice(1, 4).map((time, index) => time - (times[index] ?? 0));
  };
  const [one, again, two] = [await waits("one"), await waits("one"), await waits("two")];
  expect(one).toEqual(again);
  expect(one).not.toEqual(two);
  for (const [index, wait] of one.entries()) {
    expect(wait).toBeLessThanOrEqual(1000 * 2 ** index + 1);
    expect(wait).toBeGreaterThanOrEqual(500 * 2 ** index - 1);
  }
});

test("a process that takes over while a node waits for its next try waits for the rest only", async () => {
  const clock = virtualClock();
  const store = memoryStore();
  const times: number[] = [];
  const tried = node({
    name: "work",
    input: z.object({}),
    output: z.object({}),
    retry: { attempts: 2, backoffMs: 60_000, maxBackoffMs: 60_000 },
    run: (_, ctx) => (times.push(clock.now()), ctx.attempt === 1 ? failing() : {}),
  });
  const g = graph({ name: "g", ...common })
    .node(tried)
    .edge(START, "work")
    .edge("work", END)
    .build();
  const whole = withBrain({ clock, graphs: [g] }, (brain) => untilDone(clock, brain.run(g, {}, { id: "r" })));
  expect((await whole).status).toBe("completed");
  const [began = 0, again = 0] = times.splice(0);

  const start = clock.now();
  await withBrain({ clock, store, graphs: [g] }, async (brain) => {
    const running = brain.run(g, {}, { id: "r" });
    await clock.advance(20_000);
    await brain.close();
    expect((await running).status).toBe("stopped");
  });
  await withBrain({ clock, store, graphs: [g] }, async (brain) => {
    expect((await untilDone(clock, brain.resume("r", g))).status).toBe("completed");
    expect(times.slice(0, 2)).toEqual([start, start + again - began]);
  });
});

test.each(["denied", "budget_exceeded", "nondeterministic"] as const)("'%s' is not tried again", async (code) => {
  let tries = 0;
  const g = again(() => {
    tries++;
    throw new BrainOpsError(code, "No use.");
  });
  await withBrain({ graphs: [g] }, async (brain) => {
    expect(await brain.run(g, {})).toMatchObject({ status: "failed", error: { code } });
    expect(tries).toBe(1);
  });
});
