import {
  BrainOpsError,
  isBrainOpsError,
  type ModelCallOptions,
  type ModelRequest,
  type ModelResponse,
} from "@brainops/core";
import { schemaProblem } from "../structured/check.ts";
import { ask, asksAround } from "./ask.ts";
import type { ChainSetup } from "./setup.ts";
import { way } from "./way.ts";

/** The error of a chain that has no models. */
export const emptyChain = (name: string): BrainOpsError =>
  new BrainOpsError("no_model", `${name}: there is no model. Give at least one, such as claude() or local().`, {
    details: { attempts: [] },
  });

/** A refusal, as the error that it is when the chain is to ask around. */
export function refused(name: string, response: ModelResponse): BrainOpsError | undefined {
  if (response.finishReason !== "content_filter") return undefined;
  return new BrainOpsError("content_filter", `${name}: the model refused: ${response.refusal ?? response.text}`, {
    details: { text: response.text, usage: response.usage as object as { readonly [key: string]: number } },
  });
}

/** The error of an answer that calls a tool in a way that does not fit, where the chain is to look at that. */
export function misfit(
  setup: ChainSetup,
  name: string,
  request: ModelRequest,
  response: ModelResponse,
): BrainOpsError | undefined {
  if (!setup.checkCalls) return undefined;
  for (const call of response.toolCalls) {
    const tool = request.tools?.find((one) => one.name === call.name);
    const problem = tool === undefined ? "there is no such tool" : schemaProblem(tool.parameters, call.args);
    if (problem === undefined) continue;
    return new BrainOpsError(
      "invalid_tool_call",
      `${name}: the model called '${call.name}' in a way that does not fit: ${problem}. Ask again, or simplify the tool's schema.`,
      { details: { text: response.text, tool: call.name, args: call.args, usage: { ...response.usage } } },
    );
  }
  return undefined;
}

/** Asks the models in order until one answers whole. */
export async function generateBy(
  setup: ChainSetup,
  request: ModelRequest,
  call: ModelCallOptions,
): Promise<ModelResponse> {
  if (setup.lanes.length === 0) throw emptyChain(setup.name);
  const path = way(setup, request, call);
  let refusal: ModelResponse | undefined;
  for (;;) {
    try {
      const { tried, value } = await ask(setup, path, call, {
        kind: "whole",
        start: ({ lane }, options) => lane.model.generate(path.request, options),
      });
      const no = refused(tried.turn.lane.model.name, value);
      if (no !== undefined && asksAround(setup, no) && path.more()) {
        refusal ??= value;
        tried.failed(no);
        continue;
      }
      const bad = misfit(setup, tried.turn.lane.model.name, path.request, value);
      if (bad !== undefined) {
        if (tried.failed(bad).action === "stop") throw path.tries.error(bad);
        continue;
      }
      tried.answered(value);
      return path.tries.response(value);
    } catch (error) {
      // A refusal is a better answer than none.
      if (refusal === undefined || !isBrainOpsError(error, "no_model")) throw error;
      return path.tries.response(refusal);
    }
  }
}
