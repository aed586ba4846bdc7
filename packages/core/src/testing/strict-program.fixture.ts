// Nodes that reach outside by what they imported by name. Tells how each ended.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { createBrain, END, graph, START } from "../index.ts";
import { memoryStore, strictly } from "./index.ts";

const file = import.meta.filename;
const reaches = [
  (): unknown => randomBytes(4),
  (): unknown => readFileSync(file),
  (): unknown => delay(1),
  (): unknown => readFile(file),
  (): unknown => process.stderr.write(""),
];
const brain = await createBrain({ store: memoryStore() });
const ends: string[] = [];
for (const reach of reaches) {
  const hasty = graph({ name: "hasty", state: z.object({ n: z.number().default(0) }) })
    .node("look", async () => ({ n: (await reach()) === undefined ? 0 : 1 }))
    .edge(START, "look")
    .edge("look", END)
    .build();
  const result = await brain.run(strictly(hasty), {});
  ends.push(result.status === "failed" ? result.error.message : result.status);
}
process.stdout.write(JSON.stringify(ends));
await brain.close();
