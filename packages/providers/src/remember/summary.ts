import type { Attempt, Json } from "@brainops/core";
import { listOf, numberOf, objectOf, textOf } from "../shape/json.ts";

/** What the tries at one model came to. */
export interface ModelRecord {
  /** Name of the model in its chain. */
  readonly model: string;
  /** How many tries were answered. */
  readonly answered: number;
  /** How many failed. */
  readonly failed: number;
  /** How often it was not asked, such as while its breaker was open. */
  readonly skipped: number;
  /** How many were stopped before they had answered. */
  readonly cancelled: number;
  /** Prompt tokens of all tries, as far as the vendor said. */
  readonly inputTokens: number;
  /** Tokens of all answers, as far as the vendor said. */
  readonly outputTokens: number;
  /** US dollars, where a price is known. */
  readonly cost: number;
  /** Mean milliseconds of the tries that were answered; 0 when there is none. */
  readonly meanMs: number;
  /** How often each code came. */
  readonly errors: { readonly [code: string]: number };
}

/**
 * Adds up what `rememberAttempts` kept, by model, in the order in which they were first asked.
 *
 * @example
 * ```ts
 * import type { Brain } from "@brainops/core";
 * import { attemptStream, summarizeAttempts } from "@brainops/providers";
 * declare const brain: Brain;
 * const calls = await brain.store.read(attemptStream);
 * console.log(summarizeAttempts(calls.map(({ entry }) => entry)));
 * ```
 */
export function summarizeAttempts(calls: readonly Json[]): readonly ModelRecord[] {
  const records = new Map<string, { -readonly [K in keyof ModelRecord]: ModelRecord[K] } & { ms: number }>();
  for (const attempt of calls.flatMap((call) => listOf(objectOf(call)["attempts"])).map(objectOf)) {
    const model = textOf(attempt["model"]);
    const record = records.get(model) ?? {
      model,
      answered: 0,
      failed: 0,
      skipped: 0,
      cancelled: 0,
      inputTokens: 0,
      outputTokens: 0,
      cost: 0,
      meanMs: 0,
      errors: {},
      ms: 0,
    };
    records.set(model, record);
    const outcome = textOf(attempt["outcome"]);
    if (isOutcome(outcome)) record[outcome] += 1;
    if (outcome === "answered") record.ms += numberOf(attempt["ms"]) ?? 0;
    const usage = objectOf(attempt["usage"]);
    record.inputTokens += numberOf(usage["inputTokens"]) ?? 0;
    record.outputTokens += numberOf(usage["outputTokens"]) ?? 0;
    record.cost += numberOf(attempt["cost"]) ?? 0;
    const code = textOf(objectOf(attempt["error"])["code"]);
    if (code !== "") record.errors = { ...record.errors, [code]: (record.errors[code] ?? 0) + 1 };
  }
  return [...records.values()].map(({ ms, ...record }) => ({
    ...record,
    meanMs: record.answered === 0 ? 0 : ms / record.answered,
  }));
}

const isOutcome = (text: string): text is Attempt["outcome"] =>
  text === "answered" || text === "failed" || text === "skipped" || text === "cancelled";
