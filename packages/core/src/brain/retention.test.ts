import { expect, test } from "vitest";
import { z } from "zod";
import { createBrain, END, graph, START, stateOf } from "../index.ts";
import { memoryStore, virtualClock } from "../testing/index.ts";

const asking = graph({ name: "asking", state: z.object({ log: z.array(z.string()).default([]) }) })
  .node("work", async (_, ctx) => {
    ctx.remember({ kind: "experience", text: `worked in ${ctx.run}` });
    return { log: [(await ctx.ask({ text: "Go on?" })) as string] };
  })
  .edge(START, "work")
  .edge("work", END)
  .build();

test("ended runs are forgotten by age and number; open runs and memories stay", async () => {
  const clock = virtualClock();
  const brain = await createBrain({ store: memoryStore(), clock, graphs: [asking] });
  for (const id of ["a", "b", "c", "open"]) {
    const result = await brain.run(asking, {}, { id });
    if (id !== "open") {
      await brain.answer(id, result.status === "waiting" ? (result.questions[0]?.id ?? "") : "", "yes");
      await brain.resume(id);
    }
    await clock.advance(1000);
  }
  expect(await brain.prune({ olderThanMs: 3500 })).toEqual(["a"]);
  expect(await brain.prune({ keep: 1 })).toEqual(["b"]);
  expect((await brain.runs()).map(({ id }) => id)).toEqual(["open", "c"]);
  await expect(brain.journal("a")).rejects.toMatchObject({ code: "not_found" });
  expect(await brain.recall("worked")).toHaveLength(3);
  expect(await brain.resume("open")).toMatchObject({ status: "waiting" });
  await brain.close();
});

test("ended runs of one graph alone are forgotten, as those of a loop's rounds", async () => {
  const round = graph({ name: "round", state: z.object({ at: z.number().default(0) }) })
    .node("look", (_, ctx) => ({ at: ctx.now() }))
    .edge(START, "look")
    .edge("look", END)
    .build();
  const goal = graph({ name: "goal", state: z.object({ at: z.number().default(0) }) })
    .node("work", (_, ctx) => ({ at: ctx.now() }))
    .edge(START, "work")
    .edge("work", END)
    .build();
  const clock = virtualClock();
  const brain = await createBrain({ store: memoryStore(), clock, graphs: [round, goal, asking] });
  for (const id of ["1", "2", "3"]) {
    await brain.run(round, {}, { id: `round-${id}` });
    await brain.run(goal, {}, { id: `goal-${id}` });
    await clock.advance(1000);
  }
  await brain.run(asking, {}, { id: "open" });
  expect(await brain.prune({ graph: "asking" })).toEqual([]);
  // Those that are kept are the newest of that graph.
  expect(await brain.prune({ graph: "round", olderThanMs: 1500, keep: 1 })).toEqual(["round-2", "round-1"]);
  expect((await brain.runs()).map(({ id }) => id).toSorted()).toEqual([
    "goal-1",
    "goal-2",
    "goal-3",
    "open",
    "round-3",
  ]);
  await brain.close();
});

test("an exported journal is taken in elsewhere, goes on there, and is refused twice or damaged", async () => {
  const here = await createBrain({ store: memoryStore(), graphs: [asking] });
  const waiting = await here.run(asking, {}, { id: "r" });
  const text = await here.export("r");
  await here.close();

  const there = await createBrain({ store: memoryStore(), graphs: [asking] });
  await expect(there.import(text.replace("asking", "basking"))).rejects.toMatchObject({ code: "journal_corrupt" });
  expect(await there.runs()).toEqual([]);
  expect(await there.import(text)).toBe("r");
  await expect(there.import(text)).rejects.toMatchObject({ code: "conflict" });
  await there.answer("r", waiting.status === "waiting" ? (waiting.questions[0]?.id ?? "") : "", "yes");
  expect(stateOf(await there.resume("r", asking)).log).toEqual(["yes"]);
  expect(await there.replay({ run: "r" })).toMatchObject({ equal: true });
  await there.close();
});

test("the id of a pruned run is not given again, and whoever asks for it is told why", async () => {
  const brain = await createBrain({ store: memoryStore(), graphs: [asking] });
  const asked = await brain.run(asking, {}, { id: "r" });
  await brain.answer("r", asked.status === "waiting" ? (asked.questions[0]?.id ?? "") : "", "yes");
  await brain.resume("r");
  const text = await brain.export("r");
  expect(await brain.prune()).toEqual(["r"]);
  const why = { code: "conflict", message: expect.stringContaining("was pruned") as string };
  await expect(brain.run(asking, {}, { id: "r" })).rejects.toMatchObject(why);
  await expect(brain.submit(asking, {}, { id: "r" })).rejects.toMatchObject(why);
  await expect(brain.import(text)).rejects.toMatchObject(why);
  await expect(brain.export("r")).rejects.toMatchObject({ code: "not_found" });
  await brain.close();
});
