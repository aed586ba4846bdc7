import {
  BrainOpsError,
  isBrainOpsError,
  type Attempt,
  type Json,
  type JsonObject,
  type ModelResponse,
  type Usage,
} from "@brainops/core";
import type { Failure } from "./policy.ts";

/** The tries of one call, in order. */
export interface Trail {
  readonly attempts: readonly Attempt[];
  /** A model answered. */
  answered(model: string, startedAt: number, response: ModelResponse): void;
  /** A model failed. */
  failed(model: string, startedAt: number, failure: Failure, error: unknown): void;
  /** The response with every try that led to it. */
  response(response: ModelResponse): ModelResponse;
  /** The error with every try that led to it, and with the text that listeners were shown. */
  error(error: unknown, shown?: string): unknown;
  /** The error of a call that no model could answer. */
  exhausted(name: string): BrainOpsError;
}

/** Starts a {@link Trail}. */
export function trail(): Trail {
  const attempts: Attempt[] = [];
  let last: unknown;
  /** The shortest wait that a vendor asked for: after it, a new call may succeed. */
  let wait: number | undefined;

  // A chain in a chain tells its own tries, which say more than the sum of them.
  const add = (attempt: Attempt, inner: readonly Attempt[] | undefined): void => {
    attempts.push(...(inner === undefined || inner.length === 0 ? [attempt] : inner));
  };
  const asJson = (): Json => attempts as readonly object[] as readonly JsonObject[];

  return {
    attempts,
    answered(model, startedAt, response) {
      const ms = Date.now() - startedAt;
      add({ model, startedAt, ms, outcome: "answered", usage: response.usage }, response.attempts);
    },
    failed(model, startedAt, failure, error) {
      last = error;
      const details = isBrainOpsError(error) ? error.details : {};
      const asked = details["retryAfterMs"];
      if (typeof asked === "number") wait = Math.min(wait ?? asked, asked);
      const usage = details["usage"] as (Usage & Json) | undefined;
      const attempt: Attempt = {
        model,
        startedAt,
        ms: Date.now() - startedAt,
        outcome: "failed",
        error: { code: failure.code, message: failure.message },
        ...(usage === undefined ? {} : { usage }),
      };
      add(attempt, details["attempts"] as readonly (Attempt & Json)[] | undefined);
    },
    response: (response) => ({ ...response, attempts: [...attempts] }),
    error(error, shown = "") {
      if (!isBrainOpsError(error)) return error;
      const seen = shown === "" ? {} : { text: shown };
      return new BrainOpsError(error.code, error.message, {
        cause: error,
        details: { ...error.details, ...seen, attempts: asJson() },
      });
    },
    exhausted(name) {
      const tries = attempts.map(
        (one) => `\n  ${one.model}: ${one.error?.code ?? one.outcome} (${one.error?.message ?? ""})`,
      );
      return new BrainOpsError("no_model", `${name}: none of the models could answer. Tried:${tries.join("")}`, {
        cause: last,
        details: {
          ...(isBrainOpsError(last) ? arrived(last) : {}),
          ...(wait === undefined ? {} : { retryAfterMs: wait }),
          attempts: asJson(),
        },
      });
    },
  };
}

/** What had arrived before an error. */
function arrived(error: BrainOpsError): { readonly [key: string]: Json | undefined } {
  const { text, reasoning, toolCalls, incompleteToolCalls, usage } = error.details;
  return { text, reasoning, toolCalls, incompleteToolCalls, usage };
}
