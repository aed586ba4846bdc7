import { expect, test } from "vitest";
import { BrainOpsError, END, graph, START, stateOf, type Graph, type NodeContext } from "../index.ts";
import { common, errorOf, single, types, withBrain, type Work } from "./fixture.ts";

/** A node that keeps its context, and one that is at work while it is used. */
const keeping = (first: Work, then: Work): Graph =>
  graph({ name: "g", ...common })
    .node("first", first)
    .node("then", then)
    .edge(START, "first")
    .edge("first", "then")
    .edge("then", END)
    .build();

test.each([
  [
    "that made no call",
    (kept: NodeContext[]): Work =>
      (_, ctx) => (kept.push(ctx), {}),
  ],
  [
    "that made one",
    (kept: NodeContext[]): Work =>
      async (_, ctx) => {
        kept.push(ctx);
        ctx.now();
        return {};
      },
  ],
])("a node %s does nothing more with its context once it is over", async (_, first) => {
  const kept: NodeContext[] = [];
  const done: string[] = [];
  const g = keeping(first(kept), async (_given, ctx) => {
    await ctx.effect({
      name: "looks back",
      class: "idempotent",
      async run() {
        const late = kept[0] as NodeContext;
        void late.effect({ name: "late", class: "idempotent", run: () => void done.push("late") });
        void late.ask({ text: "Late?" });
        void late.sleep(0);
        late.note("late");
        expect(() => late.now()).toThrow(/has ended/);
        expect(() => late.patched("late")).toThrow(BrainOpsError);
        await new Promise((resolve) => setTimeout(resolve, 20));
      },
    });
    return { n: 1 };
  });
  await withBrain({ graphs: [g] }, async (brain) => {
    kept.length = 0;
    expect(stateOf(await brain.run(g, {}, { id: "r" }))).toMatchObject({ n: 1 });
    expect(done).toEqual([]);
    const journal = await brain.journal("r");
    expect(journal.filter((entry) => "node" in entry && entry.node === "first").at(-1)?.type).toBe("node-completed");
    expect(types(journal)).not.toContain("waiting");
  });
});

test("an error whose text was cut off within a character is journaled all the same", async () => {
  const half = "no more \u{1f642}".slice(0, -1);
  const fails = single(async (_, ctx) => {
    await ctx
      .effect({
        name: "e",
        class: "idempotent",
        run: () => Promise.reject(new BrainOpsError("network", half, { details: { half } })),
      })
      .catch(() => {});
    throw new Error(half);
  });
  await withBrain({ graphs: [fails] }, async (brain) => {
    expect(errorOf(await brain.run(fails, {}, { id: "r" }))).toMatchObject({ message: "Error: no more \ufffd" });
    expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "failed" });
  });
});
