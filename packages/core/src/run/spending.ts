import { BrainOpsError } from "../contracts/error.ts";
import type { Entry, RunLimits } from "../contracts/journal.ts";
import type { Usage } from "../contracts/model.ts";

/** What a run has taken of its models so far. */
export interface Spent {
  readonly tokens: number;
  readonly modelCalls: number;
}

/** Name of the effect that a model call is. */
export const modelCall = "model.generate";

/** Keeps count of what a run takes, and stops it before it takes more than it may. */
export interface Spending {
  readonly spent: Spent;
  /** Takes in an entry. */
  count(entry: Entry): void;
  /** Throws `budget_exceeded` when nothing is left for another model call. */
  check(): void;
}

/** Makes the count of a run; `before`: what was spent up to its snapshot. */
export function createSpending(
  limits: RunLimits | undefined,
  before: Spent | undefined,
  entries: readonly Entry[],
): Spending {
  let { tokens, modelCalls } = before ?? { tokens: 0, modelCalls: 0 };
  const count = (entry: Entry): void => {
    if (entry.type !== "effect-completed" || entry.name !== modelCall) return;
    const usage = (entry.body?.result as { usage?: Usage } | undefined)?.usage;
    tokens += (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
    modelCalls++;
  };
  for (const entry of entries) count(entry);
  return {
    get spent() {
      return { tokens, modelCalls };
    },
    count,
    check() {
      if (limits?.tokens !== undefined && tokens >= limits.tokens) throw exceeded("tokens", tokens, limits.tokens);
      if (limits?.modelCalls !== undefined && modelCalls >= limits.modelCalls)
        throw exceeded("model calls", modelCalls, limits.modelCalls);
    },
  };
}

function exceeded(what: string, spent: number, limit: number): BrainOpsError {
  return new BrainOpsError(
    "budget_exceeded",
    `The run has used ${spent} ${what} of the ${limit} it may use, so no model was asked. Start it with a larger budget, or let it do less.`,
    { details: { what, spent, limit } },
  );
}
