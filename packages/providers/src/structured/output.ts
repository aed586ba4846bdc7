import type { Json, ModelRequest, ModelResponse } from "@brainops/core";
import { failure, type Speaker } from "../fault/failure.ts";
import { parseJson } from "../shape/json.ts";
import { schemaProblem } from "./check.ts";

const defaultName = "answer";

const outputName = (request: ModelRequest): string => request.output?.name ?? defaultName;

/**
 * Asks for structured output by a tool that takes the value as its arguments: for vendors and servers without a native
 * way. The tool is forced when it is the only one.
 */
export function askByTool(request: ModelRequest): ModelRequest {
  if (request.output === undefined) return request;
  const { output, ...rest } = request;
  const name = outputName(request);
  const tools = request.tools ?? [];
  return {
    ...rest,
    tools: [...tools, { name, description: "Call this to give your final answer.", parameters: output.schema }],
    toolChoice: tools.length === 0 ? { tool: name } : "required",
  };
}

/**
 * Puts the value that {@link ModelRequest.output} asked for into the response. An answer that was cut, refused, or that
 * calls tools first has none. An answer that should have one and has none that fits is `invalid_response`.
 */
export function withOutput(
  speaker: Speaker,
  request: ModelRequest,
  response: ModelResponse,
  structured: "native" | "tool",
): ModelResponse {
  if (request.output === undefined) return response;
  const name = outputName(request);
  const call = structured === "tool" ? response.toolCalls.find((one) => one.name === name) : undefined;
  if (call === undefined && response.finishReason !== "stop") return response;
  const value = call === undefined ? jsonIn(response.text) : call.args;
  const problem = value === undefined ? "it holds no JSON" : schemaProblem(request.output.schema, value);
  if (value === undefined || problem !== undefined) {
    throw failure(speaker, "invalid_response", `the answer is not the JSON that was asked for: ${problem ?? ""}`, {
      text: response.text,
      usage: { ...response.usage },
    });
  }
  if (call === undefined) return { ...response, output: value };
  // The call was only the envelope of the answer: nobody has to make it.
  const toolCalls = response.toolCalls.filter((one) => one !== call);
  const text = JSON.stringify(value);
  const content = typeof response.message.content === "string" ? [] : response.message.content;
  return {
    ...response,
    text,
    toolCalls,
    message: {
      role: "assistant",
      content: content.map((part) => (part === call ? { type: "text" as const, text } : part)),
    },
    finishReason: toolCalls.length > 0 ? "tool_calls" : "stop",
    output: value,
  };
}

/**
 * The JSON value in a model's text: the whole text, what stands between code fences, or the first value that is whole.
 * Models without a native way like to say "Here is the JSON" before it.
 */
export function jsonIn(text: string): Json | undefined {
  const whole = parseJson(text.trim());
  if (whole !== undefined) return whole;
  const fenced = /```(?:json)?\s*\n([\s\S]*?)```/i.exec(text)?.[1];
  const inFence = fenced === undefined ? undefined : parseJson(fenced.trim());
  if (inFence !== undefined) return inFence;
  // A text full of brackets is no answer; a few tries keep the search linear.
  let start = text.search(/[[{]/);
  for (let tries = 0; start >= 0 && tries < 50; tries += 1) {
    const end = closing(text, start);
    const value = end < 0 ? undefined : parseJson(text.slice(start, end + 1));
    if (value !== undefined) return value;
    const next = text.slice(start + 1).search(/[[{]/);
    start = next < 0 ? -1 : start + 1 + next;
  }
  return undefined;
}

/** Where the bracket that opens at `start` closes, or -1. */
function closing(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    if (inString) {
      if (char === "\\") at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "{" || char === "[") depth += 1;
    else if (char === "}" || char === "]") {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}
