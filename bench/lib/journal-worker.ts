// One step of the bench of long journals, in a process of its own.
import { createReadStream, createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrain, END, graph, START, type Brain } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";
import { z } from "zod";

const [step = "", folder = "", mb = ""] = process.argv.slice(2);
const key = "k".repeat(43);
/** Each of the two entries of a turn has so many characters of its own. */
const text = 2000;
const turns = Math.ceil((Number(mb) * 1e6) / (2 * text + 900));

const long = graph({
  name: "long",
  state: z.object({ n: z.number().default(0), said: z.string().default("") }),
  maxSteps: turns + 10,
})
  .node("turn", async ({ n }, ctx) => ({
    n: n + 1,
    said: await ctx.effect({
      name: "say",
      class: "pure",
      run: () => `${n} ${ctx.random()} `.repeat(100).slice(0, text),
    }),
  }))
  .edge(START, "turn")
  .branch("turn", ({ n }) => (n < turns ? "turn" : END), ["turn", END])
  .build();

const file = (name: string): string => join(folder, name);

async function withBrain(name: string, use: (brain: Brain) => Promise<unknown>): Promise<void> {
  const brain = await createBrain({ store: sqlite({ file: file(name), key, synchronous: "normal" }), graphs: [long] });
  await use(brain);
  await brain.close();
}

function equal({ equal: same }: { readonly equal: boolean }): void {
  if (!same) throw new Error("it does not replay equal");
}

const works: Record<string, () => Promise<void>> = {
  nothing: () => withBrain("empty.db", async () => {}),
  fill: () => withBrain("here.db", (brain) => brain.run(long, {}, { id: "r" })),
  export: () =>
    withBrain("here.db", (brain) =>
      pipeline(Readable.from(brain.exportPieces("r")), createWriteStream(file("run.jsonl"))),
    ),
  "export sealed": () =>
    withBrain("here.db", (brain) =>
      pipeline(Readable.from(brain.exportPieces("r", { key })), createWriteStream(file("sealed.jsonl"))),
    ),
  import: () => withBrain("there.db", (brain) => brain.import(() => createReadStream(file("run.jsonl"), "utf8"))),
  "import sealed": () =>
    withBrain("sealed.db", (brain) => brain.import(() => createReadStream(file("sealed.jsonl"), "utf8"), { key })),
  "replay run": () => withBrain("here.db", async (brain) => equal(await brain.replay({ run: "r" }))),
  "replay text": () =>
    withBrain("here.db", async (brain) =>
      equal(await brain.replay({ journal: readFileSync(file("run.jsonl"), "utf8") })),
    ),
};

const started = performance.now();
await works[step]?.();
console.log(JSON.stringify({ rss_mb: process.resourceUsage().maxRSS / 1024, ms: performance.now() - started }));
