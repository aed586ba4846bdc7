import { BrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";
import type { RunLimits } from "../contracts/run-terms.ts";
import type { Attempt, Usage } from "../contracts/model.ts";

/** What a run has taken of its models so far. */
export interface Spent {
  readonly tokens: number;
  readonly modelCalls: number;
  /** US dollars, as far as the models say what they cost. */
  readonly usd: number;
  /** The last model that answered without saying what it cost. */
  readonly unpriced?: string;
}

/** Name of the effect that a model call is. */
export const modelCall = "model.generate";

/** Keeps count of what a run takes, and stops it before it takes more than it may. */
export interface Spending {
  spent(): Spent;
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
  let { tokens, modelCalls, usd, unpriced } = before ?? none;
  const count = (entry: Entry): void => {
    const taken = takenBy(entry);
    if (taken === undefined) return;
    // A chain tells every try: those that failed or were cancelled may cost too.
    for (const { usage, cost, outcome, model } of taken.attempts) {
      tokens += (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
      // Rounded to a billionth, so that nothing creeps in over many calls.
      usd = Math.round((usd + (cost ?? 0)) * 1e9) / 1e9;
      if (outcome === "answered" && cost === undefined) unpriced = model;
    }
    if (entry.type === "effect-completed") modelCalls++;
  };
  for (const entry of entries) count(entry);
  return {
    spent: () => ({ tokens, modelCalls, usd, ...(unpriced === undefined ? {} : { unpriced }) }),
    count,
    check() {
      if (limits?.tokens !== undefined && tokens >= limits.tokens) throw exceeded("tokens", tokens, limits.tokens);
      if (limits?.modelCalls !== undefined && modelCalls >= limits.modelCalls)
        throw exceeded("model calls", modelCalls, limits.modelCalls);
      if (limits?.usd === undefined) return;
      if (usd >= limits.usd) throw exceeded("USD", usd, limits.usd);
      if (unpriced !== undefined)
        throw new BrainOpsError(
          "budget_exceeded",
          `The run may use ${limits.usd} USD, and '${unpriced}' did not say what it cost, so no model was asked again. Ask through a chain that knows its price, or limit tokens instead.`,
          { details: { what: "USD", spent: usd, limit: limits.usd } },
        );
    },
  };
}

const none: Spent = { tokens: 0, modelCalls: 0, usd: 0 };

/** The tries of a model call; one that tells none is one try, as its answer says. */
function takenBy(entry: Entry): { readonly attempts: readonly Partial<Attempt>[] } | undefined {
  if (entry.type === "effect-failed" && entry.name === modelCall) {
    const details = entry.body?.error.details as { readonly attempts?: readonly Attempt[] } | undefined;
    return { attempts: details?.attempts ?? [] };
  }
  if (entry.type !== "effect-completed" || entry.name !== modelCall) return undefined;
  const answer = entry.body?.result as
    | { readonly attempts?: readonly Attempt[]; readonly usage?: Usage; readonly model?: { readonly name: string } }
    | undefined;
  if (answer?.attempts !== undefined) return { attempts: answer.attempts };
  const { usage, model } = answer ?? {};
  return { attempts: [{ outcome: "answered", model: model?.name ?? "the model", ...(usage && { usage }) }] };
}

function exceeded(what: string, spent: number, limit: number): BrainOpsError {
  return new BrainOpsError(
    "budget_exceeded",
    `The run has used ${spent} ${what} of the ${limit} it may use, so no model was asked. Start it with a larger budget, or let it do less.`,
    { details: { what, spent, limit } },
  );
}
