import type { Attempt, Entry, Json, JsonObject, Plugin, PluginWrite, RecordInput } from "@brainops/core";
import { compact, isObject, listOf, objectOf } from "../shape/json.ts";

/** The tries of one model call, as they are remembered. */
export interface RememberedCall {
  /** Id of the run that asked. */
  readonly run: string;
  /** The node that asked. */
  readonly node: string;
  /** When the call was over, in milliseconds since 1970. */
  readonly at: number;
  /** The tries, in the order in which they were made. */
  readonly attempts: readonly Attempt[];
}

/** What {@link rememberAttempts} can be told. */
export interface RememberOptions {
  /**
   * Which tries become experiences. Default `every`; `failed` leaves out those that were answered, and `none` keeps the
   * metric alone, which has every try in any case.
   */
  readonly experiences?: "every" | "failed" | "none";
}

/** The stream in which {@link rememberAttempts} keeps the tries as a metric. */
export const attemptStream = "plugin/attempts/calls";

/**
 * A plugin that remembers every try at a model, successful or not, in the very commit that journals the answer or the
 * failure, so that the two cannot disagree: as an experience in the run's scope (tag `attempt`, and `answered`, `failed`,
 * `cancelled` or `skipped`), and as a metric, one entry for each call that a chain made, in {@link attemptStream}.
 *
 * @example
 * ```ts
 * import { createBrain } from "@brainops/core";
 * import { memoryStore } from "@brainops/core/testing";
 * import { attemptStream, chain, claude, gpt, rememberAttempts, summarizeAttempts } from "@brainops/providers";
 * const brain = await createBrain({ store: memoryStore(), model: chain([claude(), gpt()]), plugins: [rememberAttempts()] });
 * const calls = await brain.store.read(attemptStream);
 * console.log(summarizeAttempts(calls.map(({ entry }) => entry)));
 * const failures = await brain.store.find({ scope: brain.scope, tags: ["attempt", "failed"] });
 * ```
 */
export function rememberAttempts({ experiences = "every" }: RememberOptions = {}): Plugin {
  const isTold = ({ outcome }: Attempt): boolean =>
    experiences === "every" || (experiences === "failed" && outcome !== "answered");
  return {
    name: "attempts",
    setup(registrar) {
      registrar.withCommit((entry, run): readonly PluginWrite[] => {
        const attempts = attemptsOf(entry);
        if (attempts.length === 0 || !("node" in entry)) return [];
        const { node, at } = entry;
        const call: JsonObject = { run, node, at, attempts: attempts as readonly object[] as readonly JsonObject[] };
        return [
          { type: "append", stream: "calls", entries: [call] },
          ...attempts.filter(isTold).map((attempt) => ({ type: "record" as const, record: experience(attempt, node) })),
        ];
      });
    },
  };
}

/** The tries that an entry of a journal tells of: those of an answer, or of a failure. */
function attemptsOf(entry: Entry): readonly Attempt[] {
  const told: Json | undefined =
    entry.type === "effect-completed"
      ? entry.body.result
      : entry.type === "effect-failed"
        ? entry.body.error.details
        : undefined;
  return attemptsIn(told);
}

/** The tries that a value tells of: an answer, the details of an error, a {@link RememberedCall}. */
export const attemptsIn = (told: Json | undefined): readonly Attempt[] =>
  listOf(objectOf(told)["attempts"]).filter(isAttempt) as readonly object[] as readonly Attempt[];

const isAttempt = (value: Json): boolean =>
  isObject(value) && typeof value["model"] === "string" && typeof value["outcome"] === "string";

/**
 * A try in words of our own: what the vendor said stays in the journal and the metric, since text from outside is no
 * memory. It weighs little beside what a node remembers on purpose, one that was answered least of all.
 */
function experience(attempt: Attempt, node: string): RecordInput {
  const { model, outcome, ms, cost, usage, error } = attempt;
  const tokens = (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
  const end = { answered: "answered", failed: "failed", cancelled: "was cancelled", skipped: "was not asked" }[outcome];
  const took = outcome === "skipped" ? "" : ` after ${Math.round(ms)} ms`;
  const used = usage === undefined ? "" : `, ${tokens} tokens`;
  const price = cost === undefined ? "" : `, ${cost} USD`;
  const { startedAt, firstPartMs, note } = attempt;
  return {
    kind: "experience",
    text: `Model ${model} ${end}${took} for ${node}${error === undefined ? "" : `: ${error.code}`}${used}${price}.`,
    data: compact({
      model,
      node,
      outcome,
      startedAt,
      ms,
      firstPartMs,
      cost,
      code: error?.code,
      note,
      usage: usage && { ...usage },
    }),
    tags: ["attempt", outcome, ...(error === undefined ? [] : [error.code])],
    actor: model.slice(0, 200) || "unnamed",
    importance: outcome === "answered" ? 0.05 : 0.2,
    trust: "test",
  };
}
