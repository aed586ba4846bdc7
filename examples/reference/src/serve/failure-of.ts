import type { Entry, Fault, Json, JsonObject } from "@brainops/core";
import { isModelFailure, modelSubject } from "@brainops/nodes";

/** Why a run has failed for want of a model. */
export interface ModelFailure {
  readonly fault: Fault;
  /** With how many entries of the run one begins that asks again. */
  readonly at: number;
}

/** The failure of a journal that ended because a model call failed in a way that may pass; `undefined` for all else. */
export function failureOf(entries: readonly Entry[]): ModelFailure | undefined {
  const last = entries.at(-1);
  if (last?.type !== "run-failed") return undefined;
  const error = last.body?.error;
  const asked = entries.findLast((entry) => entry.type === "effect-failed");
  if (error === undefined || asked?.type !== "effect-failed" || asked.name !== "model.generate") return undefined;
  if (asked.body?.error.code !== error.code) return undefined;
  const { model, attempts } = objectOf(error.details);
  const data: JsonObject = {
    code: error.code,
    ...(model === undefined ? {} : { model }),
    ...(attempts === undefined ? {} : { attempts }),
  };
  const fault: Fault = { source: "error", subject: modelSubject, text: error.message, data };
  return isModelFailure(fault) ? { fault, at: asked.position } : undefined;
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
