import type { Attempt, Entry, Json, JsonObject, Plugin } from "@brainops/core";
import { isObject, listOf, numberOf, objectOf, textOf } from "../shape/json.ts";

/** The tries of one model call, as they are remembered. */
export interface RememberedCall {
  readonly run: string;
  /** The node that asked. */
  readonly node: string;
  /** When the call was over, in milliseconds since 1970. */
  readonly at: number;
  readonly attempts: readonly Attempt[];
}

/** What the tries at one model came to. */
export interface ModelRecord {
  readonly model: string;
  readonly answered: number;
  readonly failed: number;
  readonly skipped: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, where a price is known. */
  readonly cost: number;
  /** Mean milliseconds of the tries that were answered; 0 when there is none. */
  readonly meanMs: number;
  /** How often each code came. */
  readonly errors: { readonly [code: string]: number };
}

/** The stream in which {@link rememberAttempts} keeps the tries. */
export const attemptStream = "plugin/attempts/calls";

/**
 * A plugin that remembers every try at a model, successful or not, in the very commit that journals the answer or the
 * failure: the two cannot disagree. One entry for each call that a chain made, in the stream {@link attemptStream}.
 *
 * @example
 * ```ts
 * import { createBrain } from "@brainops/core";
 * import { memoryStore } from "@brainops/core/testing";
 * import { attemptStream, chain, claude, gpt, rememberAttempts, summarizeAttempts } from "@brainops/providers";
 * const brain = await createBrain({ store: memoryStore(), model: chain([claude(), gpt()]), plugins: [rememberAttempts()] });
 * const calls = await brain.store.read(attemptStream);
 * console.log(summarizeAttempts(calls.map(({ entry }) => entry)));
 * ```
 */
export function rememberAttempts(): Plugin {
  return {
    name: "attempts",
    setup(registrar) {
      registrar.withCommit((entry, run) => {
        const attempts = attemptsOf(entry);
        if (attempts.length === 0 || !("node" in entry)) return [];
        const call: JsonObject = { run, node: entry.node, at: entry.at, attempts };
        return [{ type: "append", stream: "calls", entries: [call] }];
      });
    },
  };
}

/** The tries that an entry of a journal tells of: those of an answer, or of a failure. */
function attemptsOf(entry: Entry): readonly Json[] {
  if (entry.type === "effect-completed") return listOf(objectOf(entry.body.result)["attempts"]).filter(isAttempt);
  if (entry.type === "effect-failed") return listOf(objectOf(entry.body.error.details)["attempts"]).filter(isAttempt);
  return [];
}

const isAttempt = (value: Json): boolean => isObject(value) && "model" in value && "outcome" in value;

/** Adds up what {@link rememberAttempts} kept, by model, in the order in which they were first asked. */
export function summarizeAttempts(calls: readonly Json[]): readonly ModelRecord[] {
  const records = new Map<string, { -readonly [K in keyof ModelRecord]: ModelRecord[K] } & { ms: number }>();
  for (const attempt of calls.flatMap((call) => listOf(objectOf(call)["attempts"])).map(objectOf)) {
    const model = textOf(attempt["model"]);
    const record = records.get(model) ?? {
      model,
      answered: 0,
      failed: 0,
      skipped: 0,
      inputTokens: 0,
      outputTokens: 0,
      cost: 0,
      meanMs: 0,
      errors: {},
      ms: 0,
    };
    records.set(model, record);
    const outcome = textOf(attempt["outcome"]);
    if (outcome === "answered" || outcome === "failed" || outcome === "skipped") record[outcome] += 1;
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
