import { expect, test } from "vitest";
import { createBrain, END, graph, START } from "@brainops/core";
import { faultyStore, memoryStore } from "@brainops/core/testing";
import { z } from "zod";
import { audit, describe as lineOf, readTrail } from "./audit.ts";

const shop = graph({ name: "shop", state: z.object({ n: z.number().default(0) }), maxSteps: 5 })
  .node("sell", async ({ n }, ctx) => {
    await ctx.effect({ name: "pay", class: "idempotent", run: () => {} });
    await ctx.effect({ name: "ship", class: "compensatable", run: () => {}, undo: () => {} });
    return { n: n + 1 };
  })
  .edge(START, "sell")
  .branch("sell", ({ n }) => (n < 2 ? "sell" : END), ["sell", END])
  .build();

test.each(Array.from({ length: 8 }, (_, at) => at))(
  "killed at commit %i, trail and journal say the same",
  async (at) => {
    for (const fate of ["crash-before", "crash-after", "lost"] as const) {
      const disk = memoryStore();
      const store = faultyStore(disk, (_commit, index) => (index === at ? fate : "ok"));
      const first = await createBrain({ store, plugins: [audit], graphs: [shop] });
      await Promise.race([store.crashed, first.run(shop, {}, { id: "r" })]);

      const brain = await createBrain({ store: disk, plugins: [audit], graphs: [shop] });
      for (const resumed of [false, true]) {
        if (resumed) await ((await brain.runs()).length > 0 ? brain.resume("r") : brain.run(shop, {}, { id: "r" }));
        const journal = (await brain.runs()).length > 0 ? await brain.journal("r") : [];
        const told = journal.flatMap((entry) => {
          const what = lineOf(entry);
          return what === undefined ? [] : [{ at: entry.at, run: "r", position: entry.position, what }];
        });
        expect(await readTrail(brain.store)).toEqual(told);
      }
      expect((await readTrail(brain.store)).length).toBe(4);
      await brain.close();
    }
  },
);
