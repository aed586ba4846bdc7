import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError, isBrainOpsError } from "../contracts/error.ts";
import type { MemoryRecord } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { uuid7 } from "../journal/random.ts";
import { commitSurely } from "../run/commit.ts";
import { checkScope } from "../sealing/check.ts";
import { createRecord } from "./create-record.ts";
import { findings, toRecord, type ConsolidationOptions } from "./finding.ts";
import { checkSignal } from "./scan.ts";

/** What {@link consolidate} may be told. */
export interface ConsolidateOptions extends ConsolidationOptions {
  /** Only says what would be remembered. Default `false`. */
  readonly dryRun?: boolean;
  /** Where "now" comes from. Default: the system's clock. */
  readonly clock?: Pick<Clock, "now">;
}

/**
 * Learns from repeated experiences, statistically and without a model: what goes with which outcome.
 *
 * Each experience (or decision) that says how it ended counts with its situation, by default its tags. A feature that goes
 * with an outcome more often than chance explains becomes a learning; two that do so only together an insight. Each has an
 * arrow `derived-from` to the records that bear it out, `contradicts` to those that went otherwise, all figures in
 * `data.pattern`, and the trust of its least trusted evidence. When there is so much new evidence that it matters, a new
 * record supersedes the old one, also when the pattern no longer shows. So nothing is invented, and `why` leads down to the
 * experiences. Of what is learnt, at most the share `falseRate` is false on average, however much is asked.
 *
 * Each learning is one commit, so it can be stopped at any time and begun again. Returns what was remembered.
 *
 * Errors: `invalid_input` without a scope, `conflict` when another consolidates the same scope at the same time, `aborted`.
 *
 * @example
 * ```ts
 * import { consolidate } from "@brainops/core/memory";
 * import type { Store } from "@brainops/core";
 * declare const store: Store;
 * for (const { text, confidence } of await consolidate(store, "acme")) console.log(confidence, text);
 * ```
 */
export async function consolidate(
  store: Store,
  scope: string,
  options: ConsolidateOptions = {},
): Promise<readonly MemoryRecord[]> {
  checkScope(scope);
  const { clock = Date, dryRun = false, progress, signal } = options;
  const key = `memory/consolidation/${scope}`;
  let version = (await store.document(key))?.version ?? 0;
  const kept: MemoryRecord[] = [];
  for (const finding of await findings(store, scope, options)) {
    checkSignal(signal);
    const now = clock.now();
    const input = toRecord(finding);
    const record = createRecord(input, { id: uuid7(now), scope, createdAt: now, provenance: {} });
    kept.push(record);
    if (dryRun) continue;
    await commitAlone(store, scope, [
      // Two that learn from the same at once would both remember it: the second finds that the version has moved.
      { type: "document", key, value: { at: now }, expectedVersion: version++ },
      { type: "record", record },
      ...(input.links ?? []).map((link): Write => ({ type: "link", link: { from: record.id, ...link } })),
    ]);
    progress?.({ step: "remembering", done: kept.length });
  }
  return kept;
}

async function commitAlone(store: Store, scope: string, writes: readonly Write[]): Promise<void> {
  try {
    await commitSurely(store, uuid7(Date.now()), writes);
  } catch (error) {
    if (!isBrainOpsError(error, "conflict") && !isBrainOpsError(error, "not_found")) throw error;
    throw new BrainOpsError(
      "conflict",
      `What is remembered in '${scope}' was changed by another while it was consolidated. What was finished stays; begin again.`,
      { cause: error, details: { scope } },
    );
  }
}
