import { beforeEach, describe, expect, test } from "vitest";
import { action, node, plugin, type Node } from "@brainops/core";
import { nodeSuite, scriptedModel } from "@brainops/core/testing";
import { z } from "zod";

const schemas = { input: z.object({ n: z.number() }), output: z.object({ n: z.number() }) };

/** A node that uses everything a context has. */
const full = node({
  name: "full",
  ...schemas,
  run: async ({ n }, ctx) => {
    const hits = await ctx.recall("numbers");
    const { text } = await ctx.generate({ messages: [{ role: "user", content: `What follows ${n}?` }] });
    const [a, b] = await Promise.all(
      [1, 2].map((by) => ctx.effect({ name: "add", class: "idempotent", input: { n, by }, run: () => n + by })),
    );
    await ctx.act("count.up", { by: 1 });
    ctx.remember({ kind: "experience", text: `${ctx.now()} ${ctx.random()} ${text} ${hits.length}` });
    return { n: (a ?? 0) + (b ?? 0) };
  },
});

const counter = plugin({
  name: "counter",
  setup: (registrar) =>
    registrar.action(
      action({
        name: "count.up",
        description: "Counts",
        args: z.object({ by: z.number() }),
        risk: "low",
        class: "idempotent",
        apply: () => null,
      }),
    ),
});

describe("a node that does everything through its context passes", () => {
  nodeSuite(
    { describe, test },
    {
      create: () => ({
        node: full,
        input: { n: 1 },
        brain: { model: scriptedModel([{ answer: { text: "2" } }]), plugins: [counter] },
      }),
      crashes: 20,
    },
  );
});

/** Names of the tests of the suite that a node fails. */
async function failed(bad: Node<string, { n: number }, unknown>): Promise<string[]> {
  const tests: { readonly name: string; readonly run: () => Promise<void> }[] = [];
  nodeSuite({ test: (name, run) => tests.push({ name, run }) }, { create: () => ({ node: bad, input: { n: 1 } }) });
  const names: string[] = [];
  for (const each of tests) {
    await each.run().catch(() => names.push(each.name.split(/[ ,]/)[0] ?? ""));
  }
  return names;
}

describe("a node is caught that", () => {
  beforeEach(({ task }) => void (task.meta.parts = "the nodes are bad"));
  let outside = 0;
  test.each<readonly [string, Partial<Node<string, { n: number }, unknown>>, string]>([
    ["returns what it took from outside", { run: () => ({ n: ++outside }) }, "replays"],
    [
      "puts what it took from outside into an effect",
      {
        run: async (_in, ctx) => ({
          n: await ctx.effect({ name: "e", class: "pure", input: ++outside, run: () => 1 }),
        }),
      },
      "replays",
    ],
    [
      "asks the clock by itself, and keeps it to itself",
      { run: ({ n }) => ({ n: Date.now() > 0 ? n : 0 }) },
      "reaches",
    ],
    ["returns what its schema does not have", { run: () => ({ n: "one" }) }, "gives"],
    [
      "has an output schema that changes what it has parsed",
      { output: z.object({ n: z.number() }).transform(({ n }) => ({ n: n + 1 })) },
      "gives",
    ],
    ["has an input schema that does so", { input: z.object({ n: z.number().overwrite((n) => n + 1) }) }, "says"],
    ["has a name that cannot stand in a path", { name: "a/b" }, "says"],
  ])("%s", async (_what, bad, caught) => {
    expect(await failed(node({ name: "bad", ...schemas, run: ({ n }) => ({ n }), ...bad }))).toContain(caught);
  });

  test("and a good one is not", async () => {
    expect(await failed(node({ name: "good", ...schemas, run: ({ n }) => ({ n }) }))).toEqual([]);
  });
});
