import type { z } from "zod";
import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import type { ModelResponse } from "../contracts/model.ts";
import { misfitOf } from "./schema.ts";

/** An answer of the model: a value that fits, or what is wrong with it, in words for the model. */
export type Answer = { readonly value: unknown } | { readonly wrong: string };

/** Reads the answer off a response without tool calls. Throws `content_filter` when the model refuses. */
export function answerOf(response: ModelResponse, agent: string, schema: z.ZodType | undefined): Answer {
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
  if (schema === undefined)
    return text.trim() === "" ? { wrong: "You answered nothing. Give your answer." } : { value: { answer: text } };
  return fitting(response.output ?? parsed(text), schema);
}

function fitting(value: Json | undefined, schema: z.ZodType): Answer {
  if (value === undefined) return { wrong: "Your answer is no JSON. Answer with the JSON alone that was asked for." };
  const misfit = misfitOf(schema, value);
  if (misfit === undefined) return { value: schema.parse(value) };
  return { wrong: `Your answer does not fit what was asked for: ${misfit}\nAnswer again, with the whole of it.` };
}

function parsed(text: string): Json | undefined {
  const fenced = /^\s*```(?:json)?\s*([\s\S]*?)\s*```\s*$/.exec(text)?.[1];
  try {
    return JSON.parse(fenced ?? text) as Json;
  } catch {
    return undefined;
  }
}
