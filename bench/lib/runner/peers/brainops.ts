import { createHash } from "node:crypto";
import { join } from "node:path";
import { createBrain, type Brain, type Graph } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";
import { appendingLoop, chain, effectChain, fanOut, rewritingLoop } from "../../runner-graphs.ts";
import { dieHere, diesAt, type Contender, type RunnerScenario, type Synchronous } from "../scenarios.ts";

const key = createHash("sha256").update("a raw key of the bench").digest();

function graphOf({ shape, size }: RunnerScenario): Graph {
  switch (shape) {
    case "chain":
      return chain(size);
    case "fan-out":
      return fanOut(size);
    case "rewriting loop":
      return rewritingLoop(size);
    case "appending loop":
      return appendingLoop(size);
    default:
      return effectChain(size, shape);
  }
}

function brainIn(folder: string, synchronous: Synchronous, graphs: readonly Graph[]): Promise<Brain> {
  return createBrain({ store: sqlite({ file: join(folder, "brain.db"), key, synchronous }), graphs: [...graphs] });
}

/** The runner with its defaults, sealed under a raw key. */
export async function open(folder: string, synchronous: Synchronous): Promise<Contender> {
  const brain = await brainIn(folder, synchronous, []);
  const graphs = new Map<string, Graph>();
  return {
    async run(scenario) {
      let graph = graphs.get(scenario.name);
      if (graph === undefined) graphs.set(scenario.name, (graph = graphOf(scenario)));
      const { status } = await brain.run(graph, {});
      if (status !== "completed") throw new Error(`The run ended as '${status}'.`);
    },
    close: () => brain.close(),
  };
}

/** Dies at step 901 of a loop. */
export async function die(folder: string): Promise<void> {
  const graph = rewritingLoop(1000, async (step) => (step === diesAt ? dieHere() : undefined));
  const brain = await brainIn(folder, "full", [graph]);
  await brain.run(graph, {}, { id: "resumed" });
}

/** Goes on from where it died. */
export async function resume(folder: string, goesOn: () => void): Promise<void> {
  const graph = rewritingLoop(1000, (step) => {
    if (step >= diesAt) goesOn();
  });
  const brain = await brainIn(folder, "full", [graph]);
  const { status } = await brain.resume("resumed");
  if (status !== "completed") throw new Error(`The run ended as '${status}'.`);
  await brain.close();
}
