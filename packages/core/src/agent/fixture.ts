import { createBrain, type Brain, type BrainOptions, type ModelRequest, type RunResult } from "../index.ts";
import { END, START } from "../graph/definition.ts";
import { graph, type Graph } from "../graph/graph.ts";
import { memoryStore, scriptedModel, type ScriptedModel, type ScriptedReply } from "../testing/index.ts";
import { z } from "zod";
import { agent, type Agent } from "./agent.ts";
import type { AgentDefinition } from "./options.ts";
import type { Tool } from "./effect-tool.ts";
import { tool, type ToolDefinition } from "./tool.ts";

/** What the agents of these tests are given. */
export const input: z.ZodType<{ question: string }> = z.object({ question: z.string() });

/** An agent called `clerk` that answers in text, with what a test says otherwise. */
export function clerk(
  definition: Partial<AgentDefinition<"clerk", { question: string }, { answer: string }>> = {},
): Agent<"clerk", { question: string }, { answer: string }> {
  return agent({ name: "clerk", instructions: "Answer.", input, prompt: ({ question }) => question, ...definition });
}

/** A graph of that agent alone. */
export function alone(
  node: Agent<string, { question: string }, { answer: string }>,
): Graph<{ question: string; answer?: string | undefined }, { question: string; answer: string }> {
  return graph({ name: "shop", state: z.object({ question: z.string(), answer: z.string().default("") }) })
    .node(node)
    .edge(START, node.name)
    .edge(node.name, END)
    .build();
}

/** A model that says one thing after the other, whatever it is asked. */
export function says(...answers: ScriptedReply[]): ScriptedModel {
  return scriptedModel([(_request, { index }) => answers[index]]);
}

/** A call of a tool, as an answer. */
export const calls = (...made: [name: string, args: Record<string, string | number>][]): ScriptedReply => ({
  toolCalls: made.map(([name, args]) => ({ name, args })),
});

/** Runs an agent alone, checks that it replays, and gives the result. */
export async function ask(
  node: Agent<string, { question: string }, { answer: string }>,
  model: ScriptedModel,
  use: (brain: Brain, result: RunResult<{ question: string; answer: string }>) => Promise<void> | void = () => {},
  options: Partial<BrainOptions> = {},
): Promise<RunResult<{ question: string; answer: string }>> {
  const shop = alone(node);
  const brain = await createBrain({ store: memoryStore(), model, graphs: [shop], ...options });
  try {
    const result = await brain.run(shop, { question: "Are there lamps?" }, { id: "r" });
    await use(brain, result);
    const { equal, divergence } = await brain.replay({ run: "r" });
    if (!equal) throw new Error(`it does not replay: ${JSON.stringify(divergence)}`);
    return result;
  } finally {
    await brain.close();
  }
}

/** The results of tools in the last message of a request. */
export function resultsIn(request: ModelRequest | undefined): unknown[] {
  const last = request?.messages.at(-1);
  return last?.role === "tool" ? last.content.map(({ result }) => result) : [];
}

/** A tool that says how many are left, with what a test says otherwise. */
export function stock(more: Partial<ToolDefinition<{ article: string }>> = {}): Tool {
  return tool({
    name: "stock",
    description: "How many are left.",
    input: z.object({ article: z.string() }),
    class: "idempotent",
    run: ({ article }) => `3 of ${article}`,
    ...more,
  });
}
