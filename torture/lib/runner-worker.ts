// One process of the torture: runs or resumes a run on a file, writes down what it does outside and what is durable.
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { createBrain, type RunResult } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";
import { tortureGraph } from "./runner-graph.ts";

const folder = process.argv[2] ?? "";
const key = new Uint8Array(32).fill(7);
const account = (line: string): void => appendFileSync(join(folder, "account"), `${line}\n`);
const graph = tortureGraph((what, effect) => account(`${what} ${effect}`));
const brain = await createBrain({
  store: sqlite({ file: join(folder, "brain.db"), key }),
  graphs: [graph],
  listeners: [
    (event) => {
      if (event.type !== "entry") return;
      const { entry } = event;
      account(`durable ${entry.position} ${entry.hash}`);
      if (entry.type === "effect-completed" && entry.class !== "pure") {
        account(`done ${event.run}${entry.path}/${entry.node}#${entry.visit}/${entry.call}/${entry.name}`);
      }
    },
  ],
});

const known = existsSync(join(folder, "account")) && (await brain.runs()).length > 0;
let result: RunResult = known ? await brain.resume("r", graph) : await brain.run(graph, {}, { id: "r" });
while (result.status === "waiting") {
  for (const question of result.questions) {
    // In doubt, what was done is known here: the account says so.
    await brain.answer("r", question.id, question.id.endsWith(":doubt") ? { done: "in doubt" } : "yes");
  }
  result = await brain.resume("r", graph);
}
const replayed = await brain.replay({ run: "r" });
account(`end ${result.status} ${replayed.equal ? "equal" : "differs"}`);
await brain.close();
