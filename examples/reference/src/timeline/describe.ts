import type { Json } from "@brainops/core";
import type { Candidate, HealingResult, RemedySource, Try } from "@brainops/core/healing";
import type { Change, Plan, Release, TestReport, Tuning, Watch } from "@brainops/nodes";
import { releaseLine } from "./release-line.ts";
import { plural } from "./words.ts";

/** What a node may have put into the state. All of it is optional: a journal may be of another program. */
interface Known {
  readonly plan?: Plan | null;
  readonly change?: Change | null;
  readonly tests?: TestReport | null;
  readonly release?: Release | null;
  readonly watch?: Watch | null;
  readonly tuning?: Tuning | null;
  readonly candidates?: readonly Candidate[] | null;
  readonly tried?: readonly Try[] | null;
  readonly result?: HealingResult | null;
}

const sources: { readonly [source in RemedySource]: string } = {
  memory: "remembered",
  healer: "proposed by a healer",
  search: "found among the known actions",
};

/** What a node came to, in a few words; empty when there is nothing to say. */
export function describe(update: Json | undefined): string {
  if (typeof update !== "object" || update === null || Array.isArray(update)) return "";
  const { plan, change, tests, release, watch, tuning, candidates, tried, result } = update as Known;
  if (plan != null) return plan.summary;
  if (change != null) return change.summary;
  if (tests != null)
    return tests.passed
      ? `all ${plural(tests.total, "test")} pass`
      : `${tests.failed} of ${plural(tests.total, "test")} fail`;
  if (release != null) return `release ${releaseLine(release)}`;
  if (watch != null) return watch.ok ? "all is well" : `not well: ${watch.probes.find(({ ok }) => !ok)?.detail ?? ""}`;
  if (tuning != null)
    return tuning.trials
      .map(({ parameter, from, to, kept }) => `${parameter} ${from} → ${to} ${kept ? "kept" : "put back"}`)
      .join(", ");
  if (result != null)
    return result.healed ? `healed after ${plural(result.tries, "try")}` : "not healed; a person is needed";
  const last = tried?.at(-1);
  if (last !== undefined) return `${last.remedy.action}: ${last.outcome}; ${last.detail}`;
  if (candidates?.[0] !== undefined) return `${plural(candidates.length, "remedy")} ${sources[candidates[0].source]}`;
  return "";
}
