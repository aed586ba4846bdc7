// One process of the power torture: takes steps on a file, and tells on stdout what is durable and how long the log is.
import { existsSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createBrain, END, graph, START } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";
import { z } from "zod";

const folder = process.argv[2] ?? "";
const log = join(folder, "brain.db-wal");
// Few enough that the log is not begun anew, so that its length tells what is in it.
const steps = graph({ name: "steps", state: z.object({ n: z.number().default(0) }), maxSteps: 200 })
  .node("step", async ({ n }, ctx) => ({
    n: await ctx.effect({ name: "add", class: "idempotent", input: n, run: () => n + 1 }),
  }))
  .edge(START, "step")
  .branch("step", ({ n }) => (n < 200 ? "step" : END), ["step", END])
  .build();
const brain = await createBrain({
  store: sqlite({ file: join(folder, "brain.db"), key: new Uint8Array(32).fill(7) }),
  listeners: [
    (event) => {
      if (event.type !== "entry") return;
      const size = existsSync(log) ? statSync(log).size : 0;
      writeSync(1, `durable ${event.entry.position + 1} ${size}\n`);
    },
  ],
});
await brain.run(steps, {}, { id: "r" });
await brain.close();
