import type { MemoryRecord, RecallQuery, Store } from "@brainops/core";
import { recall } from "@brainops/core/recall";
import { randomFrom } from "./random.ts";

/** A question, and the ids of the records that answer it. */
export interface Question extends Omit<RecallQuery, "limit"> {
  readonly scope: string;
  readonly relevant: readonly string[];
  /** What sort of question it is. */
  readonly group: string;
}

/** Records, and questions about them. */
export interface LabelledSet {
  readonly records: readonly MemoryRecord[];
  readonly questions: readonly Question[];
}

/** How well one question was answered. */
export interface Outcome {
  readonly group: string;
  /** Share of the relevant records among the first 5, 10 and 25 hits. */
  readonly r5: number;
  readonly r10: number;
  readonly r25: number;
  /** 1 / the place of the first relevant record; 0 when it is not among the first 25. */
  readonly rr: number;
}

/** Puts records into a store, a few hundred a commit. */
export async function fill(store: Store, records: readonly MemoryRecord[]): Promise<void> {
  for (let at = 0; at < records.length; at += 200)
    await store.commit({
      id: `fill-${records[at]?.id}`,
      writes: records.slice(at, at + 200).map((record) => ({ type: "record", record })),
    });
}

/** Asks one question with the ordinary `recall` and its defaults. */
export async function ask(store: Store, question: Question): Promise<Outcome> {
  const { scope, relevant: _relevant, group: _group, ...query } = question;
  const hits = await recall(store, scope, { ...query, limit: 25 });
  return outcomeOf(
    question,
    hits.map(({ record }) => record.id),
  );
}

/** Judges an answer: ids of records, the best first. */
export function outcomeOf({ relevant, group }: Question, ids: readonly string[]): Outcome {
  const places = relevant.map((id) => ids.indexOf(id));
  const within = (k: number): number => places.filter((place) => place >= 0 && place < k).length / relevant.length;
  const first = Math.min(...places.filter((place) => place >= 0));
  return { group, r5: within(5), r10: within(10), r25: within(25), rr: Number.isFinite(first) ? 1 / (first + 1) : 0 };
}

const measures = ["r5", "r10", "r25", "rr"] as const;

/** Means with 95 % confidence intervals: the percentiles of 1,000 resamplings of the questions (bootstrap). */
export function summarise(outcomes: readonly Outcome[]): { readonly [key: string]: number } {
  const summary: { [key: string]: number } = { questions: outcomes.length };
  for (const key of measures) {
    const values = outcomes.map((outcome) => outcome[key]);
    const name = key === "rr" ? "mrr" : key;
    const random = randomFrom(7);
    const means = Array.from({ length: 1000 }, () => mean(values.map(() => values[random.below(values.length)] ?? 0)));
    means.sort((a, b) => a - b);
    summary[name] = round(mean(values));
    summary[`${name}_low`] = round(means[24] ?? 0);
    summary[`${name}_high`] = round(means[974] ?? 0);
  }
  return summary;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
