import { expect, test } from "vitest";
import { createBrain, END, graph, START } from "@brainops/core";
import { faultyStore, memoryStore, scriptedModel } from "@brainops/core/testing";
import { z } from "zod";
import { attemptStream, chain, rememberAttempts, summarizeAttempts } from "@brainops/providers";

const prices = { date: "2026-01-01", prices: { "scripted-up": { input: 1, output: 10 } } };
const usage = { inputTokens: 1_000, outputTokens: 100 };

const asks = graph({ name: "asks", state: z.object({ text: z.string().default("") }) })
  .node("asker", async (_state, ctx) => {
    const { text } = await ctx.generate({ messages: [{ role: "user", content: "Tell me." }] });
    return { text };
  })
  .edge(START, "asker")
  .edge("asker", END)
  .build();

const down = () => scriptedModel([{ answer: { fail: { code: "overloaded" } } }], { name: "down" });

test("every try is remembered with the answer, and adds up by model", async () => {
  const up = scriptedModel([{ answer: { text: "Here.", usage } }], { name: "up" });
  const brain = await createBrain({
    store: memoryStore(),
    model: chain([down(), up], { prices }),
    graphs: [asks],
    plugins: [rememberAttempts()],
  });
  for (const id of ["r1", "r2"]) await brain.run(asks, {}, { id });
  const calls = (await brain.store.read(attemptStream)).map(({ entry }) => entry);
  expect(calls).toMatchObject([
    {
      run: "r1",
      node: "asker",
      attempts: [
        { model: "scripted-down", outcome: "failed", error: { code: "overloaded" } },
        { model: "scripted-up", outcome: "answered", usage, cost: 0.002 },
      ],
    },
    { run: "r2" },
  ]);
  expect(summarizeAttempts(calls)).toMatchObject([
    { model: "scripted-down", answered: 0, failed: 2, errors: { overloaded: 2 }, cost: 0, meanMs: 0 },
    { model: "scripted-up", answered: 2, failed: 0, inputTokens: 2_000, outputTokens: 200, cost: 0.004 },
  ]);
  await brain.close();
});

test("the tries of a call that nobody could answer are remembered with its failure", async () => {
  const model = chain([down()], { waitMs: 0 });
  const brain = await createBrain({ store: memoryStore(), model, graphs: [asks], plugins: [rememberAttempts()] });
  expect((await brain.run(asks, {}, { id: "r" })).status).toBe("failed");
  const calls = (await brain.store.read(attemptStream)).map(({ entry }) => entry);
  expect(summarizeAttempts(calls)).toMatchObject([{ model: "scripted-down", failed: 1, errors: { overloaded: 1 } }]);
  await brain.close();
});

test("whenever the process dies, there are tries exactly where there is an answer", async () => {
  for (let at = 0; at < 5; at += 1) {
    for (const fate of ["crash-before", "crash-after"] as const) {
      const disk = memoryStore();
      const store = faultyStore(disk, (_commit, index) => (index === at ? fate : "ok"));
      const model = chain([scriptedModel([{ answer: { text: "Here.", usage } }], { name: "up" })]);
      const parts = { model, graphs: [asks], plugins: [rememberAttempts()] };
      const dying = await createBrain({ store, ...parts });
      await Promise.race([store.crashed, dying.run(asks, {}, { id: "r" })]);
      const brain = await createBrain({ store: disk, ...parts });
      const journal = (await brain.runs()).length === 0 ? [] : await brain.journal("r");
      const answers = journal.filter((entry) => entry.type === "effect-completed");
      expect(await brain.store.read(attemptStream)).toHaveLength(answers.length);
      await brain.close();
    }
  }
});
