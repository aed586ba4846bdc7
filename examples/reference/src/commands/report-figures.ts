import type { Entry, RecordKind, RunSummary, StoredRecord } from "@brainops/core";
import { costOf } from "../timeline/summary.ts";
import { healingsOf, recalledIn, type Healing } from "./report-healings.ts";

/** What is looked at. */
export interface Looked {
  /** Milliseconds since 1970: from here on. */
  readonly since: number;
  /** The runs with anything since then, and their journals, whole. */
  readonly journals: readonly { readonly run: RunSummary; readonly entries: readonly Entry[] }[];
  /** All records, so that those of before can be named. */
  readonly records: readonly StoredRecord[];
}

/** What happened in a time, and how good it was. A measure is `null` where there was nothing to measure. */
export interface Figures {
  readonly since: number;
  readonly runs: { readonly [status in RunSummary["status"] | "all"]: number };
  readonly faults: readonly Healing[];
  /** Learnings, solutions and insights that are new. */
  readonly learnt: readonly {
    readonly id: string;
    readonly kind: RecordKind;
    readonly text: string;
    readonly usedAgain: boolean;
  }[];
  readonly measures: {
    /** Faults that were healed, of all. */
    readonly fixRate: number | null;
    /** From the fault's analysis to the end of its healing, of those healed: milliseconds. */
    readonly timeToRepairMs: { readonly median: number; readonly longest: number } | null;
    /** What was learnt and then found by words, or tried, by another run, of all that was learnt. */
    readonly learningRate: number | null;
    /** Decisions and remedies that needed no answer of a person, of these and the answers. */
    readonly withoutHuman: number | null;
  };
  readonly cost: Spent;
}

/** What the models took. */
export interface Spent {
  readonly modelCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, as far as the models say what they cost. */
  readonly usd: number;
}

/** Adds it up. Changes nothing, and asks nobody. */
export function figuresOf({ since, journals, records }: Looked): Figures {
  const recent = journals.map(({ run, entries }) => ({ run, entries: entries.filter(({ at }) => at >= since) }));
  const texts = new Map(records.map(({ record }) => [record.id, record.text]));
  const faults = journals
    .flatMap(({ run, entries }) => healingsOf(run.id, entries, texts))
    .filter(({ at }) => at >= since);
  const entries = recent.flatMap((each) => each.entries);
  const used = usesBy(recent, faults);
  const isNew = ({ record }: StoredRecord): boolean => record.createdAt >= since;
  const learnt = records
    .filter((stored) => isNew(stored) && ["learning", "solution", "insight"].includes(stored.record.kind))
    .map(({ record: { id, kind, text, provenance } }) => ({
      id,
      kind,
      text,
      usedAgain: [...(used.get(id) ?? [])].some((run) => run !== provenance.run),
    }));
  const healed = faults.filter((fault) => fault.healed);
  const alone =
    records.filter((stored) => isNew(stored) && stored.record.kind === "decision" && stored.record.trust !== "person")
      .length +
    faults.reduce((sum, { tried }) => sum + tried.filter(({ outcome }) => outcome !== "proposed").length, 0);
  const answers = entries.filter((entry) => entry.type === "woken" && entry.for === "answer" && !entry.expired).length;
  return {
    since,
    runs: runsOf(journals),
    faults,
    learnt,
    measures: {
      fixRate: share(healed.length, faults.length),
      timeToRepairMs: timesOf(healed.map(({ ms }) => ms)),
      learningRate: share(learnt.filter(({ usedAgain }) => usedAgain).length, learnt.length),
      withoutHuman: share(alone, alone + answers),
    },
    cost: spentIn(entries),
  };
}

/** What the models took in some entries. */
function spentIn(entries: readonly Entry[]): Spent {
  const { modelCalls, inputTokens, outputTokens } = costOf(entries);
  let usd = 0;
  for (const entry of entries) {
    if (entry.type !== "effect-completed" || entry.name !== "model.generate") continue;
    const { attempts = [] } = (entry.body?.result ?? {}) as {
      readonly attempts?: readonly { readonly cost?: number }[];
    };
    for (const { cost = 0 } of attempts) usd += cost;
  }
  return { modelCalls, inputTokens, outputTokens, usd: Math.round(usd * 1e9) / 1e9 };
}

function runsOf(journals: Looked["journals"]): Figures["runs"] {
  const runs = { all: journals.length, completed: 0, failed: 0, aborted: 0, open: 0 };
  for (const { run } of journals) runs[run.status] += 1;
  return runs;
}

/** By which runs a record was found by words, or its remedy tried. */
function usesBy(journals: Looked["journals"], faults: readonly Healing[]): Map<string, Set<string>> {
  const uses = new Map<string, Set<string>>();
  const add = (id: string, run: string): void => void uses.set(id, (uses.get(id) ?? new Set()).add(run));
  for (const { run, entries } of journals) for (const id of entries.flatMap(recalledIn)) add(id, run.id);
  for (const { run, tried } of faults) for (const { solution } of tried) if (solution !== null) add(solution, run);
  return uses;
}

function timesOf(times: readonly number[]): Figures["measures"]["timeToRepairMs"] {
  const sorted = times.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) return null;
  return { median: (low + high) / 2, longest: sorted.at(-1) ?? high };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
