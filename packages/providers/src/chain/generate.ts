import {
  BrainOpsError,
  type Model,
  type ModelCallOptions,
  type ModelRequest,
  type ModelResponse,
} from "@brainops/core";
import { abortedError } from "../wire/body.ts";
import { judge, type FailoverTable } from "./policy.ts";
import { trail } from "./trail.ts";

/** What a chain is made of. */
export interface ChainSetup {
  readonly name: string;
  readonly models: readonly Model[];
  readonly onError: FailoverTable;
}

/** The error of a chain that has no models. */
export const emptyChain = (name: string): BrainOpsError =>
  new BrainOpsError("no_model", `${name}: there is no model. Give at least one, such as claude() or local().`, {
    details: { attempts: [] },
  });

/** Asks the models in order until one answers whole. */
export async function generateBy(
  setup: ChainSetup,
  request: ModelRequest,
  call: ModelCallOptions,
): Promise<ModelResponse> {
  if (setup.models.length === 0) throw emptyChain(setup.name);
  const tries = trail();
  const aborted = (): boolean => call.signal?.aborted === true;
  for (const model of setup.models) {
    if (aborted()) throw tries.error(abortedError());
    const startedAt = Date.now();
    try {
      const response = await model.generate(request, call);
      tries.answered(model.name, startedAt, response);
      return tries.response(response);
    } catch (error) {
      const failure = judge(error, aborted(), setup.onError);
      if (failure.code === "aborted" && failure.action === "stop") throw tries.error(abortedError());
      tries.failed(model.name, startedAt, failure, error);
      if (failure.action === "stop") throw tries.error(error);
    }
  }
  throw tries.exhausted(setup.name);
}
