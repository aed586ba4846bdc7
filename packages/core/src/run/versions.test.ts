import { describe, expect, test } from "vitest";
import { createBrain, END, graph, START, stateOf, type Graph, type StoreOpener } from "../index.ts";
import { faultyStore, memoryStore } from "../testing/index.ts";
import { common, type Work, withBrain } from "./fixture.ts";

/** What was done outside. */
const done: string[] = [];
const does =
  (what: string): Work =>
  async (_, ctx) => {
    await ctx.effect({ name: what, class: "idempotent", run: () => void done.push(what) });
    return { log: [what] };
  };

type Options = { readonly version: string; readonly continues?: readonly string[] };

/** A graph of three steps, of which versions have another second one. */
function steps(options: Options, second: Work, first: Work = does("first")): Graph {
  return graph({ name: "g", ...common, ...options })
    .node("first", first)
    .node("second", second)
    .node("third", does("third"))
    .edge(START, "first")
    .edge("first", "second")
    .edge("second", "third")
    .edge("third", END)
    .build();
}

const v1 = steps({ version: "1" }, does("old"));
const whole = { n: 0, log: ["first", "old", "third"] };

/** A store in which version 1 has begun a run, and its process was killed within the second step. */
async function killed(): Promise<StoreOpener> {
  const disk = memoryStore();
  // The start, the first effect; then the second, whose outcome is lost.
  const store = faultyStore(disk, (_commit, index) => (index === 2 ? "crash-before" : "ok"));
  const brain = await createBrain({ store, graphs: [v1] });
  await Promise.race([store.crashed, brain.run(v1, {}, { id: "r" })]);
  done.length = 0;
  return disk;
}

describe("a version that does not say that it continues another", () => {
  test("lets its runs wait, untouched, until there is code of that version", async () => {
    const store = await killed();
    await withBrain({ store, graphs: [steps({ version: "2" }, does("new"))] }, async (brain) => {
      const before = await brain.journal("r");
      await expect(brain.resume("r")).rejects.toMatchObject({
        code: "diverged",
        message: expect.stringContaining("version '1'") as string,
      });
      expect(await brain.journal("r")).toEqual(before);
      // New runs are of the new version meanwhile.
      expect(stateOf(await brain.run("g", {}))).toMatchObject({ log: ["first", "new", "third"] });
    });
    done.length = 0;
    await withBrain({ store, graphs: [v1] }, async (brain) => {
      expect(stateOf(await brain.resume("r"))).toEqual(whole);
      expect(done).toEqual(["old", "third"]);
    });
  });

  test("stands beside it: each goes on with its own runs, and both are replayed", async () => {
    const store = await killed();
    const both = [steps({ version: "2" }, does("new")), v1];
    await withBrain({ store, graphs: both }, async (brain) => {
      expect(stateOf(await brain.resume("r"))).toEqual(whole);
      await brain.run("g", {}, { id: "newer" });
      for (const run of ["r", "newer"]) expect(await brain.replay({ run })).toMatchObject({ equal: true });
      expect(await brain.replay({ journal: await brain.export("r") })).toMatchObject({ equal: true });
    });
  });
});

describe("a version that continues another", () => {
  const continues = ["1"];
  test("goes on with its runs: what was finished stays, what is to come is the new way", async () => {
    const store = await killed();
    const v2 = steps({ version: "2", continues }, does("new"));
    await withBrain({ store, graphs: [v2] }, async (brain) => {
      expect(stateOf(await brain.resume("r"))).toEqual({ n: 0, log: ["first", "new", "third"] });
      expect(done).toEqual(["new", "third"]);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
    });
  });

  test("has the run from then on: the older one does not go on with what it does not know, and the newer replays it", async () => {
    const disk = await killed();
    const second: Work = async (given, ctx) => ({
      log: [`${(await does("new")(given, ctx)).log?.[0]} ${String(await ctx.signalled("go"))}`],
    });
    const v2 = steps({ version: "2", continues }, second);
    await withBrain({ store: disk, graphs: [v2] }, (brain) => brain.resume("r"));
    await withBrain({ store: disk, graphs: [v1] }, async (brain) => {
      await brain.signal("r", "go", "on");
      await expect(brain.resume("r")).rejects.toMatchObject({
        code: "diverged",
        message: expect.stringContaining("version '2'") as string,
      });
    });
    await withBrain({ store: disk, graphs: [v1, v2] }, async (brain) => {
      expect(stateOf(await brain.resume("r"))).toEqual({ n: 0, log: ["first", "new on", "third"] });
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
      expect(await brain.replay({ run: "r" }, v1)).toMatchObject({ equal: false, divergence: { node: "START" } });
    });
  });

  test("pauses a run whose journal says otherwise, before it does anything, and goes on once the code is right", async ({
    task,
  }) => {
    task.meta.parts = "one of the versions is wrong";
    const store = await killed();
    const asks: Work = async (_, ctx) => ({ log: [String(await ctx.ask({ text: "Which?" }))] });
    // The first step was done already, by another name.
    const wrong = graph({ name: "g", ...common, version: "2", continues })
      .node("before", does("before"))
      .node("second", asks)
      .edge(START, "before")
      .edge("before", "second")
      .edge("second", END)
      .build();
    await withBrain({ store, graphs: [wrong] }, async (brain) => {
      expect(await brain.resume("r")).toMatchObject({
        status: "diverged",
        divergence: { expected: "first", found: "before" },
      });
      expect(done).toEqual([]);
      expect(await brain.setAside()).toMatchObject([
        { run: "r", reason: expect.stringContaining("diverged") as string },
      ]);
    });
    // One that has done nothing has not had it: going back to the old version is right, too.
    await withBrain({ store, graphs: [v1] }, async (brain) => {
      expect(stateOf(await brain.resume("r"))).toEqual(whole);
      expect(await brain.setAside()).toEqual([]);
    });
  });
});

describe("code that changes within a version", () => {
  test("asks ctx.patched, and keeps the old way where a run has gone past it", async () => {
    const patched =
      (name: string, old: Work, fresh: Work): Work =>
      (given, ctx) =>
        ctx.patched(name) ? fresh(given, ctx) : old(given, ctx);
    const store = await killed();
    const changed = steps(
      { version: "1" },
      patched("second", does("old"), does("new")),
      patched("first", does("first"), does("begin")),
    );
    await withBrain({ store, graphs: [changed] }, async (brain) => {
      // The journal has the first step; it had not come to the second.
      expect(stateOf(await brain.resume("r"))).toEqual({ n: 0, log: ["first", "new", "third"] });
      expect(done).toEqual(["new", "third"]);
      expect(stateOf(await brain.run("g", {}, { id: "fresh" }))).toMatchObject({ log: ["begin", "new", "third"] });
      for (const run of ["r", "fresh"]) expect(await brain.replay({ run })).toMatchObject({ equal: true });
    });
  });

  test("and does not ask, pauses the run where it parts from the journal", async ({ task }) => {
    task.meta.parts = "the code is wrong at first";
    const disk = memoryStore();
    const twice = (name: string): Graph =>
      steps({ version: "1" }, async (given, ctx) => {
        await does(name)(given, ctx);
        return { log: [String(await ctx.signalled("go"))] };
      });
    await withBrain({ store: disk }, (brain) => brain.run(twice("old"), {}, { id: "r" }));
    done.length = 0;
    await withBrain({ store: disk, graphs: [twice("other")] }, async (brain) => {
      await brain.signal("r", "go", "on");
      expect(await brain.resume("r")).toMatchObject({
        status: "diverged",
        divergence: { node: "second", what: "The code does 'other' where the journal has 'old'" },
      });
      expect(done).toEqual([]);
    });
    await withBrain({ store: disk, graphs: [twice("old")] }, async (brain) => {
      expect(stateOf(await brain.resume("r"))).toEqual({ n: 0, log: ["first", "on", "third"] });
    });
  });
});
