import type { Cost } from "./summary.ts";
import { plural, seconds } from "./words.ts";

/** What a run cost, in a line. */
export function costLine(cost: Cost): string {
  const answered = Object.entries(cost.models);
  const failed = cost.modelCalls - answered.reduce((sum, [, count]) => sum + count, 0);
  const who = answered.map(([name, count]) => `${name} ${count}`);
  if (failed > 0) who.push(`failed ${failed}`);
  const models =
    cost.modelCalls === 0
      ? "no model was asked"
      : `${plural(cost.modelCalls, "model call")} (${who.join(", ")}), ${plural(cost.inputTokens, "token")} in, ${plural(cost.outputTokens, "token")} out${cost.usd === 0 ? "" : `, $${cost.usd.toFixed(4)}`}`;
  return `${seconds(cost.ms)}; ${models}; ${plural(cost.effects, "effect")} in ${plural(cost.nodes, "node")}, ${plural(cost.entries, "journal entry")}`;
}
