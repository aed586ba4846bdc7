import { describe, expect, test } from "vitest";
import { END, graph, START, stateOf, type ModelRequest } from "../index.ts";
import { agent, tool } from "../agent/index.ts";
import { memoryStore, scriptedModel } from "../testing/index.ts";
import { z } from "zod";
import { common, withBrain } from "./fixture.ts";

const heard: string[] = [];
/** A model that says who it is and what it was told. */
const speaker = (name: string, tokens: number) =>
  scriptedModel(
    [
      ({ system = "", messages }: ModelRequest) => {
        heard.push(name);
        return {
          text: `${name}: ${system} / ${String(messages[0]?.content)}`,
          usage: { inputTokens: tokens, outputTokens: 1 },
        };
      },
    ],
    { name },
  );

const letters = graph({ name: "letters", ...common })
  .node("draft", async ({ n }, ctx) => ({
    log: [(await ctx.generate({ system: "Be terse.", messages: [{ role: "user", content: `Draft ${n}` }] })).text],
  }))
  .node("choose", async (_, ctx) => ({ log: [String(await ctx.ask({ text: "Which?", options: ["red", "blue"] }))] }))
  .node("final", async (_, ctx) => ({
    log: [(await ctx.generate({ system: "Be terse.", messages: [{ role: "user", content: "Final" }] })).text],
  }))
  .edge(START, "draft")
  .edge("draft", "choose")
  .edge("choose", "final")
  .edge("final", END)
  .build();
const models = { model: speaker("one", 10), models: [speaker("two", 1000)], graphs: [letters] };

describe("a fork differs in what was asked for, and in nothing before it", () => {
  test.each([
    [
      "another model",
      { model: "scripted-two" },
      ["two: Be terse. / Draft 1", "red", "two: Be terse. / Final"],
      2,
      2002,
    ],
    [
      "another model in one node",
      { model: "scripted-two", node: "final" },
      ["one: Be terse. / Draft 1", "red", "two: Be terse. / Final"],
      1,
      1012,
    ],
    [
      "another prompt",
      { prompt: { replace: "terse", with: "kind $&" } },
      ["one: Be kind $&. / Draft 1", "red", "one: Be kind $&. / Final"],
      2,
      22,
    ],
    [
      "another prompt in one node",
      { prompt: { replace: "Final", with: "The end" }, node: "final" },
      ["one: Be terse. / Draft 1", "red", "one: Be terse. / The end"],
      1,
      22,
    ],
    ["another input", { input: { n: 2 } }, ["one: Be terse. / Draft 2", "red", "one: Be terse. / Final"], 2, 22],
    [
      "another answer",
      { answer: { question: "choose#0/0", value: "blue" } },
      ["one: Be terse. / Draft 1", "blue", "one: Be terse. / Final"],
      1,
      22,
    ],
  ])("%s", async (_name, differently, log, asked, tokens) => {
    const store = memoryStore();
    await withBrain({ store, ...models }, async (brain) => {
      await brain.run(letters, { n: 1 }, { id: "a" });
      await brain.answer("a", "choose#0/0", "red");
      await brain.resume("a");
      await brain.fork("a", { id: "f", ...differently });
    });
    heard.length = 0;
    // Whoever goes on with it knows how it differs.
    await withBrain({ store, ...models }, async (brain) => {
      let result = await brain.resume("f");
      if (result.status === "waiting") {
        await brain.answer("f", "choose#0/0", "red");
        result = await brain.resume("f");
      }
      expect(stateOf(result)).toMatchObject({ log });
      expect(heard).toHaveLength(asked);
      expect(await brain.replay({ run: "f" })).toMatchObject({ equal: true, status: "completed" });
      const { runs, differing, parting } = await brain.compare("a", "f");
      expect(runs.map((run) => [run.status, run.tokens, run.modelCalls])).toEqual([
        ["completed", 22, 2],
        ["completed", tokens, 2],
      ]);
      expect(runs[0].ms).toBeGreaterThanOrEqual(0);
      expect(differing).toEqual("input" in differently ? ["log", "n"] : ["log"]);
      expect(parting).toBeGreaterThan(0);
    });
  });

  test("a fork of a fork has the changes of both, each from where it began", async () => {
    await withBrain(models, async (brain) => {
      await brain.run(letters, { n: 1 }, { id: "a" });
      await brain.answer("a", "choose#0/0", "red");
      await brain.resume("a");
      await brain.fork("a", { id: "f", model: "scripted-two", node: "final" });
      await brain.resume("f");
      await brain.fork("f", { id: "ff", prompt: { replace: "terse", with: "kind" }, node: "final" });
      expect(stateOf(await brain.resume("ff"))).toMatchObject({
        log: ["one: Be terse. / Draft 1", "red", "two: Be kind. / Final"],
      });
      // What a fork has asked before the next one began stays as it was asked.
      const ended = (await brain.journal("f")).length - 1;
      await brain.fork("f", { id: "late", model: "scripted-one", at: ended });
      expect(stateOf(await brain.resume("late"))).toMatchObject({
        log: ["one: Be terse. / Draft 1", "red", "two: Be terse. / Final"],
      });
      for (const run of ["ff", "late"]) expect(await brain.replay({ run })).toMatchObject({ equal: true });
      const text = await brain.export("ff");
      expect(await brain.replay({ journal: text })).toMatchObject({ equal: true });
    });
  });

  test("what cannot be is told before anything is made", async () => {
    await withBrain(models, async (brain) => {
      await brain.run(letters, { n: 1 }, { id: "a" });
      await brain.answer("a", "choose#0/0", "red");
      await brain.resume("a");
      const refused = (given: Parameters<typeof brain.fork>[1], code: string): Promise<void> =>
        expect(brain.fork("a", { id: "f", ...given })).rejects.toMatchObject({ code });
      await refused({ answer: { question: "choose#0/0", value: "green" } }, "invalid_input");
      await refused({ answer: { question: "nothing", value: "red" } }, "not_found");
      await refused({ answer: { question: "choose#0/0", value: "blue" }, at: 6 }, "invalid_input");
      await refused({ prompt: { replace: "", with: "x" } }, "invalid_input");
      await refused({ model: "three" }, "no_model");
      await refused({ model: "scripted-two", node: "nobody" }, "invalid_input");
      expect((await brain.runs()).map(({ id }) => id)).toEqual(["a"]);
    });
  });
});

test("an agent's fork with another prompt goes on from its first turn, and its tools' results stay what they were before", async () => {
  const looked: string[] = [];
  const clerk = agent({
    name: "clerk",
    instructions: "Be terse.",
    input: z.object({ n: z.number() }),
    prompt: () => "How many?",
    tools: [
      tool({
        name: "look",
        description: "Looks.",
        input: z.object({}),
        class: "pure",
        run: () => void looked.push("looked"),
      }),
    ],
  });
  const g = graph({ name: "g", state: z.object({ n: z.number().default(1), answer: z.string().default("") }) })
    .node(clerk)
    .edge(START, "clerk")
    .edge("clerk", END)
    .build();
  const model = scriptedModel([
    ({ system = "", messages }: ModelRequest) =>
      messages.length === 1 ? { toolCalls: [{ name: "look", args: {} }] } : { text: system.slice(0, 9) },
  ]);
  await withBrain({ model, graphs: [g] }, async (brain) => {
    await brain.run(g, {}, { id: "a" });
    const calls = (await brain.journal("a")).filter((entry) => "name" in entry && entry.name === "model.generate");
    await brain.fork("a", {
      id: "f",
      prompt: { replace: "Be terse.", with: "Be kind.." },
      at: calls[1]?.position ?? 0,
    });
    expect(stateOf(await brain.resume("f"))).toMatchObject({ answer: "Be kind.." });
    expect(looked).toEqual(["looked"]);
    expect(await brain.replay({ run: "f" })).toMatchObject({ equal: true });
    await brain.fork("a", { id: "whole", prompt: { replace: "Be terse.", with: "Be kind.." } });
    expect(stateOf(await brain.resume("whole"))).toMatchObject({ answer: "Be kind.." });
    expect(looked).toHaveLength(2);
  });
});
