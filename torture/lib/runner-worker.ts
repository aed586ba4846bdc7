// One process of the torture: runs or resumes a run on a file, writes down what it does outside and what is durable.
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { createBrain, type Json, type RunResult } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";
import { effectOf, key, linesOf, run } from "./runner-account.ts";
import { tortureGraph } from "./runner-graph.ts";

const folder = process.argv[2] ?? "";
/** After so many lines it dies by its own hand, so that what was just told, or done, is all that is left of it. */
let left = Number(process.argv[3] ?? Infinity);
function account(line: string): void {
  appendFileSync(join(folder, "account"), `${line}\n`);
  if (--left === 0) process.kill(process.pid, "SIGKILL");
}
const graph = tortureGraph((what, effect) => account(`${what} ${effect}`));
const brain = await createBrain({
  store: sqlite({ file: join(folder, "brain.db"), key }),
  graphs: [graph],
  listeners: [
    (event) => {
      if (event.type !== "entry") return;
      const { entry } = event;
      account(`durable ${entry.position} ${entry.hash}`);
      const effect = effectOf(entry);
      if (effect !== undefined) account(`done ${effect}`);
    },
  ],
});

/** A person who is asked about an effect in doubt looks, and says what is so. */
function lookFor(effect: string): Json {
  const done = linesOf(folder).includes(`do ${effect}`);
  return done ? { done: effect.slice(effect.lastIndexOf("/") + 1) } : "not done";
}

// From here on it is killed: starting takes long, and has nothing to lose.
console.log("begun");
const known = (await brain.runs()).length > 0;
let result: RunResult = known ? await brain.resume(run, graph) : await brain.run(graph, {}, { id: run });
while (result.status === "waiting") {
  for (const { id, data } of result.questions) {
    const asked = (data as { readonly key: string } | undefined)?.key;
    await brain.answer(run, id, asked === undefined ? "yes" : lookFor(asked));
  }
  result = await brain.resume(run, graph);
}
const replayed = await brain.replay({ run });
account(`end ${result.status} ${replayed.equal ? "equal" : "differs"}`);
await brain.close();
