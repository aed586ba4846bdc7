import { BrainOpsError, createBrain, END, graph, START, type Brain } from "@brainops/core";
import { memoryStore, scriptedModel } from "@brainops/core/testing";
import { chain } from "@brainops/providers";
import { afterEach, expect, test, vi } from "vitest";
import { z } from "zod";
import type { Output } from "../cli/output.ts";
import { keepModels, modelHealing, type ModelKeeper } from "./model-failures.ts";
import { nextTry } from "./tries.ts";

const output = { notice: () => {} } as unknown as Output;
const open: { keeper?: ModelKeeper; brain?: Brain } = {};
afterEach(async () => {
  await open.keeper?.stop();
  await open.brain?.close();
});

let thoughts = 0;

/** Thinks first, without a model; asks one then. */
const asks = graph({ name: "asks", version: "1", state: z.object({ n: z.number(), said: z.string().default("") }) })
  .node("think", async (_, ctx) => {
    await ctx.effect({ name: "thought", class: "idempotent", run: () => `deep ${++thoughts}` });
    return {};
  })
  .node("ask", async (_, ctx) => ({
    said: (await ctx.generate({ messages: [{ role: "user", content: "Which?" }] })).text,
  }))
  .edge(START, "think")
  .edge("think", "ask")
  .edge("ask", END)
  .build();

const breaks = graph({ name: "breaks", version: "1", state: z.object({}) })
  .node("break", () => {
    throw new Error("no plan");
  })
  .edge(START, "break")
  .edge("break", END)
  .build();

test("a run that no model answered goes on once one does; others that failed, or were begun anew, are left alone", async () => {
  let down = true;
  let calls = 0;
  const model = scriptedModel([
    () => {
      calls += 1;
      if (down) throw new BrainOpsError("overloaded", "The vendor is busy");
      return { text: "this one" };
    },
  ]);
  const models = chain([model], { retries: 0, rounds: 1, waitMs: 0, breaker: { failures: 100 } });
  const brain = await createBrain({
    store: memoryStore(),
    model: models,
    graphs: [asks, breaks],
    plugins: [modelHealing(models, { waitMs: 200 })],
  });
  open.brain = brain;
  const runs = async (): Promise<{ [id: string]: string }> =>
    Object.fromEntries(
      (await brain.runs()).filter((run) => run.graph !== "heal-models").map((run) => [run.id, run.status]),
    );
  const healings = async (): Promise<unknown[]> =>
    Promise.all(
      (await brain.runs()).filter((run) => run.graph === "heal-models").map(async ({ id }) => brain.resume(id)),
    );

  await brain.run(breaks, {}, { id: "broken" });
  for (const [id, n] of [
    ["away", 1],
    ["again", 2],
  ] as const)
    await brain.run(asks, { n }, { id, scope: "shop" });
  down = false;
  await brain.run(asks, { n: 2 }, { id: "by hand", scope: "shop" });
  down = true;

  // While nobody answers, that is looked at and told, and nothing else happens.
  brain.work();
  open.keeper = keepModels({ brain, output, everyMs: 20 });
  await vi.waitFor(async () => expect((await healings()).length).toBeGreaterThan(0), { timeout: 60_000 });
  const before = { broken: "failed", away: "failed", again: "failed", "by hand": "completed" };
  expect(await runs()).toEqual(before);

  down = false;
  await vi.waitFor(async () => expect(await runs()).toEqual({ ...before, "away.try2": "completed" }), {
    timeout: 60_000,
  });
  expect(await brain.resume("away.try2")).toMatchObject({ state: { n: 1, said: "this one" } });
  const journal = await brain.journal("away.try2");
  expect(journal[0]).toMatchObject({ scope: "shop", forkOf: [{ run: "away" }] });
  // What was finished was not done again.
  expect(thoughts).toBe(3);

  // The next time it is known what helps.
  down = true;
  await brain.run(asks, { n: 3 }, { id: "later" });
  down = false;
  await vi.waitFor(async () => expect(await runs()).toMatchObject({ "later.try2": "completed" }), { timeout: 60_000 });
  expect((await healings())[0]).toMatchObject({ state: { result: { healed: true, source: "memory", tries: 1 } } });

  // Where all is done, no model is asked any more.
  const asked = calls;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(calls).toBe(asked);
}, 30_000);

test("a run is tried three times", () => {
  expect([nextTry("r"), nextTry("r.try2"), nextTry("r.try3")]).toEqual(["r.try2", "r.try3", undefined]);
});
