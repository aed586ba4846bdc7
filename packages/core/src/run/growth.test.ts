import { createBrain, END, graph, START, type Graph } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { expect, test } from "vitest";
import { z } from "zod";

const line = "x".repeat(200);

const appending: Graph<{ rounds: number }> = graph({
  name: "appending",
  state: z.object({
    rounds: z.number(),
    lines: z.array(z.string()).default([]),
    big: z.string().default(line.repeat(20)),
  }),
  reducers: { lines: (lines, more: string[]) => [...lines, ...more] },
  maxSteps: 200,
})
  .node("append", () => ({ lines: [line] }))
  .edge(START, "append")
  .branch("append", ({ lines, rounds }) => (lines.length < rounds ? "append" : END), ["append", END])
  .build();

test("what a step adds to the journal depends on what it changed, neither on the state nor on the steps before", async () => {
  const brain = await createBrain({ store: memoryStore(), graphs: [appending] });
  const sizeAfter = async (rounds: number): Promise<readonly number[]> => {
    const { id } = await brain.run(appending, { rounds });
    const steps = (await brain.journal(id)).filter(({ type }) => type === "node-completed");
    expect(steps).toHaveLength(rounds);
    return steps.map((entry) => JSON.stringify(entry).length);
  };
  const [few, many] = [await sizeAfter(10), await sizeAfter(100)];
  // Numbers of positions, visits and times have more digits later on.
  expect(Math.max(...many) - Math.min(...few)).toBeLessThan(16);
  expect(Math.max(...many)).toBeLessThan(line.length + 450);
  await brain.close();
});
