import { BrainOpsError, type Fault } from "@brainops/core";
import { z } from "zod";
import type { Keep } from "../keep.ts";
import type { Level, Probed } from "../state.ts";
import { budgetLeft, burning, tallied, type BurnRule } from "./error-budget.ts";

/** A service level: which share of events must be good over a period. */
export interface Objective {
  /** Unique among the objectives. */
  readonly name: string;
  /** What it is about, such as the service's name. */
  readonly subject: string;
  /** Share of events that must be good, between 0 and 1, such as 0.999. */
  readonly target: number;
  /** The probe whose looks are the events, by name: this, or `count`. */
  readonly probe?: string;
  /** Looks slower than so many milliseconds count as bad. Default: only those that failed. */
  readonly withinMs?: number;
  /** Counts the events since it was asked last, such as a service's own requests. */
  count?(signal: AbortSignal): Promise<{
    /** How many were good. */
    readonly good: number;
    /** How many were bad. */
    readonly bad: number;
  }>;
  /** Days over which the budget lasts. Default 30. */
  readonly days?: number;
  /** Which burning counts. Default: the windows of the Site Reliability Workbook; see {@link burnRules}. */
  readonly rules?: readonly BurnRule[];
}

const talliesSchema = z.array(z.tuple([z.number(), z.number(), z.number()]));

/** Throws `invalid_input` for objectives that cannot be kept track of. */
export function checkObjectives(objectives: readonly Objective[], probes: readonly { readonly name: string }[]): void {
  for (const { name, target, probe, count } of objectives) {
    const wrong = (why: string): BrainOpsError => new BrainOpsError("invalid_input", `The objective ${name} ${why}`);
    if (!(target > 0 && target < 1))
      throw wrong(`has the target ${target}. Give a share between 0 and 1, such as 0.999.`);
    if ((probe === undefined) === (count === undefined)) throw wrong("needs a probe or a count, and not both.");
    if (probe !== undefined && !probes.some((each) => each.name === probe))
      throw wrong(`is about a probe ${probe}, which there is not.`);
  }
  if (new Set(objectives.map(({ name }) => name)).size < objectives.length)
    throw new BrainOpsError("invalid_input", "Two objectives have the same name. Give each its own.");
}

/** Adds what was seen to an objective's tallies, keeps them, and says how it stands. */
export async function levelOf(
  objective: Objective,
  seen: readonly Probed[],
  keep: Keep,
  now: number,
  signal: AbortSignal,
): Promise<Level> {
  const { name, subject, target, days = 30 } = objective;
  const period = days * 86_400_000;
  const key = `level/${name}`;
  const parsed = talliesSchema.safeParse((await keep.get(key))?.value);
  const before = (parsed.data ?? []).map(([at, good, bad]) => ({ at, good, bad }));
  const tallies = tallied(before, now, await eventsOf(objective, seen, signal), period);
  await keep.put(
    key,
    tallies.map(({ at, good, bad }) => [at, good, bad]),
  );
  const found = burning(tallies, now, target, objective.rules === undefined ? {} : { rules: objective.rules });
  return {
    name,
    subject,
    target,
    left: Number(budgetLeft(tallies, now, target, period).toFixed(4)),
    burn: found === null ? null : Number(found.burn.toFixed(1)),
    severity: found?.rule.severity ?? null,
  };
}

async function eventsOf(
  objective: Objective,
  seen: readonly Probed[],
  signal: AbortSignal,
): Promise<{ readonly good: number; readonly bad: number }> {
  if (objective.count !== undefined) return objective.count(signal);
  const looks = seen.filter(({ name }) => name === objective.probe);
  const bad = looks.filter(({ ok, ms }) => !ok || ms > (objective.withinMs ?? Number.POSITIVE_INFINITY)).length;
  return { good: looks.length - bad, bad };
}

/** What is wrong with an objective that must be healed at once; `null` when nothing is. */
export function burnFault({ name, subject, burn, severity }: Level): Fault | null {
  if (severity !== "page") return null;
  // By name and not by number: a burning budget is the same fault however fast it burns.
  return {
    source: "metric",
    subject,
    text: `the error budget of ${name} burns too fast`,
    data: { objective: name, burn },
  };
}
