import { expect, test } from "vitest";
import { z } from "zod";
import { createBrain, END, START, graph, node, stateOf } from "../index.ts";
import { memoryStore } from "../testing/index.ts";

test("spike", async () => {
  const add = node({ name: "add", input: z.object({ n: z.number() }), output: z.object({ n: z.number(), log: z.array(z.string()) }), async run({ n }, ctx) {
    const x = await ctx.effect({ name: "read", class: "idempotent", input: { n }, run: () => n + 1 });
    ctx.remember({ kind: "experience", text: `added ${x}` });
    ctx.note("hello");
    return { n: x, log: [`${x} ${ctx.now() > 0}`] };
  } });
  const g = graph({ name: "g", state: z.object({ n: z.number().default(0), log: z.array(z.string()).default([]) }), reducers: { log: (a, b: string[]) => [...a, ...b] }, maxSteps: 20 })
    .node(add)
    .node("left", () => ({ log: ["left"] }))
    .node("right", () => ({ log: ["right"] }))
    .edge(START, "add")
    .branch("add", (s) => (s.n < 3 ? "add" : ["left", "right"]), ["add", "left", "right"])
    .edge("left", END)
    .edge("right", END)
    .build();
  const brain = await createBrain({ store: memoryStore(), graphs: [g] });
  const r = await brain.run(g, {}, { id: "r1" });
  expect(stateOf(r)).toEqual({ n: 3, log: ["1 true", "2 true", "3 true", "left", "right"] });
  const rep = await brain.replay({ run: "r1" });
  expect(rep).toMatchObject({ equal: true, status: "completed" });
  console.log(await brain.export("r1"), rep, g.mermaid());
  await brain.close();
});
