import {
  createBrain,
  END,
  graph,
  START,
  stateOf,
  type Brain,
  type Model,
  type Node,
  type StoreOpener,
} from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { z } from "zod";

/** Runs one node alone in a Brain of its own, and replays it. Gives its output, and the Brain to look into. */
export async function runNode<Input, Output>(
  node: Node<string, Input, Output>,
  input: Input,
  options: { readonly model?: Model; readonly store?: StoreOpener; readonly id?: string } = {},
): Promise<{ readonly output: Output; readonly brain: Brain }> {
  const alone = graph({ name: "alone", state: z.object({ input: z.json(), output: z.json().default(null) }) })
    .node(node.name, async (state, ctx) => ({
      output: z.json().parse(JSON.parse(JSON.stringify(await node.run(node.input.parse(state.input), ctx)))),
    }))
    .edge(START, node.name)
    .edge(node.name, END)
    .build();
  const brain = await createBrain({
    store: options.store ?? memoryStore(),
    ...(options.model === undefined ? {} : { model: options.model }),
    graphs: [alone],
  });
  const run = await brain.run(
    alone,
    { input: z.json().parse(JSON.parse(JSON.stringify(input))) },
    options.id === undefined ? {} : { id: options.id },
  );
  const { equal } = await brain.replay({ run: run.id });
  if (!equal) throw new Error(`The run of ${node.name} does not replay.`);
  return { output: node.output.parse(stateOf(run).output), brain };
}
