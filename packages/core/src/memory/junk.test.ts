import { expect, test } from "vitest";
import { z } from "zod";
import { createBrain, END, graph, START } from "../index.ts";
import { memoryStore } from "../testing/index.ts";
import { clock, day, now, put, storeWith } from "./fixture.ts";
import { feedback, measureJunk } from "./index.ts";

const seek = graph({ name: "seek", state: z.object({}) })
  .node("seek", async (_, ctx) => {
    await ctx.recall("cold cache");
    await ctx.recall({ text: "", kinds: ["insight"] });
    return {};
  })
  .edge(START, "seek")
  .edge("seek", END)
  .build();

test("what a run recalls by words counts as used, in the commit of the entry that says so", async () => {
  const brain = await createBrain({ store: memoryStore(), scope: "acme" });
  const used = await brain.remember({ kind: "learning", text: "A cold cache is slow." });
  const listed = await brain.remember({ kind: "insight", text: "Something else." });
  await brain.run(seek, {}, { id: "r1" });
  await brain.run(seek, {}, { id: "r2" });
  await brain.replay({ run: "r1" }, seek);
  await brain.resume("r1", seek);
  const usesOf = async (id: string) => (await brain.store.records([id]))[0]?.counters.uses;
  expect([await usesOf(used), await usesOf(listed)]).toEqual([2, 0]);
  expect(await measureJunk(brain.store, "acme")).toMatchObject({
    records: 2,
    neverUsed: 1,
    share: 0.5,
    byKind: { learning: { share: 0 }, insight: { share: 1 } },
  });
  await brain.close();
});

test("junk is said by kind, scope and age; verdicts are none", async () => {
  const store = await storeWith(
    put("a", "a", { kind: "learning", scope: "acme/one", createdAt: now - 400 * day }),
    put("b", "b", { scope: "acme/one", createdAt: now - 3 * day }),
    put("c", "c", { scope: "acme/two" }),
    put("d", "d", { scope: "beta" }),
    { type: "count", id: "b", counter: "uses", by: 1 },
  );
  await feedback(store, "acme", { on: { record: "a" }, verdict: "bad", by: "Ann", trust: "person" }, { clock });
  const steps: number[] = [];
  const report = await measureJunk(store, "acme", { clock, progress: ({ done }) => void steps.push(done) });
  expect(report).toEqual({
    records: 3,
    neverUsed: 1,
    share: 1 / 3,
    byKind: {
      learning: { records: 1, neverUsed: 0, share: 0 },
      experience: { records: 2, neverUsed: 1, share: 0.5 },
    },
    byScope: {
      "acme/one": { records: 2, neverUsed: 0, share: 0 },
      "acme/two": { records: 1, neverUsed: 1, share: 1 },
    },
    byAge: {
      day: { records: 1, neverUsed: 1, share: 1 },
      week: { records: 1, neverUsed: 0, share: 0 },
      older: { records: 1, neverUsed: 0, share: 0 },
    },
  });
  expect(steps).toEqual([4]);
  expect((await measureJunk(store, "nothing/here")).share).toBe(0);
  await expect(measureJunk(store, "a//b")).rejects.toMatchObject({ code: "invalid_input" });
});
