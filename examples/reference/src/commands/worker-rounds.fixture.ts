import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { END, graph, plugin, START, type EffectClass, type Plugin } from "@brainops/core";
import { z } from "zod";

/** Leaves a file under an effect's key, which whoever does it again finds. */
const leave =
  (what: string, run: string) =>
  async ({ key }: { readonly key: string }): Promise<void> => {
    while (what === "end" && existsSync("hold")) await sleep(20);
    const file = `${what}-${run.split("/").at(-1)}-${key.replaceAll(/\W/g, "_")}`;
    if (!existsSync(file)) writeFileSync(file, String(process.pid));
  };

const idempotent: EffectClass = "idempotent";
const round = graph({ name: "round", state: z.object({}) })
  .node("round", async (_, ctx) => {
    for (const what of ["begin", "end"]) await ctx.effect({ name: what, class: idempotent, run: leave(what, ctx.run) });
    return {};
  })
  .edge(START, "round")
  .edge("round", END)
  .build();

/** A loop whose rounds, every 400 ms, leave files in the working folder; none ends while there is one called `hold`. */
const rounds: Plugin = plugin({
  name: "rounds",
  setup(registrar) {
    registrar.graph(round);
    registrar.loop({ name: "tick", every: (after) => Math.floor(after / 400 + 1) * 400, graph: "round", input: {} });
  },
});
export default rounds;
