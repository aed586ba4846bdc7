import type { z } from "zod";
import type { Message } from "../contracts/message.ts";
import type { ModelRequest } from "../contracts/model.ts";
import type { RetryPolicy } from "../contracts/node.ts";
import type { Tool, ToolSource } from "./effect-tool.ts";

/** What an agent may use up; then it ends with `budget_exceeded`, whose details say what was reached. */
export interface AgentLimits {
  /** Answers of the model. Default 24. */
  readonly turns?: number;
  /** Calls of tools. Default 96. */
  readonly toolCalls?: number;
  /** Tokens in and out, over all turns. Default: no limit. */
  readonly tokens?: number;
  /**
   * Turns in which the model may be told that a call or its answer misfits. After that the agent ends with
   * `invalid_tool_call` or `invalid_response`. Default 3.
   */
  readonly repairs?: number;
}

/** What becomes of a conversation that grows long. */
export interface Compaction {
  /** Estimated tokens of a request from which on older turns give way. Default 100,000. */
  readonly tokens?: number;
  /** Older turns are summarised by the model, in a journaled call of its own, or left out. Default `summarise`. */
  readonly how?: "summarise" | "drop";
}

/** What is sent along with every turn. */
export type AgentSettings = Pick<
  ModelRequest,
  "maxTokens" | "temperature" | "seed" | "stop" | "reasoning" | "metadata" | "raw"
>;

/** Who an agent is: what changes when the conversation is handed over. */
export interface AgentBrief {
  /** Short and unique among those that a conversation may be handed to. */
  readonly name: string;
  /** What it is to do, and how. Stands above the conversation. */
  readonly instructions: string;
  /** What it may call. Each name once; `answer` is taken when there is an `output`. */
  readonly tools?: readonly (Tool | ToolSource)[];
  /** Name of the Brain's model to ask. Default: the Brain's default. */
  readonly model?: string;
  /** Settings of every model call, such as `maxTokens` and `temperature`. Default: the adapter's. */
  readonly settings?: AgentSettings;
}

/** What `agent` takes. */
export interface AgentDefinition<Name extends string, Input, Output> extends AgentBrief {
  /** What the node is called in graphs and journals. */
  readonly name: Name;
  /** Part of the graph's fingerprint; raise it when the agent does something else. Default `1`. */
  readonly version?: string;
  /** What it does, in words: for people, and for a model that has it as a tool. */
  readonly description?: string;
  /** The keys of the state that it is given. */
  readonly input: z.ZodType<Input>;
  /**
   * What it answers: an object, the update of the state. An agent without tools is asked for it as structured output,
   * one with tools is given a tool called `answer`. Default `{ answer: string }`, the text of its last turn.
   */
  readonly output?: z.ZodType<Output>;
  /** The message, or the messages, that the conversation begins with. Default: the input as JSON. */
  prompt?(input: Input): string | readonly Message[];
  /** Bounds of the loop. Default: as {@link AgentLimits} says for each. */
  readonly limits?: AgentLimits;
  /** How a conversation that grows too long is made shorter. Default: on, with the defaults of {@link Compaction}. */
  readonly compaction?: Compaction | false;
  /** When the whole agent is tried again; what was done before is taken from the journal. Default: never. */
  readonly retry?: RetryPolicy;
  /** Milliseconds for one try of the whole agent; then it fails with `timeout`. */
  readonly timeoutMs?: number;
}
