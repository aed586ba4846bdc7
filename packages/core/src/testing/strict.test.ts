import { describe, expect, test } from "vitest";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { createBrain, END, graph, START, stateOf, type NodeContext } from "../index.ts";
import { memoryStore, strictly } from "./index.ts";

const of = (run: (ctx: NodeContext) => unknown) =>
  graph({ name: "g", state: z.object({ n: z.number().default(0) }) })
    .node("look", async (_, ctx) => ({ n: Number(await run(ctx)) || 1 }))
    .edge(START, "look")
    .edge("look", END)
    .build();

describe("a strict node", () => {
  test.each<[string, (ctx: NodeContext) => unknown, string]>([
    ["the clock", () => Date.now(), "Date.now"],
    ["the date", () => new Date().getTime(), "new Date()"],
    ["chance", () => Math.random(), "Math.random"],
    ["an id", () => crypto.randomUUID(), "crypto.randomUUID"],
    ["the network", () => fetch("http://127.0.0.1:1"), "fetch"],
    ["a timer", () => new Promise((resolve) => setTimeout(resolve, 1)), "setTimeout"],
  ])("that asks %s by itself is named, with its line", async (_name, run, culprit) => {
    const brain = await createBrain({ store: memoryStore() });
    const result = await brain.run(strictly(of(run)), {});
    const message = result.status === "failed" ? `${result.error.code} ${result.error.message}` : result.status;
    expect(message).toContain(`nondeterministic The node 'look' reached ${culprit}`);
    expect(message).toMatch(/strict\.test\.ts:\d+/);
    await brain.close();
  });

  test("that waits for something else than its own calls is found", async () => {
    const brain = await createBrain({ store: memoryStore() });
    const result = await brain.run(strictly(of(() => readFile(import.meta.filename))), {});
    expect(result).toMatchObject({ status: "failed", error: { code: "nondeterministic" } });
    await brain.close();
  });

  test("may do all that inside of an effect, and all that the context offers", async () => {
    const good = of(async (ctx) => {
      const both = await Promise.all([
        ctx.effect({ name: "time", class: "pure", run: () => Date.now() + Math.random() }),
        ctx.effect({
          name: "wait",
          class: "idempotent",
          run: async () => {
            await new Promise((resolve) => setTimeout(resolve, 5));
          },
        }),
      ]);
      await ctx.sleep(1);
      await ctx.recall("nothing");
      ctx.remember({ kind: "experience", text: ctx.id() });
      return ctx.random() < 1 && ctx.now() > new Date(0).getTime() ? both.length : 0;
    });
    const brain = await createBrain({ store: memoryStore() });
    const result = await brain.run(strictly(good), {}, { id: "r" });
    expect(stateOf(result).n).toBe(2);
    // It is the same graph: its journal replays with and without.
    expect(await brain.replay({ run: "r" }, good)).toMatchObject({ equal: true });
    expect(await brain.replay({ run: "r" }, strictly(good))).toMatchObject({ equal: true });
    await brain.close();
  });
});
