import type { Entry } from "@brainops/core";
import { healingResultSchema, type HealingResult } from "@brainops/core/healing";
import { z } from "zod";

/** One fault, and what became of it. */
export interface Healing extends Pick<HealingResult, "healed" | "source" | "modelCalls" | "solution"> {
  readonly run: string;
  /** When it was over: milliseconds since 1970. */
  readonly at: number;
  /** Milliseconds since its analysis began. */
  readonly ms: number;
  /** The fault in words; `null` when it was erased. */
  readonly fault: string | null;
  readonly tried: readonly { readonly action: string; readonly outcome: string; readonly solution: string | null }[];
  /** What helped. */
  readonly action: string | null;
}

const ended = z.object({ result: healingResultSchema });
const analysed = z.object({ fingerprint: z.string(), error: z.string() });

/** The healings of a journal, whatever their graph is called: a node's update says what it was. */
export function healingsOf(run: string, entries: readonly Entry[], texts: ReadonlyMap<string, string>): Healing[] {
  const found: Healing[] = [];
  const begun = new Map<string, number>();
  for (const entry of entries) {
    if (entry.type !== "node-completed") continue;
    const { update } = entry.body ?? {};
    if (analysed.safeParse(update).success) begun.set(entry.path, entry.at - entry.ms);
    const { data } = ended.safeParse(update);
    if (data === undefined) continue;
    const { healed, source, modelCalls, solution, tried, remedy, error } = data.result;
    found.push({
      run,
      at: entry.at,
      ms: entry.at - (begun.get(entry.path) ?? entry.at - entry.ms),
      fault: texts.get(error) ?? null,
      healed,
      source,
      tried: tried.map((each) => ({ action: each.remedy.action, outcome: each.outcome, solution: each.solution })),
      action: remedy?.action ?? null,
      modelCalls,
      solution,
    });
  }
  return found;
}

/** Ids of the records that an entry found by words. A list of the newest says nothing about what is of use. */
export function recalledIn(entry: Entry): readonly string[] {
  if (entry.type !== "effect-completed" || entry.name !== "memory.recall") return [];
  if ((entry.body?.input as { readonly text?: unknown } | undefined)?.text === "") return [];
  const { data = [] } = recalled.safeParse(entry.body?.result);
  return data.map(({ record }) => record.id);
}

const hits = z.array(z.object({ record: z.object({ id: z.string() }) }));
// With notes about the search, the hits stand beside them.
const recalled = z.union([hits, z.object({ hits }).transform((both) => both.hits)]);
