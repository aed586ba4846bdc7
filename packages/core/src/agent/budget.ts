import { BrainOpsError } from "../contracts/error.ts";
import type { ModelResponse, Usage } from "../contracts/model.ts";
import { estimate } from "./estimate.ts";
import type { AgentLimits } from "./options.ts";

/** What an agent has used up, and what it may. */
export interface Budget {
  /** Before a turn that will send about so many tokens. Throws `budget_exceeded`. */
  beforeTurn(tokens: number): void;
  /** Before so many calls of tools. Throws `budget_exceeded`. */
  beforeCalls(count: number): void;
  /** After an answer of the model. */
  answered(response: ModelResponse, sent: number): void;
  /** After an answer that could not be read. */
  unread(usage: unknown, sent: number): void;
  /** Whether the model may be told once more that it did something wrong. */
  repair(): boolean;
}

/** Makes the budget of one run of an agent. */
export function createBudget(agent: string, limits: AgentLimits): Budget {
  const {
    turns: maxTurns = 24,
    toolCalls: maxCalls = 96,
    tokens: maxTokens = Infinity,
    repairs: maxRepairs = 3,
  } = limits;
  const reached = { turns: 0, toolCalls: 0, tokens: 0 };
  let repairs = 0;
  let text = "";

  function exceeded(limit: keyof typeof reached, max: number): BrainOpsError {
    return new BrainOpsError(
      "budget_exceeded",
      `The agent '${agent}' has reached its limit of ${max} ${limit} (${reached.turns} turns, ${reached.toolCalls} tool calls, ${reached.tokens} tokens) before it was done. Raise limits.${limit}, or give it less to do.`,
      { details: { agent, limit, max, ...reached, ...(text === "" ? {} : { text }) } },
    );
  }

  return {
    beforeTurn(tokens) {
      if (reached.turns >= maxTurns) throw exceeded("turns", maxTurns);
      if (reached.tokens + tokens > maxTokens) throw exceeded("tokens", maxTokens);
      reached.turns += 1;
    },
    beforeCalls(count) {
      if (reached.toolCalls + count > maxCalls) throw exceeded("toolCalls", maxCalls);
      reached.toolCalls += count;
    },
    answered(response, sent) {
      const { inputTokens, outputTokens } = response.usage;
      reached.tokens += (inputTokens ?? sent) + (outputTokens ?? estimate(response.message));
      if (response.text !== "") text = response.text.slice(0, 2_000).toWellFormed();
    },
    unread(usage, sent) {
      const { inputTokens, outputTokens } = (usage ?? {}) as Partial<Usage>;
      reached.tokens += (inputTokens ?? sent) + (outputTokens ?? 0);
    },
    repair: () => ++repairs <= maxRepairs,
  };
}
