import { appendFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { END, graph, plugin, START, type Graph, type NodeContext, type Plugin } from "@brainops/core";
import { z } from "zod";

/** A folder in which the walk leaves its steps, and finds the gate open or not. */
interface Place {
  readonly folder: string;
}

/** Two steps, each written down with the process that took it; the second waits for a file named `gate`. */
export const walk: Graph<Place, Place> = graph({ name: "walk", version: "1", state: z.object({ folder: z.string() }) })
  .node("first", ({ folder }, ctx) => step(ctx, folder, "first"))
  .node("second", ({ folder }, ctx) => step(ctx, folder, "second", "gate"))
  .edge(START, "first")
  .edge("first", "second")
  .edge("second", END)
  .build();

async function step(ctx: NodeContext, folder: string, name: string, gate?: string): Promise<object> {
  await ctx.effect({
    name: `walk.${name}`,
    class: "idempotent",
    input: { folder },
    run: async ({ signal }) => {
      await appendFile(join(folder, "steps"), `${name} ${process.pid}\n`);
      while (gate !== undefined && !existsSync(join(folder, gate))) await sleep(10, undefined, { signal });
      return null;
    },
  });
  return {};
}

const walking: Plugin = plugin({
  name: "walking",
  setup: (registrar) => {
    registrar.graph(walk);
    return { health: () => (existsSync("ill") ? { ok: false, detail: "a file says so" } : { ok: true }) };
  },
});
export default walking;
