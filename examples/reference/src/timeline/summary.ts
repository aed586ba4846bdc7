import { accountOf, type Entry, type Hit, type Json } from "@brainops/core";

/** What a run did and cost, read off its journal. */
export interface Cost {
  readonly entries: number;
  /** Completed node executions. */
  readonly nodes: number;
  readonly effects: number;
  /** Model calls, those that failed included. */
  readonly modelCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, as far as the models say what they cost. */
  readonly usd: number;
  /** Records of earlier runs that were recalled. */
  readonly recalled: number;
  /** Who answered, and how often. */
  readonly models: { readonly [name: string]: number };
  /** Milliseconds from the first entry to the last, waiting included. */
  readonly ms: number;
}

/** Adds up a journal. */
export function costOf(entries: readonly Entry[]): Cost {
  const answers = entries.flatMap((entry) =>
    entry.type === "effect-completed" && entry.name === "model.generate" ? [(entry.body?.result ?? {}) as Answer] : [],
  );
  const failed = entries.filter((entry) => entry.type === "effect-failed" && entry.name === "model.generate").length;
  const models: { [name: string]: number } = {};
  for (const { model } of answers) models[model?.name ?? "unknown"] = (models[model?.name ?? "unknown"] ?? 0) + 1;
  return {
    entries: entries.length,
    nodes: entries.filter((entry) => entry.type === "node-completed").length,
    effects: entries.filter((entry) => entry.type === "effect-completed").length,
    modelCalls: answers.length + failed,
    inputTokens: answers.reduce((sum, { usage }) => sum + (usage?.inputTokens ?? 0), 0),
    outputTokens: answers.reduce((sum, { usage }) => sum + (usage?.outputTokens ?? 0), 0),
    usd: entries.length === 0 ? 0 : accountOf(entries).usd,
    recalled: recalledFromEarlier(entries),
    models,
    ms: (entries.at(-1)?.at ?? 0) - (entries[0]?.at ?? 0),
  };
}

function recalledFromEarlier(entries: readonly Entry[]): number {
  const [first] = entries;
  const run = first?.type === "run-started" ? first.run : undefined;
  const found = new Set<string>();
  for (const entry of entries) {
    if (entry.type !== "effect-completed" || entry.name !== "memory.recall") continue;
    for (const { record } of (entry.body?.result ?? []) as readonly unknown[] as readonly Hit[]) {
      if (record.provenance.run !== run) found.add(record.id);
    }
  }
  return found.size;
}

interface Answer {
  readonly model?: { readonly name: string };
  readonly usage?: { readonly inputTokens: number | null; readonly outputTokens: number | null };
  readonly [key: string]: Json | undefined;
}
