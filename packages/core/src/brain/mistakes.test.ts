import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  action,
  BrainOpsError,
  createBrain,
  END,
  graph,
  isBrainOpsError,
  node,
  START,
  stateOf,
  type BrainOptions,
  type NodeContext,
  type Registrar,
} from "../index.ts";
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
  ["a scope that is no path", { store, scope: "a//b" }, "invalid_input", /a path such as 'acme\/shop'/],
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

test.each<[string, (registrar: Registrar) => void, RegExp]>([
  [
    "a guard that is a function",
    (to) => to.guard(js(() => ({ verdict: "allow" }))),
    /among the guards that has no name/,
  ],
  ["a guard without check", (to) => to.guard(js({ name: "g" })), /'g' among the guards, but it has no check\(\)/],
  ["an action without apply", (to) => to.action(js({ name: "a" })), /has no apply\(\)/],
  ["a listener that is none", (to) => to.on(js({})), /hands on\(\) something that is no function/],
  ["writes that are none", (to) => to.withCommit(js([])), /hands withCommit\(\)/],
  ["a graph without a name", (to) => to.graph(js({})), /among the graphs that has no name/],
  ["a loop over nothing", (to) => to.loop({ name: "l", every: 10, graph: "lost", input: {} }), /'lost', which nobody/],
  [
    "a loop in words",
    (to) => to.loop(js({ name: "l", every: "1h", graph: "greet", input: {} })),
    /milliseconds above 0/,
  ],
])("a plugin that registers %s is refused", async (_what, register, message) => {
  const plugins = [{ name: "p", setup: register }];
  await expect(createBrain({ store, graphs: [finished], plugins })).rejects.toMatchObject({
    code: "invalid_plugin",
    message: expect.stringMatching(message) as string,
  });
});

const running = async (work: (ctx: NodeContext) => unknown, more: Partial<BrainOptions> = {}): Promise<unknown> => {
  const g = graph({ name: "g", state: z.object({}) })
    .node("a", async (_, ctx) => {
      await work(ctx);
      return {};
    })
    .edge(START, "a")
    .edge("a", END)
    .build();
  const brain = await createBrain({ store: memoryStore(), ...more });
  try {
    return stateOf(await brain.run(g, {}));
  } finally {
    await brain.close();
  }
};

test.each<[string, (ctx: NodeContext) => unknown, RegExp]>([
  ["an effect that is a function", (ctx) => ctx.effect(js(() => 1)), /a name, a class and something to do/],
  ["an effect without a class", (ctx) => ctx.effect(js({ name: "x", run: () => 1 })), /'x' has the class 'undefined'/],
  [
    "an effect of a class of its own",
    (ctx) => ctx.effect(js({ name: "x", class: "safe", run: () => 1 })),
    /known are: pure/,
  ],
  ["an effect with nothing to do", (ctx) => ctx.effect(js({ name: "x", class: "pure" })), /something to do/],
  ["a question that is a text", (ctx) => ctx.ask(js("Go?")), /has a text: ctx\.ask/],
  ["a sleep in words", (ctx) => ctx.sleep(js("1s")), /takes milliseconds.*string was given/],
  ["a model request that is a text", (ctx) => ctx.generate(js("Hello")), /has messages: ctx\.generate\(\{ messages/],
])("a node that asks for %s fails", async (_what, work, message) => {
  const model = scriptedModel([{ answer: "never" }]);
  await expect(running(work, { model })).rejects.toMatchObject({
    code: "invalid_input",
    message: expect.stringMatching(message) as string,
  });
});

test("the arguments of an action that do not fit are named, a line each", async () => {
  const light = action({
    name: "light",
    description: "Switches the light.",
    args: z.object({ on: z.boolean() }),
    risk: "low",
    class: "idempotent",
    apply: () => null,
  });
  const plugins = [{ name: "p", setup: (registrar: Registrar) => registrar.action(light) }];
  await expect(running((ctx) => ctx.act("light", { on: "yes" }), { plugins })).rejects.toThrow(
    /'light' do not fit: ✖ Invalid input: expected boolean, received string\n {2}→ at on$/,
  );
});

test.each([true, undefined, "allow", { verdict: "yes" }, { allow: true }])(
  "a guard that says %j has allowed nothing",
  async (said) => {
    let done = 0;
    const plugins = [
      { name: "p", setup: (registrar: Registrar) => registrar.guard({ name: "vague", check: () => js(said) }) },
    ];
    const work = (ctx: NodeContext) => ctx.effect({ name: "x", class: "idempotent", run: () => ++done });
    await expect(running(work, { plugins })).rejects.toMatchObject({
      code: "invalid_plugin",
      message: expect.stringMatching(/'vague' gave no verdict on 'x', so it was not done/) as string,
    });
    expect(done).toBe(0);
  },
);

test("a node without schemas is refused where it is put into a graph", () => {
  const half = js(node(js({ name: "half", run: () => ({}) })));
  expect(() => graph({ name: "g", state: z.object({}) }).node(half)).toThrow(
    /'half' needs input and output, two schemas/,
  );
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

  test("refuses a run's id that is no text, and a scope that is no path", async () => {
    const brain = await createBrain({ store });
    for (const options of [{ id: js(5) }, { id: "" }, { scope: "../up" }])
      await expect(brain.run(finished, { who: "Ada" }, options)).rejects.toMatchObject({ code: "invalid_input" });
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
