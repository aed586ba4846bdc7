import type { MemoryRecord, RecordKind, Trust } from "../contracts/record.ts";
import { trustLevels } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import { analyse } from "../recall/analyse.ts";
import type { Observation } from "./pattern.ts";
import { isBehind } from "./behind.ts";
import { mergedOf } from "./frame.ts";
import { scan, type ProgressOptions } from "./scan.ts";
import { verdictTag } from "./verdict.ts";

/** What is taken for an experience's situation and outcome. */
export interface ObserveOptions extends ProgressOptions {
  /** Which records are looked at. Default: experiences and decisions. */
  readonly kinds?: readonly RecordKind[];
  /** Only records recorded at or after this time: milliseconds since 1970. */
  readonly since?: number;
  /** How a record ended, as a short word; nothing when it does not say. Default: {@link outcomeOf}. */
  readonly outcome?: (record: MemoryRecord) => string | undefined;
  /** What its situation was like. Default: its tags. {@link tagsAndWords} takes the words of its text as well. */
  readonly features?: (record: MemoryRecord) => readonly string[];
}

/** What was observed, and what must be known of the records to keep a pattern over them. */
export interface Observed {
  readonly observations: readonly Observation[];
  /** By id: who said so and whom it is about. */
  readonly sources: ReadonlyMap<string, { readonly trust: Trust; readonly subjects: readonly string[] }>;
}

/** Reads the experiences of a scope, oldest first. What came from consolidation or feedback is no experience of its own. */
export async function observe(store: Store, scope: string, options: ObserveOptions = {}): Promise<Observed> {
  const { kinds = ["experience", "decision"], since, outcome = outcomeOf, features = ({ tags }) => tags } = options;
  const observations: Observation[] = [];
  const sources = new Map<string, { trust: Trust; subjects: readonly string[] }>();
  for await (const page of scan(store, { scope, kinds, ...(since === undefined ? {} : { since }) }, options))
    for (const { record } of page) {
      if (record.tags.includes(verdictTag)) continue;
      const ended = outcome(record);
      if (ended === undefined || ended === "") continue;
      // What was merged into another counts there.
      if (await isBehind(store, record.id)) continue;
      const { count } = mergedOf(record);
      observations.push({ id: record.id, features: [...new Set(features(record))], outcome: ended, count });
      sources.set(record.id, { trust: record.trust, subjects: record.subjects });
    }
  observations.reverse();
  return { observations, sources };
}

/** The least trusted of them all: what is made from text from outside is not more to be trusted than that. */
export function leastTrust(levels: readonly Trust[]): Trust {
  return trustLevels[Math.min(...levels.map((level) => trustLevels.indexOf(level)))] ?? "model";
}

/**
 * How a record says that it ended: `data.outcome` (a short text, or yes and no), else `data.success` or `data.ok`. Yes and
 * no are `good` and `bad`.
 *
 * @example
 * ```ts
 * import type { Brain } from "@brainops/core";
 * import { outcomeOf } from "@brainops/core/memory";
 * declare const brain: Brain;
 * for (const { record } of await brain.recall("deploy")) console.log(record.text, outcomeOf(record));
 * ```
 */
export function outcomeOf({ data }: MemoryRecord): string | undefined {
  const found = data["outcome"] ?? data["actualOutcome"] ?? data["success"] ?? data["ok"];
  if (typeof found === "boolean") return found ? "good" : "bad";
  return typeof found === "string" && found.length <= 60 ? found.trim() : undefined;
}

/**
 * A record's tags, and the words of its text (as recall sees them) without those of its outcome.
 *
 * @example
 * ```ts
 * import type { Brain } from "@brainops/core";
 * import { consolidate, tagsAndWords } from "@brainops/core/memory";
 * declare const brain: Brain;
 * await consolidate(brain.store, brain.scope, { features: tagsAndWords });
 * ```
 */
export function tagsAndWords(record: MemoryRecord): readonly string[] {
  const ended = new Set(analyse(outcomeOf(record) ?? ""));
  return [...record.tags, ...analyse(record.text).filter((word) => !ended.has(word))];
}
