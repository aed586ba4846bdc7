import type { z } from "zod";
import { BrainOpsError } from "../contracts/error.ts";
import type { Json, JsonObject } from "../contracts/json.ts";
import type { ToolCallPart } from "../contracts/message.ts";
import type { ModelResponse } from "../contracts/model.ts";
import type { Tool } from "./effect-tool.ts";
import { misfitOf } from "./schema.ts";

/** What the answer must fit. */
export interface AgentOutput {
  readonly schema: z.ZodType;
  readonly json: JsonObject;
}

/** An answer of the model: a value that fits, or what is wrong with it, in words for the model. */
export type Answer = { readonly value: unknown } | { readonly wrong: string };

/**
 * The tool with which the model gives its answer while it has other tools: not every vendor takes tools and a schema
 * for the answer in one request, and one that writes by a grammar could never call a tool.
 */
export function answerTool({ schema, json }: AgentOutput): Tool {
  return {
    name: "answer",
    description: "Gives your final answer. Call it alone, when you have seen the results of all other calls.",
    parameters: json,
    trust: "model",
    misfit: (args) => misfitOf(schema, args),
    // It is used only when it is not alone: alone, it is the answer.
    use: () =>
      Promise.resolve({
        error: { code: "invalid_tool_call", message: "Give your answer alone, after the other calls." },
      }),
  };
}

/** The answer that was given by a call, when that was the only one and fits. */
export function answerByCall(calls: readonly ToolCallPart[], tool: Tool, { schema }: AgentOutput): Answer | undefined {
  const [call, another] = calls;
  if (call === undefined || another !== undefined || call.name !== tool.name) return undefined;
  return tool.misfit(call.args) === undefined ? { value: schema.parse(call.args) } : undefined;
}

/** Reads the answer off a response without tool calls. Throws `content_filter` when the model refuses. */
export function answerOf(response: ModelResponse, agent: string, output: AgentOutput | undefined, how: string): Answer {
  const { finishReason, refusal, text } = response;
  if (refusal !== undefined || finishReason === "content_filter") {
    throw new BrainOpsError(
      "content_filter",
      `The agent '${agent}' got no answer, because the model refuses: ${(refusal ?? text).slice(0, 500)}`,
      { details: { agent, refusal: refusal ?? null } },
    );
  }
  if (finishReason === "length" || finishReason === "error")
    return { wrong: "Your answer was cut off before its end. Give the whole of it, shorter." };
  if (output === undefined)
    return text.trim() === "" ? { wrong: "You answered nothing. Give your answer." } : { value: { answer: text } };
  const value = response.output ?? parsed(text);
  if (value === undefined) return { wrong: `Your answer is no JSON. ${how}` };
  const misfit = misfitOf(output.schema, value);
  if (misfit === undefined) return { value: output.schema.parse(value) };
  return { wrong: `Your answer does not fit what was asked for: ${misfit}\n${how}` };
}

function parsed(text: string): Json | undefined {
  const fenced = /^\s*```(?:json)?\s*([\s\S]*?)\s*```\s*$/.exec(text)?.[1];
  try {
    return JSON.parse(fenced ?? text) as Json;
  } catch {
    return undefined;
  }
}
