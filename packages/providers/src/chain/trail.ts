import {
  BrainOpsError,
  isBrainOpsError,
  type Attempt,
  type Clock,
  type ErrorCode,
  type Json,
  type JsonObject,
  type ModelResponse,
  type Usage,
} from "@brainops/core";
import type { Failure } from "./policy.ts";

/** One try while it is under way. */
export interface Step {
  readonly model: string;
  readonly startedAt: number;
  /** Why the model was asked now, when it was not simply its turn. */
  readonly note?: string | undefined;
}

/** The tries of one call, in order. */
export interface Trail {
  readonly attempts: readonly Attempt[];
  /** A model answered; a stream, after so many milliseconds until its first part. */
  answered(step: Step, response: ModelResponse, cost?: number, firstPartMs?: number): void;
  /** A model failed. */
  failed(step: Step, failure: Failure, error: unknown, cost?: number): void;
  /** A model was asked, and stopped before it had answered. */
  cancelled(step: Step, message: string, cost?: number): void;
  /** A model was not asked. */
  skipped(step: Step, code: ErrorCode, message: string): void;
  /** The response with every try that led to it. */
  response(response: ModelResponse): ModelResponse;
  /** The error with every try that led to it, and with the text that listeners were shown. */
  error(error: unknown, shown?: string): unknown;
  /** The error of a call that no model could answer. `wait`: when it may be worth asking again. */
  exhausted(name: string, waitMs?: number): BrainOpsError;
}

/** Starts a {@link Trail}. */
export function trail(clock: Clock): Trail {
  const attempts: Attempt[] = [];
  let last: unknown;
  /** The shortest wait that a vendor asked for: after it, a new call may succeed. */
  let wait: number | undefined;

  // A chain in a chain tells its own tries, which say more than the sum of them.
  const add = (attempt: Attempt, inner: readonly Attempt[] | undefined): void => {
    attempts.push(...(inner === undefined || inner.length === 0 ? [attempt] : inner));
  };
  const asJson = (): Json => attempts as readonly object[] as readonly JsonObject[];
  const begun = ({ model, startedAt, note }: Step): Pick<Attempt, "model" | "startedAt" | "ms" | "note"> => ({
    model,
    startedAt,
    ms: clock.now() - startedAt,
    ...(note === undefined ? {} : { note }),
  });

  return {
    attempts,
    answered(step, response, cost, firstPartMs) {
      const { usage } = response;
      const price = cost === undefined ? {} : { cost };
      const first = firstPartMs === undefined ? {} : { firstPartMs };
      add({ ...begun(step), ...first, outcome: "answered", usage, ...price }, response.attempts);
    },
    failed(step, { code, message }, error, cost) {
      last = error;
      const details = isBrainOpsError(error) ? error.details : {};
      const asked = details["retryAfterMs"];
      if (typeof asked === "number") wait = Math.min(wait ?? asked, asked);
      const usage = details["usage"] as (Usage & Json) | undefined;
      const attempt: Attempt = {
        ...begun(step),
        outcome: "failed",
        error: { code, message },
        ...(usage === undefined ? {} : { usage }),
        ...(cost === undefined ? {} : { cost }),
      };
      add(attempt, details["attempts"] as readonly (Attempt & Json)[] | undefined);
    },
    cancelled(step, message, cost) {
      const price = cost === undefined ? {} : { cost };
      attempts.push({ ...begun(step), outcome: "cancelled", error: { code: "aborted", message }, ...price });
    },
    skipped(step, code, message) {
      attempts.push({ ...begun(step), outcome: "skipped", error: { code, message } });
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
    exhausted(name, waitMs) {
      const retryAfterMs = waitMs ?? wait;
      const tries = attempts.map(
        (one) => `\n  ${one.model}: ${one.error?.code ?? one.outcome} (${one.error?.message ?? ""})`,
      );
      return new BrainOpsError("no_model", `${name}: none of the models could answer. Tried:${tries.join("")}`, {
        cause: last,
        details: {
          ...(isBrainOpsError(last) ? arrived(last) : {}),
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
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
