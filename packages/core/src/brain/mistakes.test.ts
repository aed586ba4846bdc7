import { describe, expect, test } from "vitest";
import { z } from "zod";
import { BrainOpsError, createBrain, END, graph, isBrainOpsError, START, stateOf } from "../index.ts";
import { memoryStore, scriptedModel } from "../testing/index.ts";

// What the compiler refuses, JavaScript lets through: each mistake is told where it is made, with what was expected.
const builder = () =>
  graph({ name: "greet", state: z.object({ who: z.string(), n: z.number().default(0) }) })
    .node("a", () => ({}))
    .edge(START, "a")
    .edge("a", END);
const finished = builder().build();
const store = memoryStore();
const js = (value: unknown): never => value as never;

const brainMistakes: [string, unknown, string, RegExp][] = [
  ["nothing", undefined, "invalid_input", /needs a store.*sqlite\(\{ file/],
  ["no store", {}, "invalid_input", /needs a store/],
  ["a file's name for a store", { store: "brain.db" }, "invalid_input", /needs a store/],
  ["an option of another name", { store, graph: finished }, "invalid_input", /no option 'graph'; known are: .*graphs/],
  ["one graph for a list", { store, graphs: finished }, "invalid_input", /'graphs'.* is a list/],
  ["a forgotten build()", { store, graphs: [builder()] }, "invalid_input", /call build\(\) after its last edge/],
  ["a model that was not called", { store, model: scriptedModel }, "invalid_input", /Call it: scriptedModel\(\)/],
  ["a model that is none", { store, models: [{ name: "x" }] }, "invalid_input", /a name, generate and stream/],
  ["a plugin that was not called", { store, plugins: [() => ({})] }, "invalid_plugin", /Call it/],
  ["a plugin without setup", { store, plugins: [{ name: "p" }] }, "invalid_plugin", /a name and setup/],
];

test.each(brainMistakes)("createBrain() with %s", async (_what, options, code, message) => {
  await expect(createBrain(js(options))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  });
});

test.each<[string, () => unknown, RegExp]>([
  ["no name", () => graph(js({ state: z.object({}) })), /has no name/],
  ["a plain object for a state", () => graph(js({ name: "g", state: { who: "string" } })), /must be z\.object/],
  ["no state", () => graph(js({ name: "g" })), /must be z\.object/],
])("graph() with %s", (_what, make, message) => {
  expect(make).toThrow(expect.objectContaining({ code: "invalid_graph", message: expect.stringMatching(message) }));
});

describe("a Brain", () => {
  test("says what a graph is when it is given another thing", async () => {
    const brain = await createBrain({ store });
    for (const [given, message] of [
      [builder(), /call build\(\)/],
      [undefined, /or the name of one that is registered; undefined was given/],
    ] as const)
      await expect(brain.run(js(given), {})).rejects.toMatchObject({
        code: "invalid_input",
        message: expect.stringMatching(message) as string,
      });
    await expect(brain.recall(js(undefined))).rejects.toMatchObject({ code: "invalid_input" });
    await brain.close();
  });

  test("refuses a request without messages before a model is asked", async () => {
    const ask = graph({ name: "ask", state: z.object({}) })
      .node("a", async (_, ctx) => {
        await ctx.generate(js("Hello"));
        return {};
      })
      .edge(START, "a")
      .edge("a", END)
      .build();
    const model = scriptedModel([{ answer: "never" }]);
    const brain = await createBrain({ store: memoryStore(), model });
    const result = await brain.run(ask, {});
    expect(() => stateOf(result)).toThrow(/has messages: ctx\.generate\(\{ messages/);
    await brain.close();
  });

  test("sets up a plugin that is an object of a class", async () => {
    class Lamps {
      readonly name = "lamps";
      private readonly detail = "two lamps";
      setup() {
        return { health: () => ({ ok: true, detail: this.detail }) };
      }
    }
    const brain = await createBrain({ store: memoryStore(), plugins: [new Lamps()] });
    expect((await brain.health()).plugins).toContainEqual({ name: "lamps", ok: true, detail: "two lamps" });
    await brain.close();
  });
});

test("an error in JSON has its message, and is still known by its code", () => {
  const error = new BrainOpsError("not_found", "There is none.", { cause: new Error("secret"), details: { id: "r" } });
  expect(JSON.parse(JSON.stringify({ error }))).toEqual({
    error: { name: "BrainOpsError", code: "not_found", message: "There is none.", details: { id: "r" } },
  });
  expect(isBrainOpsError(error, "not_found")).toBe(true);
});
