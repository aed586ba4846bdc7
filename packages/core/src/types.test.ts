import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { createBrain, END, graph, node, START, stateOf } from "./index.ts";
import { memoryStore } from "./testing/index.ts";

// Compile-time tests: what counts is that tsc accepts this file, and refuses what is marked as an error.
const state = z.object({
  n: z.number(),
  log: z.array(z.string()).default([]),
  item: z.string().optional(),
  items: z.array(z.string()).default([]),
});
const reducers = { log: (log: string[], line: string) => [...log, line] };
const start = () => graph({ name: "types", state, reducers });
const nodeOf = <O>(output: z.ZodType<O>, value: O) =>
  node({ name: "x", input: z.object({ n: z.number() }), output, run: () => value });

test("types follow from the schemas", async () => {
  const g = start()
    .node("inline", ({ n, log }, ctx) => {
      expectTypeOf(n).toEqualTypeOf<number>();
      expectTypeOf(log).toEqualTypeOf<string[]>();
      expectTypeOf(ctx.attempt).toEqualTypeOf<number>();
      return { n: n + 1, log: "one line" };
    })
    .node(
      node({
        name: "typed",
        input: z.object({ n: z.number() }),
        output: z.object({ log: z.string() }),
        run: ({ n }) => ({ log: n.toFixed(1) }),
      }),
    )
    .edge(START, "inline")
    .branch("inline", ({ n }) => (n > 2 ? "typed" : END), ["typed", END])
    .edge("typed", END)
    .build();
  const brain = await createBrain({ store: memoryStore() });
  const result = await brain.run(g, { n: 2 });
  expectTypeOf(stateOf(result).log).toEqualTypeOf<string[]>();
  expectTypeOf(stateOf(result).item).toEqualTypeOf<string | undefined>();
  await brain.close();
});

/** Never called: the compiler alone reads it. */
async function refused(): Promise<void> {
  start().node(nodeOf(z.object({ n: z.number() }), { n: 1 }));
  // @ts-expect-error the state has a number there
  start().node(nodeOf(z.object({ n: z.string() }), { n: "1" }));
  // @ts-expect-error the state has no such key
  start().node(nodeOf(z.object({ m: z.number() }), { m: 1 }));
  // @ts-expect-error the reducer takes one line, not several
  start().node(nodeOf(z.object({ log: z.array(z.string()) }), { log: ["a"] }));
  const needs = node({ name: "y", input: z.object({ lost: z.string() }), output: z.object({}), run: () => ({}) });
  // @ts-expect-error the state does not have what the node takes
  start().node(needs);
  // @ts-expect-error an inline node returns a wrong type
  start().node("wrong", () => ({ n: "1" }));
  const a = start().node("a", () => ({}));
  // @ts-expect-error there is no node of that name
  a.edge(START, "b");
  // @ts-expect-error the choice is not among the targets
  a.branch(START, () => "a", [END]);
  // @ts-expect-error the items are not what the key holds
  a.each(START, { over: () => [1], as: "item", to: "a" });
  const b = start().node("a", () => ({}));
  b.each(START, { over: ({ items }) => items, as: "item", to: "a" });
  const g = b.edge("a", END).build();
  const brain = await createBrain({ store: memoryStore() });
  // @ts-expect-error the input lacks a key without a default
  await brain.run(g, {});
}

test("what does not fit is an error where it is written", () => {
  expectTypeOf(refused).toBeFunction();
});
