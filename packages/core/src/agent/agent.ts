import { z } from "zod";
import type { Message } from "../contracts/message.ts";
import type { Node } from "../contracts/node.ts";
import { node } from "../define.ts";
import { answerTool } from "./answer.ts";
import { converse, type Job } from "./loop.ts";
import type { AgentBrief, AgentDefinition } from "./options.ts";
import { objectSchemaOf } from "./schema.ts";
import { knownTools, toolsetOf } from "./toolset.ts";

/** A node in which a model and tools take turns. */
export interface Agent<Name extends string = string, Input = unknown, Output = unknown> extends Node<
  Name,
  Input,
  Output
> {
  /** Who it is; what a hand-off takes over. */
  readonly brief: AgentBrief;
}

/** What an agent answers when it was not told what. */
export interface AgentAnswer {
  /** The text of its last turn. */
  readonly answer: string;
}

const plainAnswer: z.ZodType<AgentAnswer> = z.object({ answer: z.string() });

/**
 * Makes a node in which a model and tools take turns until the model answers. Every turn and every call is an effect:
 * journaled, under the guards, replayed offline, and not done again after a crash.
 *
 * Errors, beside those of models: `budget_exceeded` at a limit, `invalid_tool_call` and `invalid_response` when the
 * model goes on doing wrong, `content_filter` when it refuses.
 *
 * @throws `invalid_input` when a schema or the tools' names are such that no vendor takes them.
 * @example
 * ```ts
 * import { createBrain, END, graph, START } from "@brainops/core";
 * import { agent, tool } from "@brainops/core/agent";
 * import { memoryStore, scriptedModel } from "@brainops/core/testing";
 * import { z } from "zod";
 *
 * const stock = tool({
 *   name: "stock",
 *   description: "How many of an article are left.",
 *   input: z.object({ article: z.string() }),
 *   class: "pure",
 *   run: ({ article }) => ({ article, left: 3 }),
 * });
 * const clerk = agent({
 *   name: "clerk",
 *   instructions: "Answer what customers ask. Look things up; do not guess.",
 *   tools: [stock],
 *   input: z.object({ question: z.string() }),
 *   output: z.object({ answer: z.string(), sure: z.boolean() }),
 *   prompt: ({ question }) => question,
 *   limits: { turns: 8, tokens: 50_000 },
 * });
 * const shop = graph({
 *   name: "shop",
 *   state: z.object({ question: z.string(), answer: z.string().default(""), sure: z.boolean().default(false) }),
 * })
 *   .node(clerk)
 *   .edge(START, "clerk")
 *   .edge("clerk", END)
 *   .build();
 *
 * const model = scriptedModel([
 *   { when: "lamps", answer: { toolCalls: [{ name: "stock", args: { article: "lamp" } }] }, times: 1 },
 *   { answer: { toolCalls: [{ name: "answer", args: { answer: "Three are left.", sure: true } }] } },
 * ]);
 * const brain = await createBrain({ store: memoryStore(), model, graphs: [shop] });
 * const result = await brain.run(shop, { question: "Are there lamps?" });
 * if (result.status === "completed") console.log(result.state.answer);
 * await brain.close();
 * ```
 */
export function agent<const Name extends string, Input, Output = AgentAnswer>(
  definition: AgentDefinition<Name, Input, Output>,
): Agent<Name, Input, Output> {
  const { name, version, description, input, limits = {}, compaction = {}, retry, timeoutMs } = definition;
  const brief: AgentBrief = {
    name,
    instructions: definition.instructions,
    tools: definition.tools ?? [],
    ...(definition.model === undefined ? {} : { model: definition.model }),
    ...(definition.settings === undefined ? {} : { settings: definition.settings }),
  };
  const schema = definition.output;
  const output =
    schema === undefined ? undefined : { schema, json: objectSchemaOf(schema, `The output of the agent '${name}'`) };
  toolsetOf(name, [...knownTools(brief), ...(output === undefined ? [] : [answerTool(output)])]);
  const prompt = definition.prompt ?? ((given: Input) => JSON.stringify(given, undefined, 2));

  async function run(given: Input, ctx: Parameters<Node["run"]>[1]): Promise<Output> {
    const job: Job = { brief, prompt: messagesFrom(prompt(given)), output, limits, compaction };
    return (await converse(job, ctx)) as Output;
  }

  const made = node<Name, Input, Output>({
    name,
    ...(version === undefined ? {} : { version }),
    ...(description === undefined ? {} : { description }),
    input,
    // Without a schema of its own, Output is AgentAnswer.
    output: schema ?? (plainAnswer as unknown as z.ZodType<Output>),
    ...(retry === undefined ? {} : { retry }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    run,
  });
  return Object.freeze({ ...made, brief });
}

function messagesFrom(prompt: string | readonly Message[]): readonly Message[] {
  return typeof prompt === "string" ? [{ role: "user", content: prompt }] : prompt;
}
